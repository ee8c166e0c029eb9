#include <doctest/doctest.h>

#include "events/backoff.hpp"
#include "events/dead_letters.hpp"
#include "events/status.hpp"

using namespace netweave;
using namespace netweave::events;
using std::chrono::milliseconds;

namespace {

DeadLetter letter_of(const std::string& id, std::uint64_t sequence) {
  DeadLetter letter{id, sequence, "ResourceCreated", 400, R"(it said ,"notification": no)", 3, 1700000000123};
  letter.body = R"({"notificationId":")" + id + R"(","number":1.50})";
  return letter;
}

}  // namespace

TEST_CASE("a dead letter's record reads back what it was made from, its notification byte for byte") {
  DeadLetter letter = letter_of("n-1", 7);
  auto read = read_letter(to_record(letter));
  REQUIRE(read.has_value());
  CHECK(read->notification_id == "n-1");
  CHECK(read->sequence == 7);
  CHECK(read->event_type == "ResourceCreated");
  CHECK(read->status == 400);
  CHECK(read->reason == letter.reason);
  CHECK(read->attempts == 3);
  CHECK(read->failed_at == letter.failed_at);
  CHECK(read->body == letter.body);
  CHECK(Value::parse(to_record(letter)).has_value());
  CHECK_FALSE(read_letter(settled_record("n-1")).has_value());
  CHECK_FALSE(read_letter("no json").has_value());
}

TEST_CASE("letters are what records say last, in order of their sequence") {
  auto store = store::open_memory();
  store::Streams& streams = store->streams();
  auto add = [&](const std::string& bytes) { return *streams.append(dead_letters_of("s"), bytes, 1); };
  add(to_record(letter_of("n-1", 1)));
  add(to_record(letter_of("n-3", 3)));
  add(to_record(letter_of("n-2", 2)));
  add(settled_record("n-1"));
  std::uint64_t newer = add(to_record(letter_of("n-3", 3)));
  auto list = list_letters(streams, "s");
  REQUIRE(list.has_value());
  REQUIRE(list->places.size() == 2);
  CHECK(list->places[0].notification_id == "n-2");
  CHECK(list->places[1].record == newer);
  CHECK(list->needless == 2);  // n-1 is settled, n-3 has a newer record
  CHECK(read_letter(**read_record(streams, "s", newer))->sequence == 3);
  CHECK_FALSE(read_record(streams, "s", 99)->has_value());
  CHECK(list_letters(streams, "another")->places.empty());
}

TEST_CASE("the wait doubles with each failure, up to its bound") {
  SubscriptionsConfig config;
  CHECK(backoff_ceiling(config, 1) == milliseconds(1000));
  CHECK(backoff_ceiling(config, 2) == milliseconds(2000));
  CHECK(backoff_ceiling(config, 9) == milliseconds(256000));
  CHECK(backoff_ceiling(config, 10) == milliseconds(300000));
  CHECK(backoff_ceiling(config, UINT64_MAX) == milliseconds(300000));
}

TEST_CASE("any moment of the wait may be the one, unless the callback asked for a later one") {
  milliseconds longest(300000);
  CHECK(spread(milliseconds(1000), 0, {}, longest) == milliseconds(1));
  CHECK(spread(milliseconds(1000), 999, {}, longest) == milliseconds(1000));
  CHECK(spread(milliseconds(1000), 1000, {}, longest) == milliseconds(1));
  CHECK(spread(milliseconds(1000), 0, milliseconds(7000), longest) == milliseconds(7000));
  CHECK(spread(milliseconds(1000), 0, milliseconds(900000), longest) == longest);
}

TEST_CASE("a position's text keeps how the delivery goes") {
  Progress progress;
  CHECK(progress_text(progress).empty());
  progress.status = {DeliveryState::suspended, 11, 12, "a \"reason\"", 13, 14, 15};
  progress.failing_since = 16;
  progress.dead_in_row = 9;
  progress.resumed = 17;
  Progress read = read_progress(progress_text(progress));
  CHECK(read.status.state == DeliveryState::suspended);
  CHECK(read.status.last_success_at == 11);
  CHECK(read.status.last_failure_at == 12);
  CHECK(read.status.last_error == "a \"reason\"");
  CHECK(read.status.consecutive_failures == 13);
  CHECK(read.status.pending == 14);
  CHECK(read.status.dead_letters == 15);
  CHECK(read.failing_since == 16);
  CHECK(read.dead_in_row == 9);
  CHECK(read.resumed == 17);
  CHECK(progress_text(read_progress("no json")).empty());
}
