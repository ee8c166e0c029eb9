// The same gateway behind netweave's own HTTP engine: an O2 server inside a program that has none.
//
//   g++ -std=c++20 native_server.cpp $(pkg-config --cflags --libs netweave netweave-http) -o native_server
//   ./native_server          starts, asks itself, stops
//   ./native_server 8080     serves on that port until a line comes on standard input

#include <iostream>

#include <netinet/in.h>
#include <netweave/gateway.hpp>
#include <netweave/http/native.hpp>
#include <sys/socket.h>
#include <unistd.h>

using namespace netweave;
using namespace std::chrono_literals;

// One request on a connection of its own, as any client would send it.
std::string fetch(std::uint16_t port, const std::string& method, const std::string& target, const std::string& body) {
  int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
                     "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                     body;
  std::string answer;
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
    char buffer[4096];
    for (ssize_t got; (got = ::recv(descriptor, buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(descriptor);
  return answer;
}

// The settings as text, as a file would hold them. Without adapters there would be a simulator of the same kind.
constexpr std::string_view settings = R"(
store: {backend: memory}
observability: {logging: {level: warn}}
adapters:
  - name: sim
    type: simulator
    config: {generate: {pools: 2, resources: 20, resource_types: 2, seed: 1}}
)";

int main(int count, char** values) {
  auto loaded = parse_config(settings, "settings");
  if (!loaded) {
    for (const Fault& fault : loaded.error().faults) std::cerr << fault.field << ": " << fault.reason << "\n";
    return 1;
  }
  auto gateway = Gateway::create(loaded->config);
  if (!gateway) return std::cerr << gateway.error().message << "\n", 1;
  Gateway& o2 = **gateway;
  if (!o2.start() || !o2.wait_synced(10s)) return 1;

  // The engine knows nothing of the gateway but this handler, which any thread of the engine calls.
  http::NativeOptions options;
  options.port = count > 1 ? static_cast<std::uint16_t>(std::stoi(values[1])) : 0;
  options.threads = 2;
  auto server = http::NativeServer::start(
      options, [&o2](http::Request request, http::Completion done) { o2.handle(std::move(request), std::move(done)); });
  if (!server) return std::cerr << server.error().message << "\n", 1;
  http::NativeServer& http = **server;
  o2.set_service_uri(http.url());
  std::cout << "serving " << http.url() << "/o2ims/v1\n";

  int code = 0;
  if (count > 1) {
    std::cin.get();
  } else {
    std::string made = fetch(http.port(), "POST", "/o2ims/v1/resourcePools", R"({"name": "rack 12"})");
    std::string list = fetch(http.port(), "GET", "/o2ims/v1/resourcePools?fields=name", "");
    std::cout << made << "\n\n" << list << "\n";
    code = made.starts_with("HTTP/1.1 201") && list.find("rack 12") != std::string::npos ? 0 : 1;
  }

  // Not ready first, then no new connections and what is in flight finishes, then the gateway: it outlives its callers.
  o2.drain();
  http.stop(5s);
  o2.stop();
  return code;
}
