#include "engine.hpp"

#include "client.hpp"

namespace conformance {

using namespace netweave::http;

Response text(std::string body, int status) {
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "text/plain");
  response.body = Body(std::move(body));
  return response;
}

void echo(Request request, const Completion& done) {
  done(text(request.method + " " + request.target + " " + request.body));
}

Handler Seen::handler() {
  return [this](Request request, const Completion& done) {
    {
      std::lock_guard lock(mutex_);
      last_ = std::move(request);
    }
    done(text(""));
  };
}

Held::Item Held::take() {
  std::unique_lock lock(mutex_);
  REQUIRE(changed_.wait_for(lock, Client::patience, [&] { return !items_.empty(); }));
  Item item = std::move(items_.front());
  items_.erase(items_.begin());
  return item;
}

}  // namespace conformance
