#include <atomic>
#include <future>
#include <thread>

#include "client.hpp"
#include "engine.hpp"

using namespace conformance;
using namespace netweave::http;
using std::chrono::milliseconds;

namespace {

/// Becomes ready when the token's stop is requested.
class Stopped {
 public:
  explicit Stopped(std::stop_token token) : callback_(std::move(token), [this] { promise_.set_value(); }) {}
  bool wait() { return promise_.get_future().wait_for(Client::patience) == std::future_status::ready; }

 private:
  std::promise<void> promise_;
  std::stop_callback<std::function<void()>> callback_;
};

/// A stream whose pieces the case sends.
struct Tap {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void(std::optional<std::string>)> ready;
  bool destroyed = false;

  void push(std::optional<std::string> piece) {
    std::function<void(std::optional<std::string>)> call;
    {
      std::unique_lock lock(mutex);
      REQUIRE(changed.wait_for(lock, Client::patience, [&] { return ready != nullptr; }));
      call = std::exchange(ready, nullptr);
    }
    call(std::move(piece));
  }
  bool gone() {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, Client::patience, [&] { return destroyed; });
  }
};

class Tapped final : public BodyStream {
 public:
  explicit Tapped(std::shared_ptr<Tap> tap) : tap_(std::move(tap)) {}
  ~Tapped() override {
    std::lock_guard lock(tap_->mutex);
    tap_->destroyed = true;
    tap_->changed.notify_all();
  }
  void next(std::function<void(std::optional<std::string>)> ready) override {
    std::lock_guard lock(tap_->mutex);
    tap_->ready = std::move(ready);
    tap_->changed.notify_all();
  }

 private:
  std::shared_ptr<Tap> tap_;
};

Response tapped(const std::shared_ptr<Tap>& tap) {
  Response response;
  response.body = Body(std::make_unique<Tapped>(tap));
  return response;
}

}  // namespace

HTTP_CASE("a completion may come later, from another thread") {
  Held held;
  auto engine = start(held.handler());
  Client client(engine->port());
  client.send(get);
  auto item = held.take();
  std::thread([&] { item.done(text("later")); }).join();
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "later");
}

HTTP_CASE("a connection goes on after a long request that is answered later") {
  // while it waits, a read is under way: the room that the long request took must not be given back under it
  Held held;
  auto engine = start(held.handler());
  Client client(engine->port());
  for (std::size_t size : {10000U, 10U, 100000U, 5000U, 0U}) {
    std::string body(size, 'b');
    client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + body);
    auto item = held.take();
    CHECK(item.request.body == body);
    std::thread([&] { item.done(text("later")); }).join();
    auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->body == "later");
  }
}

HTTP_CASE("one that waits does not hold up the others") {
  Held held;
  auto engine = start([&, hold = held.handler()](Request request, Completion done) {
    request.target == "/wait" ? hold(std::move(request), std::move(done)) : done(text("now"));
  });
  Client waiting(engine->port());
  waiting.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  auto item = held.take();
  Client other(engine->port());
  REQUIRE(other.ask(get));
  CHECK(waiting.silent());
  item.done(text("then"));
  REQUIRE(waiting.answer());
}

HTTP_CASE("a completion that is dropped is answered 500") {
  auto engine = start([](Request request, Completion done) {
    if (request.target == "/throw") throw std::runtime_error("no");
    Completion copy = done;
  });
  Client client(engine->port());
  for (std::string target : {"/drop", "/throw", "/drop"}) {
    auto answer = client.ask("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(answer);
    CHECK(answer->status == 500);
    CHECK(answer->header("Content-Type") == "application/problem+json");
  }
}

HTTP_CASE("a completion that is dropped later is answered 500") {
  Held held;
  auto engine = start(held.handler());
  Client client(engine->port());
  client.send(get);
  { auto item = held.take(); }
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 500);
}

HTTP_CASE("only the first call of a completion counts") {
  auto engine = start([](Request, Completion done) {
    done(text("first"));
    done(text("second"));
  });
  Client client(engine->port());
  for (int i = 0; i < 3; ++i) {
    auto answer = client.ask(get);
    REQUIRE(answer);
    CHECK(answer->body == "first");
  }
}

HTTP_CASE("stop is requested when the client leaves, and its completion is safe") {
  Held held;
  auto engine = start(held.handler());
  for (int i = 0; i < 20; ++i) {
    Client client(engine->port());
    client.send(get);
    auto item = held.take();
    Stopped stopped(item.request.stop);
    client.close();
    CHECK(stopped.wait());
    item.done(text(std::string(100000, 'x')));
  }
  Client client(engine->port());
  client.send(get);
  held.take().done(text("alive"));
  REQUIRE(client.answer());
}

HTTP_CASE("a client that ended its side alone still reads its answer") {
  Held held;
  auto engine = start(held.handler());
  Client client(engine->port());
  client.send(get);
  client.end_writing();
  auto item = held.take();
  CHECK(Stopped(item.request.stop).wait());
  item.done(text("for you"));
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "for you");
  CHECK(client.closed());
}

HTTP_CASE("a stream is pulled as it is written, each piece seen at once") {
  auto tap = std::make_shared<Tap>();
  auto engine = start([&](Request, Completion done) { done(tapped(tap)); });
  Client client(engine->port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  tap->push("a");
  tap->push("b");
  tap->push(std::nullopt);
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "ab");
  CHECK(tap->gone());
}

HTTP_CASE("a stream is destroyed when its client leaves") {
  auto tap = std::make_shared<Tap>();
  auto engine = start([&](Request, Completion done) { done(tapped(tap)); });
  Client client(engine->port());
  client.send(get);
  tap->push("a");
  client.close();
  CHECK(tap->gone());
  if (tap->ready) tap->ready("too late");
}

HTTP_CASE("a stream that drops its callback breaks the connection, so that the client knows") {
  auto tap = std::make_shared<Tap>();
  auto engine = start([&](Request, Completion done) { done(tapped(tap)); });
  Client client(engine->port());
  client.send(get);
  tap->push("a");
  {
    std::unique_lock lock(tap->mutex);
    REQUIRE(tap->changed.wait_for(lock, Client::patience, [&] { return tap->ready != nullptr; }));
    auto dropped = std::exchange(tap->ready, nullptr);
    lock.unlock();
  }
  CHECK_FALSE(client.answer());
  CHECK(tap->gone());
}

HTTP_CASE("a stream is sent in chunks, and the connection goes on behind it") {
  auto tap = std::make_shared<Tap>();
  auto engine =
      start([&](Request request, Completion done) { request.target == "/a" ? done(tapped(tap)) : done(text("")); });
  Client client(engine->port());
  client.send(get);
  for (const char* piece : {"one", "", "two"}) tap->push(piece);  // an empty one is none
  tap->push(std::nullopt);
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->header("Transfer-Encoding") == "chunked");
  CHECK(answer->count("Content-Length") == 0);
  CHECK(answer->chunks == 2);
  CHECK(answer->body == "onetwo");
  CHECK(tap->gone());
  CHECK(client.ask("GET /b HTTP/1.1\r\nHost: x\r\n\r\n").has_value());
}

HTTP_CASE("the header of a stream is sent before its first piece") {
  auto tap = std::make_shared<Tap>();
  auto engine = start([&](Request, Completion done) { done(tapped(tap)); });
  Client client(engine->port());
  client.send(get);
  CHECK(client.answer(true));
  tap->push("a");
}

HTTP_CASE("HEAD of a stream pulls nothing, and destroys it") {
  auto tap = std::make_shared<Tap>();
  auto engine = start([&](Request, Completion done) { done(tapped(tap)); });
  Client client(engine->port());
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  auto answer = client.answer(true);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(tap->gone());
  CHECK(tap->ready == nullptr);
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.answer(true));
}

HTTP_CASE("a stream is not asked for more than its reader takes") {
  auto pulls = std::make_shared<std::atomic<int>>(0);
  class Endless final : public BodyStream {
   public:
    explicit Endless(std::shared_ptr<std::atomic<int>> pulls) : pulls_(std::move(pulls)) {}
    void next(std::function<void(std::optional<std::string>)> ready) override {
      if (++*pulls_ > 500) return ready(std::nullopt);
      ready(std::string(65536, 'x'));
    }

   private:
    std::shared_ptr<std::atomic<int>> pulls_;
  };
  auto engine = start([&](Request, Completion done) {
    Response response;
    response.body = Body(std::make_unique<Endless>(pulls));
    done(std::move(response));
  });
  Client slow(engine->port(), 4096);
  slow.send(get);
  Client other(engine->port());
  other.send(get);
  auto whole = other.answer();
  REQUIRE(whole);
  CHECK(whole->body.size() > std::size_t{65536} * 250);
  // the other one took most: the sockets' buffers of a slow reader hold a part of 32 MB
  CHECK(*pulls <= 502);
  CHECK(whole->body.size() < std::size_t{65536} * 500);
  auto rest = slow.answer();
  REQUIRE(rest);
  CHECK(rest->body.size() + whole->body.size() == std::size_t{65536} * 500);
}

HTTP_CASE("a stream that ends while the server stops ends its connection, in order") {
  auto tap = std::make_shared<Tap>();
  auto engine = start([&](Request, Completion done) { done(tapped(tap)); });
  Client client(engine->port());
  client.send(get);
  tap->push("a");
  auto stopped = std::async(std::launch::async, [&] { engine->stop(Client::patience * 10); });
  tap->push("last");
  tap->push(std::nullopt);
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "alast");
  CHECK(client.closed());
  CHECK(stopped.wait_for(Client::patience) == std::future_status::ready);
}

HTTP_CASE("stop lets what is in flight finish, closes what is idle, and takes no more") {
  Held held;
  auto engine = start([&, hold = held.handler()](Request request, Completion done) {
    request.target == "/a" ? hold(std::move(request), std::move(done)) : done(text("now"));
  });
  std::uint16_t port = engine->port();
  Client idle(port);
  REQUIRE(idle.ask("GET /now HTTP/1.1\r\nHost: x\r\n\r\n"));
  Client busy(port);
  busy.send(get);
  auto item = held.take();
  auto stopped = std::async(std::launch::async, [&] { engine->stop(Client::patience); });
  CHECK(idle.closed());
  item.done(text("finished"));
  auto answer = busy.answer();
  REQUIRE(answer);
  CHECK(answer->body == "finished");
  CHECK(answer->header("Connection") == "close");
  CHECK(busy.closed());
  stopped.get();
  CHECK_THROWS(Client(port));
  engine->stop(milliseconds(0));
}

HTTP_CASE("stop breaks off what does not finish in its grace, and later completions are safe") {
  Held held;
  auto engine = start(held.handler());
  Client client(engine->port());
  client.send(get);
  auto item = held.take();
  engine->stop(milliseconds(20));
  CHECK(client.closed());
  item.done(text("too late"));
  engine.reset();
  Completion last = std::move(item.done);
  last(text("far too late"));
}

HTTP_CASE("a completion may come while the server stops") {
  for (int i = 0; i < 30; ++i) {
    Held held;
    auto engine = start(held.handler());
    Client client(engine->port());
    client.send(get);
    auto item = held.take();
    std::thread completing([&] { item.done(text("racing")); });
    engine->stop(milliseconds(0));
    completing.join();
  }
}

HTTP_CASE("the handler and what it holds are freed by stop") {
  auto held = std::make_shared<int>(1);
  std::weak_ptr<int> watch = held;
  auto engine = start([held](Request, Completion done) { done(text(std::to_string(*held))); });
  held.reset();
  Client client(engine->port());
  REQUIRE(client.ask(get));
  engine->stop(milliseconds(0));
  CHECK(watch.expired());
}

HTTP_CASE("many connections on two loops are served at once") {
  Limits limits;
  limits.threads = 2;
  std::atomic<int> calls = 0;
  auto engine = start(limits, [&](Request request, const Completion& done) {
    ++calls;
    echo(std::move(request), done);
  });
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::vector<Client> clients;
      for (int c = 0; c < 25; ++c) clients.emplace_back(engine->port());
      for (int round = 0; round < 10; ++round)
        for (Client& client : clients) {
          std::string target = "/" + std::to_string(t) + "/" + std::to_string(round);
          auto answer = client.ask("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
          if (answer && answer->body == "GET " + target + " ") ++right;
        }
    });
  for (auto& thread : threads) thread.join();
  CHECK(right == 1000);
  CHECK(calls == 1000);
}

HTTP_CASE("an address that is taken is an error, not a second listener") {
  auto engine = start(echo);
  Limits limits;
  limits.port = engine->port();
  CHECK_THROWS(start(limits, echo));
  limits.port = 0;
  limits.host = "no address";
  CHECK_THROWS(start(limits, echo));
}

HTTP_CASE("two servers live in one process") {
  auto one = start([](Request, Completion done) { done(text("one")); });
  auto two = start([](Request, Completion done) { done(text("two")); });
  CHECK(Client(one->port()).ask(get)->body == "one");
  one->stop(milliseconds(0));
  CHECK(Client(two->port()).ask(get)->body == "two");
}
