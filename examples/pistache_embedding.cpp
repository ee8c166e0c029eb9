// O2 inside a program that already runs Pistache: its own routes stay, /o2ims goes to the gateway.
//
//   g++ -std=c++20 pistache_embedding.cpp $(pkg-config --cflags --libs netweave libpistache) -o pistache_embedding
//   ./pistache_embedding          starts, asks itself, stops
//   ./pistache_embedding 8080     serves on that port until a line comes on standard input
//
// Good for what stands behind a proxy. Pistache 0.0.5 keeps neither the order nor the repeats of query parameters, so
// "?resourceId=a&resourceId=b" arrives as one of the two; the engine in servers/gateway has no such gap.

#include <csignal>
#include <future>
#include <iostream>

#include <netweave/gateway.hpp>
#include <pistache/client.h>
#include <pistache/endpoint.h>
#include <pistache/router.h>

using namespace netweave;
using namespace std::chrono_literals;
namespace Http = Pistache::Http;
namespace Rest = Pistache::Rest;

http::Request translate(const Http::Request& from) {
  http::Request to;
  to.method = Http::methodString(from.method());
  to.target = from.resource() + from.query().as_str();  // as it came: netweave decodes the escapes
  for (const auto& [name, raw] : from.headers().rawList()) to.headers.emplace_back(raw.name(), raw.value());
  // Pistache keeps the headers that it knows apart from the others, as objects
  for (const auto& known : from.headers().list()) {
    std::ostringstream value;
    known->write(value);
    if (!http::find_header(to.headers, known->name())) to.headers.emplace_back(known->name(), value.str());
  }
  to.body = from.body();
  to.peer.address = from.address().host() + ":" + std::to_string(ntohs(from.address().port()));
  return to;
}

// Pistache writes its own header types alone, and drops what `addRaw` was given.
class AnyHeader : public Http::Header::Header {
 public:
  AnyHeader(std::string name, std::string value) : name_(std::move(name)), value_(std::move(value)) {}
  const char* name() const override { return name_.c_str(); }
  std::uint64_t hash() const override { return std::hash<std::string>()(name_); }
  void write(std::ostream& out) const override { out << value_; }

 private:
  std::string name_, value_;
};

bool wants_close(const Http::Request& request) {
  auto connection = request.headers().tryGet<Http::Header::Connection>();
  if (connection) return connection->control() == Http::ConnectionControl::Close;
  return request.version() == Http::Version::Http10;
}

void send(Http::ResponseWriter& to, http::Response from, bool close, bool head) {
  // HTTP/1.1 keeps a connection unless told otherwise; Pistache closes it unless told otherwise
  to.headers().remove<Http::Header::Connection>();
  to.headers().add<Http::Header::Connection>(close ? Http::ConnectionControl::Close
                                                   : Http::ConnectionControl::KeepAlive);
  for (const auto& [name, value] : from.headers) to.headers().add(std::make_shared<AnyHeader>(name, value));
  bool empty = head || from.status == 204 || from.status == 304;
  to.send(static_cast<Http::Code>(from.status), empty ? std::string() : from.body.to_string());
}

// Takes what the router has no route of its own for. The answer may come later, from another thread.
Rest::Route::Handler forward(Gateway& gateway) {
  return [&gateway](const Rest::Request& request, Http::ResponseWriter writer) {
    if (request.resource() != "/o2ims" && !request.resource().starts_with("/o2ims/"))
      return Rest::Route::Result::Failure;
    auto to = std::make_shared<Http::ResponseWriter>(std::move(writer));
    bool head = request.method() == Http::Method::Head;
    gateway.handle(translate(request), [to, close = wants_close(request), head](http::Response response) {
      send(*to, std::move(response), close, head);
    });
    return Rest::Route::Result::Ok;
  };
}

// What the program did before it met netweave.
Rest::Router own_routes() {
  Rest::Router router;
  Rest::Routes::Get(router, "/billing/:customer", [](const Rest::Request& request, Http::ResponseWriter writer) {
    writer.send(Http::Code::Ok, "no debts, " + request.param(":customer").as<std::string>());
    return Rest::Route::Result::Ok;
  });
  return router;
}

// One request by Pistache's own client.
std::string fetch(Http::Experimental::Client& client, const std::string& url) {
  auto body = std::make_shared<std::promise<std::string>>();
  auto future = body->get_future();
  client.get(url).send().then([body](const Http::Response& response) { body->set_value(response.body()); },
                              [body](std::exception_ptr) { body->set_value("failed"); });
  return future.wait_for(10s) == std::future_status::ready ? future.get() : "no answer";
}

int main(int count, char** values) {
  std::signal(SIGPIPE, SIG_IGN);  // Pistache writes to connections that may be gone

  Config config;
  config.store.backend = StoreBackend::memory;
  config.logging.level = "warn";
  auto gateway = Gateway::create(config);
  if (!gateway) return std::cerr << gateway.error().message << "\n", 1;
  Gateway& o2 = **gateway;
  if (!o2.start() || !o2.wait_synced(10s)) return 1;

  Rest::Router router = own_routes();
  router.addCustomHandler(forward(o2));

  auto port = static_cast<std::uint16_t>(count > 1 ? std::stoi(values[1]) : 0);
  Http::Endpoint endpoint(Pistache::Address("127.0.0.1", Pistache::Port(port)));
  endpoint.init(Http::Endpoint::options()
                    .threads(2)
                    .flags(Pistache::Tcp::Options::ReuseAddr)
                    .maxRequestSize(1 << 20));  // its default is 4 KiB, header and body together
  endpoint.setHandler(router.handler());
  endpoint.serveThreaded();
  std::string base = "http://127.0.0.1:" + std::to_string(static_cast<std::uint16_t>(endpoint.getPort()));
  o2.set_service_uri(base);

  Http::Experimental::Client client;
  client.init();
  std::string own = fetch(client, base + "/billing/ada");
  std::string pools = fetch(client, base + "/o2ims/v1/resourcePools?limit=1");
  std::cout << own << "\n" << pools << "\n";
  client.shutdown();
  if (count > 1) std::cin.get();

  o2.drain();
  endpoint.shutdown();  // before the gateway: its threads call it
  o2.stop();
  return own == "no debts, ada" && pools.find("\"total\"") != std::string::npos ? 0 : 1;
}
