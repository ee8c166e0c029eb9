#include "follower.hpp"

#include <utility>

namespace netweave::cli {

Follower::Follower(Client& client, std::string path, std::string query)
    : client_(client), path_(std::move(path)), query_(std::move(query)) {}

Result<void> Follower::follow(std::string& revision, const Each& each) {
  Call call;
  call.path = path_ + "?" + query_ + (query_.empty() ? "" : "&") + "watch=true&revision=" + path_segment(revision);
  failed_ = false;
  std::string rest;  // of a line that has not come whole
  transport::HttpSink sink;
  sink.data = [&](std::string_view piece) {
    rest += piece;
    std::size_t at = 0;
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', at)) {
      if (!take(std::string_view(rest).substr(at, end - at), revision, each)) return false;
      at = end + 1;
    }
    rest.erase(0, at);
    return true;
  };
  auto response = client_.stream(call, sink);
  if (!response) return std::move(response).error();
  if (failed_) return told_;
  return {};
}

/// False: the stream is over.
bool Follower::take(std::string_view line, std::string& revision, const Each& each) {
  auto change = Value::parse(line);
  if (!change || change->at("type").as_text().empty()) {
    failed_ = true;
    told_ = make_error(ErrorKind::internal, "the watch of " + path_ + " says what is no change");
    return false;
  }
  std::string_view type = change->at("type").as_text();
  if (std::string_view place = change->at("revision").as_text(); !place.empty()) revision = place;
  if (type == "BOOKMARK") return true;
  if (type != "ERROR") return each(type, change->at("object"));
  const Value& problem = change->at("object");
  failed_ = true;
  told_ = make_error(ErrorKind::unavailable, std::string(problem.at("detail").as_text()));
  told_.code = problem.at("title").as_text();
  return false;
}

}  // namespace netweave::cli
