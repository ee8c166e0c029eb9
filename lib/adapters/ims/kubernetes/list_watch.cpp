#include "adapters/ims/kubernetes/list_watch.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "adapters/ims/kubernetes/list_splitter.hpp"
#include "transport/http_error.hpp"
#include "transport/retry.hpp"

namespace netweave::ims::kubernetes {
namespace {

/// Servers send a bookmark each minute: a watch that is silent for longer than two is dead.
constexpr std::chrono::seconds watch_idle{150};

constexpr transport::RetryPolicy patience{4, std::chrono::milliseconds(200), std::chrono::seconds(5)};

/// Collects pieces of a stream into its lines: the API server sends one event a line.
class Lines {
 public:
  /// Calls `line` for each line that is complete now; stops and returns false when it does.
  template <class F>
  bool feed(std::string_view bytes, F line) {
    std::size_t searched = buffer_.size();
    buffer_.append(bytes);
    std::size_t begin = 0;
    while (const void* found = std::memchr(buffer_.data() + searched, '\n', buffer_.size() - searched)) {
      auto end = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      if (end > begin && !line(buffer_.data() + begin, end - begin)) return false;
      begin = searched = end + 1;
    }
    buffer_.erase(0, begin);
    return true;
  }

 private:
  std::string buffer_;
};

/// The error in a Status, which an ERROR event carries.
Error error_of_status(const Json& status) {
  transport::HttpResponse response;
  const Json& code = at(status, "code");
  response.status = code.IsInt() ? code.GetInt() : 500;
  return transport::error_of(response, std::string(text_at(status, "message")));
}

Error not_understood(const std::string& path) {
  Error error = make_error(ErrorKind::internal, "the API server's answer for " + path + " is no JSON list or event");
  error.from_backend = true;
  return error;
}

/// A server that has just started says 429 of each collection that it is asked for the first time.
bool worth_waiting(const Error& error) {
  return error.kind == ErrorKind::exhausted || error.kind == ErrorKind::timeout ||
         (error.kind == ErrorKind::unavailable && error.code == "RETRYABLE");
}

bool wait_before(unsigned attempt, const Error& error, const std::stop_token& stop) {
  return transport::pause(
      std::max(transport::retry_delay(patience, attempt), error.retry_after.value_or(std::chrono::milliseconds(0))),
      stop);
}

bool ends_initial_events(const Json& bookmark) {
  return text_at(at(at(bookmark, "metadata"), "annotations"), "k8s.io/initial-events-end") == "true";
}

}  // namespace

Result<std::string> ListWatch::list(const std::string& path, const std::function<void(const Json&)>& item,
                                    const std::stop_token& stop) {
  bool begun = false;
  auto noted = [&](const Json& object) {
    begun = true;
    item(object);
  };
  for (unsigned attempt = 1; settings_.streaming_lists && can_stream_; ++attempt) {
    Result<std::string> streamed = list_streamed(path, noted, stop);
    streamed_ = static_cast<bool>(streamed);
    if (streamed || begun) return streamed;
    const Error& error = streamed.error();
    if (worth_waiting(error) && attempt < patience.attempts) {
      if (!wait_before(attempt, error, stop)) return streamed;
      continue;
    }
    // Older servers call it invalid; one on an older etcd sends an error in place of the first event.
    bool refused =
        error.kind == ErrorKind::invalid || error.kind == ErrorKind::precondition || error.cause == "HTTP 500";
    if (!refused) return streamed;
    can_stream_ = false;
    settings_.log("info", "kubernetes: the server has no streaming lists, pages are read: " + error.message);
  }
  return list_in_pages(path, item, stop);
}

Result<std::string> ListWatch::list_streamed(const std::string& path, const std::function<void(const Json&)>& item,
                                             const std::stop_token& stop) {
  std::string revision;
  Handlers handlers;
  handlers.event = [&](std::string_view type, const Json& object) {
    if (type == "ADDED") item(object);
    if (type != "BOOKMARK" || !ends_initial_events(object)) return true;
    revision = text_at(at(object, "metadata"), "resourceVersion");
    return false;
  };
  std::string query = "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  Result<void> done = events(path + query, settings_.timeout, handlers, stop);
  if (!done) return std::move(done).error();
  if (revision.empty()) return not_understood(path);
  return revision;
}

Result<std::string> ListWatch::list_in_pages(const std::string& path, const std::function<void(const Json&)>& item,
                                             const std::stop_token& stop) {
  std::size_t limit = whole_lists_.exchange(false) ? 0 : settings_.list_page_size;
  std::string target = path + (limit > 0 ? "?limit=" + std::to_string(limit) : "");
  std::string next;
  while (true) {
    Result<Page> got = page(next.empty() ? target : target + "&continue=" + encode_query(next), item, stop);
    if (!got) {
      // The pages that are left are gone: the next list is made in one piece, which can't expire.
      if (got.error().kind == ErrorKind::precondition) whole_lists_ = true;
      return std::move(got).error();
    }
    if (got->next.empty()) return std::move(got->revision);
    next = std::move(got->next);
  }
}

/// Reads a page while it arrives. One that failed before its first item is asked for again.
Result<ListWatch::Page> ListWatch::page(const std::string& target, const std::function<void(const Json&)>& item,
                                        const std::stop_token& stop) {
  JsonReader reader;
  for (unsigned attempt = 1;; ++attempt) {
    ListSplitter splitter;
    bool begun = false;
    auto one = [&](char* text, std::size_t size) {
      begun = true;
      const Json* object = reader.read(text, size);
      if (object != nullptr) item(*object);
      return object != nullptr;
    };
    transport::HttpSink sink;
    sink.data = [&](std::string_view bytes) { return splitter.feed(bytes, one); };
    ApiCall call;
    call.path = target;
    call.stop = stop;
    Result<void> done = api_.stream(call, sink, settings_.timeout);
    std::string frame = splitter.frame();
    const Json* list = done && splitter.complete() ? reader.read(frame) : nullptr;
    if (list != nullptr) {
      const Json& metadata = at(*list, "metadata");
      if (text_at(metadata, "resourceVersion").empty()) return not_understood(target);  // no watch could begin there
      return Page{std::string(text_at(metadata, "resourceVersion")), std::string(text_at(metadata, "continue"))};
    }
    if (done) return not_understood(target);
    if (begun || attempt >= patience.attempts || !worth_waiting(done.error())) return std::move(done).error();
    if (!wait_before(attempt, done.error(), stop)) return std::move(done).error();
  }
}

Result<void> ListWatch::watch(const std::string& path, const std::string& revision, const Handlers& handlers,
                              const std::stop_token& stop) {
  auto seconds = std::chrono::ceil<std::chrono::seconds>(settings_.watch_timeout).count();
  return events(path + "?watch=true&allowWatchBookmarks=true&resourceVersion=" + encode_query(revision) +
                    "&timeoutSeconds=" + std::to_string(seconds),
                watch_idle, handlers, stop);
}

Result<void> ListWatch::events(const std::string& target, std::chrono::milliseconds idle, const Handlers& handlers,
                               const std::stop_token& stop) {
  Lines lines;
  JsonReader reader;
  std::optional<Error> fault;
  auto one = [&](char* text, std::size_t size) {
    const Json* event = reader.read(text, size);
    std::string_view type = event == nullptr ? "" : text_at(*event, "type");
    if (type.empty()) {
      fault = not_understood(target.substr(0, target.find('?')));
      return false;
    }
    if (type == "ERROR") {
      fault = error_of_status(at(*event, "object"));
      return false;
    }
    return handlers.event(type, at(*event, "object"));
  };
  transport::HttpSink sink;
  sink.head = [&](const transport::HttpResponse&) {
    if (handlers.open) handlers.open();
  };
  sink.data = [&](std::string_view bytes) { return lines.feed(bytes, one); };
  ApiCall call;
  call.path = target;
  call.stop = stop;
  Result<void> done = api_.stream(call, sink, idle);
  if (fault) return std::move(*fault);
  return done;
}

}  // namespace netweave::ims::kubernetes
