#include <doctest/doctest.h>
#include <openssl/hmac.h>

#include "receiver.hpp"
#include "world.hpp"

using namespace netweave;
using namespace netweave::testing;

namespace {

std::string hmac_by_openssl(const std::string& key, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", digest[i]);
    hex += two;
  }
  return hex;
}

}  // namespace

TEST_CASE("a subscriber is told of a creation, with everything the contract names") {
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url("/hook?tenant=a")));
  model::Revision revision = world.put_resource("node-1");
  REQUIRE(receiver.wait_for(1));
  Received told = receiver.all().front();
  CHECK(told.method == "POST");
  CHECK(told.target == "/hook?tenant=a");
  CHECK(told.headers["content-type"] == "application/json");
  CHECK(told.headers["x-o2ims-event-type"] == "ResourceCreated");
  CHECK(told.headers["x-o2ims-subscription-id"] == "sub-1");
  CHECK(told.headers["x-o2ims-notification-id"] == text_of(told.body, "notificationId"));
  Value body = body_of(told.body);
  CHECK(body.at("subscriptionId").as_text() == "sub-1");
  CHECK(body.at("consumerSubscriptionId").as_text() == "consumer-of-sub-1");
  CHECK(body.at("eventType").as_text() == "ResourceCreated");
  CHECK(body.at("resource").at("resourceId").as_text() == "node-1");
  CHECK(body.find("priorState") == nullptr);
  CHECK(body.at("sequence").as_integer() == 1);
  auto entries = world.store().log().read(revision - 1, 1);
  CHECK(body.at("timestamp").as_text() == format_rfc3339(entries->front().time));
  CHECK(body.at("notificationId").as_text()[14] == '5');
}
