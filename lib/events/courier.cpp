#include "events/courier.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include <curl/curl.h>
#include <unistd.h>

namespace netweave::events {
namespace {

constexpr std::size_t max_answer_bytes = 65536;
constexpr std::size_t max_spare_handles = 64;

struct EasyFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiFree {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyFree>;

struct Shipment {
  Parcel parcel;
  Easy easy;
  std::unique_ptr<curl_slist, ListFree> headers;
  const transport::AddressGuard* guard = nullptr;
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
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool start_curl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return started;
}

}  // namespace

struct Courier::Impl {
  CourierLimits limits;
  const transport::AddressGuard& guard;
  std::unordered_map<std::uint64_t, std::unique_ptr<Shipment>> under_way;
  std::vector<Easy> spare;
  std::vector<Receipt> failed;                // could not even begin
  std::unique_ptr<CURLM, MultiFree> multi{};  // last: goes first, while its handles are still there

  Easy take_handle();
  bool prepare(Shipment& shipment);
  Receipt finish(Shipment& shipment, CURLcode code);
  void release(std::uint64_t token);
  void collect(std::vector<Receipt>& receipts);
};

Courier::Courier(const CourierLimits& limits, const transport::AddressGuard& guard)
    : impl_(new Impl{limits, guard, {}, {}, {}, {}}) {
  start_curl();
  impl_->multi.reset(curl_multi_init());
  curl_multi_setopt(impl_->multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(limits.idle_connections));
  curl_multi_setopt(impl_->multi.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
}

Courier::~Courier() {
  for (auto& [token, shipment] : impl_->under_way) curl_multi_remove_handle(impl_->multi.get(), shipment->easy.get());
}

Easy Courier::Impl::take_handle() {
  if (spare.empty()) return Easy(curl_easy_init());
  Easy easy = std::move(spare.back());
  spare.pop_back();
  return easy;
}

/// False: out of memory, or a URL that curl does not take.
bool Courier::Impl::prepare(Shipment& shipment) {
  CURL* easy = shipment.easy.get();
  if (easy == nullptr) return false;
  for (const std::string& line : shipment.parcel.headers) {
    curl_slist* longer = curl_slist_append(shipment.headers.get(), line.c_str());
    if (longer == nullptr) return false;
    static_cast<void>(shipment.headers.release());
    shipment.headers.reset(longer);
  }
  bool good = curl_easy_setopt(easy, CURLOPT_URL, shipment.parcel.url.c_str()) == CURLE_OK;
  good = good && curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &shipment);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, shipment.error);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "netweave");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, shipment.headers.get());
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(shipment.parcel.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, shipment.parcel.body.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &discard);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &shipment);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &open_guarded);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &shipment);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.timeout.count()));
  return good && curl_multi_add_handle(multi.get(), easy) == CURLM_OK;
}

void Courier::send(Parcel parcel) {
  auto shipment = std::make_unique<Shipment>();
  std::uint64_t token = parcel.token;
  shipment->parcel = std::move(parcel);
  shipment->guard = &impl_->guard;
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
  curl_easy_reset(easy.get());  // it points into the shipment, which ends here
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

void Courier::Impl::collect(std::vector<Receipt>& receipts) {
  int running = 0;
  curl_multi_perform(multi.get(), &running);
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
  impl_->collect(receipts);
  if (!receipts.empty() || timeout.count() <= 0) return receipts;
  curl_multi_poll(impl_->multi.get(), nullptr, 0, static_cast<int>(timeout.count()), nullptr);
  impl_->collect(receipts);
  return receipts;
}

void Courier::wake() { curl_multi_wakeup(impl_->multi.get()); }

}  // namespace netweave::events
