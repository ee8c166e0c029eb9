#include "adapters/ims/kubernetes/list_watch.hpp"

#include <doctest/doctest.h>

#include "unit/transport/stub_server.hpp"

using namespace netweave;
using namespace netweave::ims::kubernetes;

namespace {

/// A client of a server that plays an API server.
struct Client {
  explicit Client(const StubServer& server) {
    settings.endpoint.server = server.url("");
    settings.list_page_size = 2;
    settings.log = [](std::string_view, std::string_view) {};
  }
  Result<std::string> list() {
    names.clear();
    auto item = [this](const Json& object) { names += std::string(text_at(at(object, "metadata"), "name")) + " "; };
    return list_watch.list("/things", item, {});
  }

  Settings settings;
  ApiClient api{settings};
  ListWatch list_watch{api, settings};
  std::string names;
};

std::string page(const std::string& items, const std::string& next) {
  std::string out;
  for (char name : items) out += R"({"metadata":{"name":")" + std::string(1, name) + "\"}},";
  if (!out.empty()) out.pop_back();
  return R"({"kind":"List","metadata":{"resourceVersion":"5","continue":")" + next + R"("},"items":[)" + out + "]}";
}

bool asks(const StubServer::Request& request, const char* what) { return request.head.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("pages are followed to the last") {
  StubServer server([](const auto& request, const auto& peer) {
    peer.answer(200, asks(request, "&continue=x%2F1 ") ? page("c", "") : page("ab", "x/1"));
  });
  Client client(server);
  auto listed = client.list();
  REQUIRE_MESSAGE(listed, (listed ? "" : listed.error().message));
  CHECK(*listed == "5");
  CHECK(client.names == "a b c ");
  CHECK(asks(server.requests().at(0), "GET /things?limit=2 "));
}

TEST_CASE("a list of custom resources tells its revision and its next page behind its items") {
  auto behind = [](const std::string& items, const std::string& next) {
    return R"({"apiVersion":"v1","items":[)" + items + R"(],"kind":"List","metadata":{"continue":")" + next +
           R"(","resourceVersion":"7"}})";
  };
  StubServer server([&](const auto& request, const auto& peer) {
    peer.answer(200, asks(request, "&continue=x ") ? behind(R"({"metadata":{"name":"b"}})", "")
                                                   : behind(R"({"metadata":{"name":"a"}})", "x"));
  });
  Client client(server);
  auto listed = client.list();
  REQUIRE_MESSAGE(listed, (listed ? "" : listed.error().message));
  CHECK(*listed == "7");
  CHECK(client.names == "a b ");
}

TEST_CASE("a page that expired ends the list with 410; the next list is made in one piece") {
  StubServer server([](const auto& request, const auto& peer) {
    if (asks(request, "continue"))
      peer.answer(410, R"({"kind":"Status","message":"The provided continue parameter is too old","code":410})");
    else
      peer.answer(200, asks(request, "limit") ? page("ab", "x") : page("abc", ""));
  });
  Client client(server);
  auto first = client.list();
  REQUIRE_FALSE(first);
  CHECK(first.error().kind == ErrorKind::precondition);
  CHECK(first.error().message == "The provided continue parameter is too old");
  REQUIRE(client.list());
  CHECK(client.names == "a b c ");
}

TEST_CASE("a list that is cut off is an error, never a short list") {
  StubServer server([](const auto&, const auto& peer) {
    std::string whole = page("ab", "");
    peer.write("HTTP/1.1 200 Said\r\nContent-Length: " + std::to_string(whole.size()) + "\r\n\r\n");
    peer.write(whole.substr(0, whole.size() - 2));
    peer.cut();
  });
  Client client(server);
  CHECK(client.list().error().kind == ErrorKind::unavailable);
}

TEST_CASE("a list that ends well and is not whole is an error") {
  StubServer server([](const auto&, const auto& peer) { peer.answer(200, R"({"items":[{"a":1})"); });
  Client client(server);
  CHECK(client.list().error().kind == ErrorKind::internal);
}

TEST_CASE("a list without a revision is an error: no watch could begin there") {
  StubServer server([](const auto&, const auto& peer) { peer.answer(200, R"({"items":[],"metadata":{}})"); });
  Client client(server);
  CHECK_FALSE(client.list());
}

TEST_CASE("a server without streaming lists is read in pages from then on") {
  StubServer server([](const auto& request, const auto& peer) {
    if (asks(request, "sendInitialEvents"))
      peer.answer(422, R"({"kind":"Status","message":"sendInitialEvents is forbidden"})");
    else
      peer.answer(200, page("a", ""));
  });
  Client client(server);
  client.settings.streaming_lists = true;
  CHECK(client.list());
  CHECK(client.list());
  CHECK(client.names == "a ");
  CHECK(server.requests().size() == 3);
}

TEST_CASE("an ERROR event with 410 in a watch is what HTTP 410 is") {
  StubServer server([](const auto&, const auto& peer) {
    peer.answer(200, R"({"type":"MODIFIED","object":{"metadata":{"name":"a"}}})"
                     "\n"
                     R"({"type":"ERROR","object":{"kind":"Status","message":"too old","code":410}})"
                     "\n");
  });
  Client client(server);
  std::string seen;
  ListWatch::Handlers handlers{{}, [&](std::string_view type, const Json&) {
                                 seen += type;
                                 return true;
                               }};
  auto ended = client.list_watch.watch("/things", "3", handlers, {});
  REQUIRE_FALSE(ended);
  CHECK(ended.error().kind == ErrorKind::precondition);
  CHECK(seen == "MODIFIED");
  CHECK(asks(server.requests().at(0), "resourceVersion=3&timeoutSeconds=300 "));
}

TEST_CASE("a 429 before the first item is waited out") {
  std::atomic<int> asked = 0;
  StubServer server([&](const auto&, const auto& peer) {
    if (asked++ == 0)
      peer.answer(429, "{}");
    else
      peer.answer(200, page("a", ""));
  });
  Client client(server);
  CHECK(client.list());
  CHECK(asked == 2);
}
