#include <future>
#include <thread>

#include <doctest/doctest.h>

#include "events/reader.hpp"
#include "events/stream_hub.hpp"

using namespace netweave;
using namespace netweave::events;
using std::chrono::milliseconds;

namespace {

constexpr auto patience = std::chrono::seconds(30);

/// Tells the ids of the resources whose id begins with a letter.
class Ids final : public Topic {
 public:
  explicit Ids(std::string begins) : begins_(std::move(begins)) {}
  [[nodiscard]] Text tell(const Telling& telling) const override {
    const store::Entry& entry = telling.entry();
    if (!entry.subject().id().starts_with(begins_)) return nullptr;
    ++asked;
    return telling.text(Telling::Form::event, [&] { return std::string(entry.subject().id()) + " "; });
  }
  [[nodiscard]] std::string begin(std::string_view) const override { return "begin "; }
  [[nodiscard]] std::string bookmark(std::string_view position) const override {
    return "at" + std::string(position.substr(position.find('.'))) + " ";
  }
  [[nodiscard]] std::string end(Ending why, std::string_view position, std::string_view) const override {
    return std::string(to_string(why)) + std::string(position.substr(position.find('.'))) + " ";
  }

  mutable std::atomic<int> asked{0};

 private:
  std::string begins_;
};

/// What a reader got, a piece at a time.
class Client {
 public:
  explicit Client(http::Body body) : body_(std::move(body)) {}
  ~Client() {
    body_ = http::Body();  // before `came_`
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Asks for the next piece, and does not wait.
  void ask() {
    came_ = std::make_shared<std::promise<std::optional<std::string>>>();
    body_.stream()->next([came = came_](std::optional<std::string> piece) { came->set_value(std::move(piece)); });
  }
  /// The piece that was asked for; nullopt at the end.
  std::optional<std::string> piece() {
    auto future = came_->get_future();
    REQUIRE(future.wait_for(patience) == std::future_status::ready);
    return future.get();
  }
  std::optional<std::string> next() {
    ask();
    return piece();
  }
  /// Reads until what came has that size, or the end.
  std::string read(std::size_t size) {
    std::string all;
    while (all.size() < size) {
      auto more = next();
      if (!more) return all + "END";
      all += *more;
    }
    return all;
  }
  /// Reads to the end.
  std::string rest() { return read(std::string::npos); }

 private:
  std::shared_ptr<std::promise<std::optional<std::string>>> came_;
  http::Body body_;
};

/// A log, and a hub that is told of it as a tail does.
struct Fleet {
  explicit Fleet(StreamLimits limits = {}) : hub(StreamHub::make(store->log(), 0, limits)) {}
  ~Fleet() { hub->stop(); }

  store::Revision put(const std::string& id, Kind kind = Kind::resource) {
    model::Draft draft;
    draft.kind = kind;
    draft.id = id;
    draft.json = "{}";
    auto committed = store->log().commit({{{model::Object::make(draft), {}}}, {}, {}, 1000});
    REQUIRE(committed);
    return *committed;
  }
  void fold() {
    auto entries = store->log().read(folded, 100000);
    REQUIRE(entries);
    if (!entries->empty()) folded = entries->back().revision;
    hub->on_entries(*entries);
  }
  void told(const std::string& id) {
    put(id);
    fold();
  }
  Result<http::Body> open(const std::string& letter, store::Revision after, milliseconds timeout = {}) {
    auto topic = std::make_shared<Ids>(letter);
    topics.push_back(topic);
    return hub->open({letter, topic, store->log().epoch(), after, timeout});
  }
  http::Body opened(const std::string& letter, store::Revision after, milliseconds timeout = {}) {
    auto body = open(letter, after, timeout);
    REQUIRE(body);
    return std::move(*body);
  }

  std::unique_ptr<store::Store> store = store::open_memory();
  store::Revision folded = 0;
  std::vector<std::shared_ptr<Ids>> topics;
  std::shared_ptr<StreamHub> hub;
};

StreamLimits bookmarks_after(milliseconds time) {
  StreamLimits limits;
  limits.bookmark_interval = time;
  return limits;
}

}  // namespace

TEST_CASE("a stream tells what comes and matches, in order") {
  Fleet fleet;
  fleet.told("a0");
  Client reader(fleet.opened("a", 1));
  CHECK(reader.next() == "begin ");
  reader.ask();
  fleet.told("b1");
  fleet.told("a2");
  CHECK(reader.piece() == "a2 ");
  fleet.told("a3");
  CHECK(reader.next() == "a3 ");
}

TEST_CASE("a stream that begins in the past reads the log, and goes on with what comes, without a gap or a repeat") {
  Fleet fleet;
  std::string wanted = "begin ";
  for (int i = 0; i < 2000; ++i) fleet.put(std::string(i % 3 == 0 ? "a" : "b") + std::to_string(i));
  fleet.fold();
  std::thread writing([&] {
    for (int i = 2000; i < 4000; ++i) fleet.told(std::string(i % 3 == 0 ? "a" : "b") + std::to_string(i));
  });
  for (int i = 0; i < 4000; ++i)
    if (i % 3 == 0) wanted += "a" + std::to_string(i) + " ";
  Client reader(fleet.opened("a", 0));
  CHECK(reader.read(wanted.size()) == wanted);
  writing.join();
}

TEST_CASE("a place that this gateway has not folded yet is waited for, and nothing before it is told") {
  Fleet fleet;
  fleet.put("a1");
  fleet.put("a2");
  Client reader(fleet.opened("a", 1));
  CHECK(reader.next() == "begin ");
  reader.ask();
  fleet.fold();
  CHECK(reader.piece() == "a2 ");
}

TEST_CASE("streams of one key are told one text, which is made once") {
  Fleet fleet;
  std::vector<std::unique_ptr<Client>> readers;
  for (int i = 0; i < 50; ++i) readers.push_back(std::make_unique<Client>(fleet.opened("a", 0)));
  for (auto& reader : readers) CHECK(reader->next() == "begin ");
  fleet.told("a1");
  for (auto& reader : readers) CHECK(reader->next() == "a1 ");
  int asked = 0;
  for (const auto& topic : fleet.topics) asked += topic->asked;
  CHECK(asked == 1);
}

TEST_CASE("a thousand streams are told, and end at once when the gateway drains") {
  Fleet fleet;
  std::vector<std::unique_ptr<Client>> readers;
  for (int i = 0; i < 1000; ++i) readers.push_back(std::make_unique<Client>(fleet.opened(i % 2 == 0 ? "a" : "b", 0)));
  for (auto& reader : readers) CHECK(reader->next() == "begin ");
  CHECK(fleet.hub->open_streams() == 1000);
  for (auto& reader : readers) reader->ask();
  fleet.told("a1");
  for (std::size_t i = 0; i < readers.size(); i += 2) CHECK(readers[i]->piece() == "a1 ");
  for (std::size_t i = 0; i < readers.size(); i += 2) readers[i]->ask();
  fleet.hub->drain();
  for (auto& reader : readers) {
    // each is told how far it is, whether or not the last entry was one of its own
    CHECK(reader->piece() == "stopping.1 ");
    CHECK(reader->next() == std::nullopt);
  }
  CHECK(fleet.hub->ended(Ending::stopping) == 1000);
  CHECK(fleet.open("a", 0).error().kind == ErrorKind::unavailable);
  readers.clear();
  CHECK(fleet.hub->open_streams() == 0);
}

TEST_CASE("a reader that is busy when the gateway drains is told the rest before the end") {
  Fleet fleet;
  Client reader(fleet.opened("a", 0));
  CHECK(reader.next() == "begin ");
  fleet.told("a1");
  fleet.told("a2");
  fleet.hub->drain();
  CHECK(reader.rest() == "a1 a2 stopping.2 END");
}

TEST_CASE("a stream whose reader may not any more ends with the change that says so, and another one goes on") {
  Fleet fleet;
  std::atomic<bool> allowed{true};
  auto open = [&](std::function<bool()> may) {
    auto topic = std::make_shared<Ids>("a");
    fleet.topics.push_back(topic);
    return fleet.hub->open({"a", topic, fleet.store->log().epoch(), 0, {}, std::move(may)});
  };
  auto body = open([&] { return allowed.load(); });
  REQUIRE(body);
  Client reader(std::move(*body));
  Client other(fleet.opened("a", 0));
  for (Client* each : {&reader, &other}) CHECK(each->next() == "begin ");
  fleet.put("b1", Kind::user);
  fleet.told("a2");
  CHECK(reader.next() == "a2 ");
  reader.ask();
  allowed = false;
  fleet.put("b3", Kind::user);
  fleet.told("a4");
  CHECK(reader.piece() == "denied.2 ");
  CHECK(reader.next() == std::nullopt);
  CHECK(other.read(6) == "a2 a4 ");
  CHECK(fleet.hub->ended(Ending::denied) == 1);
  CHECK(open([&] { return allowed.load(); }).error().kind == ErrorKind::denied);
  CHECK(fleet.hub->open_streams() == 2);
}

TEST_CASE("one stream more than there may be is refused, until another one's reader has gone") {
  StreamLimits limits;
  limits.max_streams = 2;
  Fleet fleet(limits);
  auto one = std::make_unique<Client>(fleet.opened("a", 0));
  Client two(fleet.opened("a", 0));
  auto refused = fleet.open("a", 0);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::exhausted);
  CHECK(refused.error().retry_after.has_value());
  one.reset();
  CHECK(fleet.open("a", 0).has_value());
}

TEST_CASE("a reader that lets more wait than its bound is closed with the last that it got") {
  StreamLimits limits;
  limits.buffer_bytes = 30;
  Fleet fleet(limits);
  Client reader(fleet.opened("a", 0));
  Client other(fleet.opened("a", 0));
  CHECK(reader.next() == "begin ");
  CHECK(other.next() == "begin ");
  fleet.told("a1");
  CHECK(reader.next() == "a1 ");
  for (int i = 2; i <= 30; ++i) {
    fleet.told("a" + std::to_string(i));
    std::string wanted = i == 2 ? "a1 a2 " : "a" + std::to_string(i) + " ";
    if (i > 2) CHECK(other.next() == wanted);
    if (i == 2) CHECK(other.read(wanted.size()) == wanted);
  }
  CHECK(reader.rest() == "slow.1 END");
  CHECK(fleet.hub->ended(Ending::slow) == 1);
  // and from there it is told all that it missed
  std::string missed = "begin ";
  for (int i = 2; i <= 30; ++i) missed += "a" + std::to_string(i) + " ";
  Client again(fleet.opened("a", 1));
  CHECK(again.read(missed.size()) == missed);
}

TEST_CASE("one text that is larger than the bound is told all the same") {
  StreamLimits limits;
  limits.buffer_bytes = 10;
  Fleet fleet(limits);
  Client reader(fleet.opened("a", 0));
  CHECK(reader.next() == "begin ");
  std::string large = "a" + std::string(100, 'x');
  reader.ask();
  fleet.told(large);
  CHECK(reader.piece() == large + " ");
}

TEST_CASE("a quiet stream is told how far it is") {
  Fleet fleet(bookmarks_after(milliseconds(100)));
  Client reader(fleet.opened("a", 0));
  CHECK(reader.next() == "begin ");
  fleet.told("b1");
  fleet.told("b2");
  std::string at;
  while (at != "at.2 ") {
    auto piece = reader.next();
    REQUIRE(piece);
    at = *piece;
    CHECK(at.starts_with("at."));
  }
}

TEST_CASE("a stream ends when its time is over, with how far it is") {
  Fleet fleet;
  fleet.told("b1");
  Client reader(fleet.opened("a", 1, milliseconds(50)));
  CHECK(reader.next() == "begin ");
  CHECK(reader.next() == "time.1 ");
  CHECK(reader.next() == std::nullopt);
  CHECK(reader.next() == std::nullopt);
}

TEST_CASE("where the log was trimmed past a reader that is behind, its stream ends as gone") {
  Fleet fleet;
  for (int i = 1; i <= 2000; ++i) fleet.put("a" + std::to_string(i));
  fleet.fold();
  Client reader(fleet.opened("a", 0));
  CHECK(reader.next() == "begin ");
  REQUIRE(fleet.store->log().trim(1900));
  CHECK(reader.rest() == "gone.0 END");
}

TEST_CASE("who is told more than the hub can hold reads on from the log, and misses nothing") {
  StreamLimits limits;
  limits.max_inbox = 10;
  limits.buffer_bytes = 1000000;
  Fleet fleet(limits);
  Client reader(fleet.opened("a", 0));
  std::string wanted = "begin ";
  for (int i = 0; i < 3000; ++i) {
    std::string id = "a" + std::to_string(i);
    fleet.put(id);
    wanted += id + " ";
    if (i % 100 == 99) fleet.fold();  // a hundred at once: ten times what it holds
  }
  CHECK(reader.read(wanted.size()) == wanted);
  reader.ask();
  fleet.told("a-last");
  CHECK(reader.piece() == "a-last ");
}

TEST_CASE("streams of an epoch end as gone when another one begins, and new ones are of that") {
  Fleet fleet;
  fleet.told("a1");
  Client reader(fleet.opened("a", 1));
  CHECK(reader.next() == "begin ");
  reader.ask();
  auto epoch = fleet.store->log().begin_epoch(fleet.store->log().epoch());
  REQUIRE(epoch);
  CHECK(fleet.open("a", 1).error().kind == ErrorKind::unavailable);
  auto head = fleet.store->log().load([](const model::ObjectRef&) {});
  REQUIRE(head);
  fleet.hub->on_epoch(*epoch, *head);
  CHECK(reader.piece() == "gone.1 ");
  CHECK(reader.next() == std::nullopt);
  Client again(fleet.opened("a", *head));
  CHECK(again.next() == "begin ");
  fleet.folded = *head;
  again.ask();
  fleet.told("a2");
  CHECK(again.piece() == "a2 ");
}

TEST_CASE("readers come and go while much is told") {
  Fleet fleet;
  std::atomic<bool> done = false;
  std::thread writing([&] {
    for (int i = 0; !done; ++i) fleet.told("a" + std::to_string(i));
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&fleet] {
      for (int round = 0; round < 50; ++round) {
        auto body = fleet.hub->open({"a", std::make_shared<Ids>("a"), fleet.store->log().epoch(), 0, milliseconds(0)});
        if (!body) return;
        Client reader(std::move(*body));
        std::string all = reader.read(30);
        if (!all.starts_with("begin a0 a1 a2")) std::abort();
        reader.ask();  // and it leaves while that is awaited
      }
    });
  for (auto& thread : threads) thread.join();
  done = true;
  writing.join();
  CHECK(fleet.hub->open_streams() == 0);
}

TEST_CASE("a body may outlive the hub's stop, and the log") {
  auto fleet = std::make_unique<Fleet>();
  Client reader(fleet->opened("a", 0));
  fleet->told("a1");
  CHECK(reader.read(9) == "begin a1 ");
  fleet.reset();
  CHECK(reader.rest() == "stopping.1 END");
}
