#include "events/courier.hpp"

#include <algorithm>
#include <unordered_map>

#include <curl/curl.h>
#include <unistd.h>

#include "events/socket_poll.hpp"

namespace netweave::events {
namespace {

constexpr std::size_t max_answer_bytes = 65536;
constexpr std::size_t max_spare_handles = 64;
constexpr long answer_buffer = 4096;  // allocated for each parcel; an answer is short

struct EasyFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiFree {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using Easy = std::unique_ptr<CURL, EasyFree>;

struct Shipment {
  Parcel parcel;
  Easy easy;
  std::vector<curl_slist> headers;  // of the parcel's own texts: curl copies neither
  const transport::AddressGuard* guard = nullptr;
  SocketPoll* poll = nullptr;
  std::string refusal;       // of the last address that the guard refused
  std::size_t answered = 0;  // bytes of the answer's body
  char error[CURL_ERROR_SIZE] = "";
};

/// The answer's body says nothing that is needed; one that does not end costs its sender the connection.
std::size_t discard(char*, std::size_t size, std::size_t count, void* into) {
  auto& shipment = *static_cast<Shipment*>(into);
  shipment.answered += size * count;
  return shipment.answered > max_answer_bytes ? 0 : size * count;
}

curl_socket_t open_guarded(void* from, curlsocktype, curl_sockaddr* address) {
  auto& shipment = *static_cast<Shipment*>(from);
  std::string_view why = shipment.guard->refusal(address->addr);
  if (!why.empty()) {
    shipment.refusal = why;
    return CURL_SOCKET_BAD;
  }
  int made = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (made >= 0) shipment.poll->retain(made);
  return made;
}

int close_forgotten(void* poll, curl_socket_t socket) {
  static_cast<SocketPoll*>(poll)->forget(socket);
  return ::close(socket);
}

/// What is the same for every parcel. A handle that is used again keeps it: resetting and setting all of it takes as
/// long as the rest of libcurl's work for a parcel.
bool fit_out(CURL* easy, const CourierLimits& limits, SocketPoll& poll) {
  bool good = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "netweave");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &discard);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &open_guarded);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &close_forgotten);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &poll);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, answer_buffer);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.timeout.count()));
  return good;
}

/// `headers`: as Shipment has them.
std::vector<curl_slist> list_of(std::vector<std::string>& headers) {
  std::vector<curl_slist> list(headers.size());
  for (std::size_t i = 0; i < list.size(); ++i)
    list[i] = {headers[i].data(), i + 1 < list.size() ? &list[i + 1] : nullptr};
  return list;
}

bool load(Shipment& shipment) {
  CURL* easy = shipment.easy.get();
  shipment.headers = list_of(shipment.parcel.headers);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &shipment);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, shipment.error);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, shipment.headers.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(shipment.parcel.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, shipment.parcel.body.data());
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &shipment);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &shipment);
  return curl_easy_setopt(easy, CURLOPT_URL, shipment.parcel.url.c_str()) == CURLE_OK;
}

/// Points at nothing of the shipment any more, which ends.
void unload(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_PRIVATE, nullptr);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, nullptr);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, nullptr);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, nullptr);
}

bool start_curl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return started;
}

}  // namespace

/// libcurl says which sockets it waits for and when it wants to be called anyway; what of them is ready is asked of
/// SocketPoll. So a turn costs what moves, not what is under way: curl_multi_perform looks at every transfer.
/// (Measured, 64 callbacks on one core: of a notification's 30 us the kernel takes a third, libcurl and its allocations
/// nearly half, what this library does itself a tenth; libcurl makes a connection's record and reads the URL anew for
/// each request, and asks the kernel twice whether the connection still stands.)
struct Courier::Impl {
  using Clock = std::chrono::steady_clock;

  Impl(const CourierLimits& with, const transport::AddressGuard& by);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  CourierLimits limits;
  const transport::AddressGuard& guard;
  SocketPoll poll{};
  std::optional<Clock::time_point> due{};  // of libcurl's timer
  std::unordered_map<std::uint64_t, std::unique_ptr<Shipment>> under_way{};
  std::vector<Easy> spare{};
  std::vector<Receipt> failed{};              // could not even begin
  std::unique_ptr<CURLM, MultiFree> multi{};  // last: goes first, while its handles are still there

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int on_timer(CURLM*, long milliseconds, void* self);
  Easy take_handle();
  bool prepare(Shipment& shipment);
  Receipt finish(Shipment& shipment, CURLcode code);
  void release(std::uint64_t token);
  void keep_time();
  void move(std::chrono::milliseconds timeout);
  void collect(std::vector<Receipt>& receipts);
};

Courier::Impl::Impl(const CourierLimits& with, const transport::AddressGuard& by) : limits(with), guard(by) {
  start_curl();
  multi.reset(curl_multi_init());
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(limits.idle_connections));
  curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, &on_socket);
  curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, &on_timer);
  curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
}

Courier::Impl::~Impl() {
  for (auto& [token, shipment] : under_way) curl_multi_remove_handle(multi.get(), shipment->easy.get());
}

int Courier::Impl::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  bool reads = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
  bool writes = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
  static_cast<Impl*>(self)->poll.watch(socket, reads, writes);
  return 0;
}

int Courier::Impl::on_timer(CURLM*, long milliseconds, void* self) {
  auto& due = static_cast<Impl*>(self)->due;
  due.reset();
  if (milliseconds >= 0) due = Clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

Courier::Courier(const CourierLimits& limits, const transport::AddressGuard& guard)
    : impl_(std::make_unique<Impl>(limits, guard)) {}

Courier::~Courier() = default;

Easy Courier::Impl::take_handle() {
  if (spare.empty()) {
    Easy made(curl_easy_init());
    return made && fit_out(made.get(), limits, poll) ? std::move(made) : Easy();
  }
  Easy easy = std::move(spare.back());
  spare.pop_back();
  return easy;
}

/// False: out of memory, or a URL that curl does not take.
bool Courier::Impl::prepare(Shipment& shipment) {
  return shipment.easy && load(shipment) && curl_multi_add_handle(multi.get(), shipment.easy.get()) == CURLM_OK;
}

void Courier::send(Parcel parcel) {
  auto shipment = std::make_unique<Shipment>();
  std::uint64_t token = parcel.token;
  shipment->parcel = std::move(parcel);
  shipment->guard = &impl_->guard;
  shipment->poll = &impl_->poll;
  shipment->easy = impl_->take_handle();
  if (impl_->prepare(*shipment))
    impl_->under_way[token] = std::move(shipment);
  else
    impl_->failed.push_back({token, 0, "the callback can't be called", {}});
}

void Courier::Impl::release(std::uint64_t token) {
  auto place = under_way.find(token);
  if (place == under_way.end()) return;
  Easy easy = std::move(place->second->easy);
  curl_multi_remove_handle(multi.get(), easy.get());
  unload(easy.get());
  under_way.erase(place);
  if (spare.size() < max_spare_handles) spare.push_back(std::move(easy));
}

void Courier::cancel(std::uint64_t token) {
  impl_->release(token);
  std::erase_if(impl_->failed, [&](const Receipt& receipt) { return receipt.token == token; });
}

Receipt Courier::Impl::finish(Shipment& shipment, CURLcode code) {
  Receipt receipt;
  receipt.token = shipment.parcel.token;
  long status = 0;
  curl_easy_getinfo(shipment.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  // an answer whose body was cut short, by its sender or by us, is an answer all the same; a time-out is not
  bool answered = status >= 200 && (code == CURLE_OK || shipment.answered > max_answer_bytes);
  if (answered) {
    receipt.status = static_cast<int>(status);
    curl_off_t seconds = 0;
    curl_easy_getinfo(shipment.easy.get(), CURLINFO_RETRY_AFTER, &seconds);
    if (seconds > 0) receipt.retry_after = std::chrono::seconds(std::min<curl_off_t>(seconds, 86400));
  } else if (!shipment.refusal.empty()) {
    receipt.error = "the callback's address may not be called (" + shipment.refusal + ")";
  } else {
    receipt.error = shipment.error[0] != '\0' ? shipment.error : curl_easy_strerror(code);
  }
  return receipt;
}

void Courier::Impl::keep_time() {
  if (!due || Clock::now() < *due) return;
  due.reset();
  int running = 0;
  curl_multi_socket_action(multi.get(), CURL_SOCKET_TIMEOUT, 0, &running);
}

void Courier::Impl::move(std::chrono::milliseconds timeout) {
  if (due) timeout = std::min(timeout, std::chrono::ceil<std::chrono::milliseconds>(*due - Clock::now()));
  for (const SocketPoll::Ready& ready : poll.wait(std::max(timeout, std::chrono::milliseconds(0)))) {
    int what = (ready.reads ? CURL_CSELECT_IN : 0) | (ready.writes ? CURL_CSELECT_OUT : 0) |
               (ready.broken ? CURL_CSELECT_ERR : 0);
    int running = 0;
    curl_multi_socket_action(multi.get(), ready.socket, what, &running);
  }
  keep_time();
}

void Courier::Impl::collect(std::vector<Receipt>& receipts) {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* pointer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &pointer);
    auto& shipment = *reinterpret_cast<Shipment*>(pointer);
    receipts.push_back(finish(shipment, message->data.result));
    release(receipts.back().token);
  }
}

std::vector<Receipt> Courier::wait(std::chrono::milliseconds timeout) {
  std::vector<Receipt> receipts = std::move(impl_->failed);
  impl_->failed.clear();
  impl_->keep_time();
  impl_->collect(receipts);
  impl_->move(receipts.empty() ? timeout : std::chrono::milliseconds(0));
  impl_->collect(receipts);
  return receipts;
}

void Courier::wake() { impl_->poll.wake(); }

}  // namespace netweave::events
