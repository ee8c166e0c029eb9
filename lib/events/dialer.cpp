#include "events/dialer.hpp"

#include <unordered_map>
#include <utility>

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

namespace netweave::events {
namespace {

using Clock = std::chrono::steady_clock;

struct EasyFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiFree {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

struct Call {
  std::uint64_t token = 0;
  const transport::AddressGuard* guard = nullptr;
  std::string refusal{};  // of the last address that the guard refused
  char error[CURL_ERROR_SIZE] = "";
  std::unique_ptr<CURL, EasyFree> easy{};
};

curl_socket_t open_guarded(void* from, curlsocktype, curl_sockaddr* address) {
  auto& call = *static_cast<Call*>(from);
  std::string_view why = call.guard->refusal(address->addr);
  if (why.empty()) return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  call.refusal = why;
  return CURL_SOCKET_BAD;
}

int close_unwatched(void* poll, curl_socket_t socket) {
  static_cast<SocketPoll*>(poll)->watch(socket, false, false);
  return ::close(socket);
}

std::string why_not(const Call& call, CURLcode code) {
  if (!call.refusal.empty()) return "the callback's address may not be called (" + call.refusal + ")";
  return call.error[0] != '\0' ? call.error : curl_easy_strerror(code);
}

/// libcurl's own copy is closed with its handle.
int own_socket(CURL* easy) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket);
  return socket == CURL_SOCKET_BAD ? -1 : ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
}

bool start_curl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return started;
}

}  // namespace

struct Dialer::Impl {
  SocketPoll& poll;
  const transport::AddressGuard& guard;
  std::chrono::milliseconds timeout;
  Clock::time_point due = Clock::time_point::max();  // of libcurl's timer
  std::unordered_map<std::uint64_t, std::unique_ptr<Call>> calls{};
  std::vector<Outcome> failed{};              // could not even begin
  std::unique_ptr<CURLM, MultiFree> multi{};  // last: goes first, while its handles are still there

  bool prepare(Call& call, const std::string& host, std::uint16_t port);
  void act(curl_socket_t socket, int what) const {
    int running = 0;
    curl_multi_socket_action(multi.get(), socket, what, &running);
  }
};

Dialer::Dialer(SocketPoll& poll, const transport::AddressGuard& guard, std::chrono::milliseconds timeout)
    : impl_(new Impl{poll, guard, timeout}) {
  start_curl();
  CURLM* multi = curl_multi_init();
  impl_->multi.reset(multi);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, &poll);
  curl_multi_setopt(
      multi, CURLMOPT_SOCKETFUNCTION, +[](CURL*, curl_socket_t socket, int what, void* of, void*) {
        static_cast<SocketPoll*>(of)->watch(socket, what == CURL_POLL_IN || what == CURL_POLL_INOUT,
                                            what == CURL_POLL_OUT || what == CURL_POLL_INOUT);
        return 0;
      });
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, impl_.get());
  curl_multi_setopt(
      multi, CURLMOPT_TIMERFUNCTION, +[](CURLM*, long wait, void* of) {
        static_cast<Impl*>(of)->due =
            wait < 0 ? Clock::time_point::max() : Clock::now() + std::chrono::milliseconds(wait);
        return 0;
      });
}

Dialer::~Dialer() {
  for (auto& [token, call] : impl_->calls) curl_multi_remove_handle(impl_->multi.get(), call->easy.get());
}

/// Connects, and says nothing on the connection: what is spoken there is the caller's business.
bool Dialer::Impl::prepare(Call& call, const std::string& host, std::uint16_t port) {
  CURL* easy = curl_easy_init();
  call.easy.reset(easy);
  if (easy == nullptr) return false;
  auto longest = static_cast<long>(timeout.count());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &call);
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call.error);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &open_guarded);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &call);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &close_unwatched);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &poll);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, longest);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, longest);
#if CURL_AT_LEAST_VERSION(7, 87, 0)
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // else giving up a lookup waits until its thread has ended
#endif
  std::string url = "http://" + host + ":" + std::to_string(port) + "/";
  return curl_easy_setopt(easy, CURLOPT_URL, url.c_str()) == CURLE_OK &&
         curl_multi_add_handle(multi.get(), easy) == CURLM_OK;
}

void Dialer::dial(std::uint64_t token, const std::string& host, std::uint16_t port) {
  std::unique_ptr<Call> call(new Call{token, &impl_->guard});
  if (impl_->prepare(*call, host, port))
    impl_->calls[token] = std::move(call);
  else
    impl_->failed.push_back({token, -1, "the callback can't be called"});
}

void Dialer::cancel(std::uint64_t token) {
  std::erase_if(impl_->failed, [&](const Outcome& outcome) { return outcome.token == token; });
  auto place = impl_->calls.find(token);
  if (place == impl_->calls.end()) return;
  curl_multi_remove_handle(impl_->multi.get(), place->second->easy.get());
  impl_->calls.erase(place);
}

void Dialer::on_ready(const SocketPoll::Ready& ready) {
  impl_->act(ready.socket, (ready.reads ? CURL_CSELECT_IN : 0) | (ready.writes ? CURL_CSELECT_OUT : 0) |
                               (ready.broken ? CURL_CSELECT_ERR : 0));
}

Clock::time_point Dialer::due() const { return impl_->failed.empty() ? impl_->due : Clock::time_point::min(); }

std::vector<Dialer::Outcome> Dialer::take() {
  std::vector<Outcome> outcomes = std::exchange(impl_->failed, {});
  if (impl_->calls.empty()) return outcomes;
  if (impl_->due <= Clock::now()) {
    impl_->due = Clock::time_point::max();
    impl_->act(CURL_SOCKET_TIMEOUT, 0);
  }
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(impl_->multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* pointer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &pointer);
    const Call& call = *reinterpret_cast<Call*>(pointer);
    Outcome outcome{call.token, -1, {}};
    if (message->data.result == CURLE_OK) outcome.socket = own_socket(message->easy_handle);
    if (outcome.socket < 0)
      outcome.error =
          message->data.result == CURLE_OK ? "no more files may be opened" : why_not(call, message->data.result);
    outcomes.push_back(std::move(outcome));
    cancel(outcomes.back().token);
  }
  return outcomes;
}

}  // namespace netweave::events
