#include "tenancy/key_ring.hpp"

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>

#include <doctest/doctest.h>
#include <unistd.h>

#include "unit/tenancy/issuer.hpp"

using namespace netweave;
using namespace netweave::tenancy;

namespace {

KeyRing::Pace unlimited() {
  KeyRing::Pace pace;
  pace.between_renewals = std::chrono::milliseconds(0);
  return pace;
}

Result<KeyRing::Keys> renewed(KeyRing& ring) {
  std::promise<Result<KeyRing::Keys>> answer;
  ring.renew(ring.keys(), [&](Result<KeyRing::Keys> keys) { answer.set_value(std::move(keys)); });
  return answer.get_future().get();
}

/// Counts the lines of a log, and waits for them.
class Lines {
 public:
  [[nodiscard]] Log log() {
    return Log::to_sink(
        [this](std::string_view, std::string_view line) {
          std::lock_guard lock(mutex_);
          text_ += line;
          changed_.notify_all();
        },
        LogLevel::debug, true);
  }
  void wait_for(std::string_view words, std::size_t times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      std::size_t seen = 0;
      for (auto at = text_.find(words); at != std::string::npos; at = text_.find(words, at + 1)) ++seen;
      return seen >= times;
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
};

class File {
 public:
  explicit File(const std::string& text) { write(text); }
  ~File() { std::filesystem::remove(path()); }
  void write(const std::string& text) const {
    std::ofstream(path() + ".new", std::ios::binary) << text;
    std::filesystem::rename(path() + ".new", path());
  }
  [[nodiscard]] std::string path() const {
    return (std::filesystem::temp_directory_path() / ("netweave-jwks-" + std::to_string(getpid()))).string();
  }
};

}  // namespace

TEST_CASE("a file of keys is read again when it changed, and a broken one changes nothing") {
  Lines lines;
  File file(jwk_set({IssuerKey::p256().jwk("a")}));
  KeyRing ring(file_source(file.path(), std::chrono::milliseconds(1)), lines.log(), unlimited());
  lines.wait_for("keys are new", 1);
  file.write(jwk_set({IssuerKey::p256().jwk("b")}));
  lines.wait_for("keys are new", 2);
  CHECK(renewed(ring).value()->find("b", crypto::Scheme::es256) != nullptr);
  file.write(R"({"keys":)");
  lines.wait_for("can't be renewed", 1);
  CHECK(ring.keys()->find("b", crypto::Scheme::es256) != nullptr);
  CHECK(renewed(ring).error().kind == ErrorKind::unavailable);
}

TEST_CASE("a file that is not there is told, and read once it is") {
  Lines lines;
  File file("");
  std::filesystem::remove(file.path());
  KeyRing ring(file_source(file.path()), lines.log(), unlimited());
  lines.wait_for("can't be renewed", 1);
  CHECK(ring.keys() == nullptr);
  file.write(jwk_set({IssuerKey::p256().jwk("a")}));
  auto keys = renewed(ring);
  while (!keys) keys = renewed(ring);  // the first may join the fetch that found no file
  CHECK((*keys)->size() == 1);
}

TEST_CASE("who asks while a fetch is under way is answered by it, without another") {
  std::promise<void> go;
  auto gone = go.get_future().share();
  std::atomic<int> fetches{0};
  KeyRing ring(
      [&fetches, gone](const std::stop_token&) -> Result<KeyText> {
        ++fetches;
        gone.wait();
        return KeyText{R"({"keys":[]})", std::chrono::hours(1)};
      },
      Log());
  std::vector<std::future<void>> answers;
  for (int i = 0; i < 10; ++i) {
    auto answered = std::make_shared<std::promise<void>>();
    answers.push_back(answered->get_future());
    ring.renew(ring.keys(), [answered](const Result<KeyRing::Keys>& keys) {
      if (keys) answered->set_value();
    });
  }
  CHECK(ring.keys() == nullptr);
  go.set_value();
  for (auto& answer : answers) answer.get();
  CHECK(fetches == 1);
}

TEST_CASE("a stop answers who waits, and whoever asks after it") {
  KeyRing ring(
      [](const std::stop_token& stop) -> Result<KeyText> {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any().wait(lock, stop, [] { return false; });
        return make_error(ErrorKind::cancelled, "stopped");
      },
      Log());
  std::promise<ErrorKind> waited;
  ring.renew(ring.keys(), [&](const Result<KeyRing::Keys>& keys) { waited.set_value(keys.error().kind); });
  ring.stop();
  CHECK(waited.get_future().get() == ErrorKind::unavailable);
  CHECK(renewed(ring).error().kind == ErrorKind::unavailable);
}

TEST_CASE("no more wait than the pace allows") {
  std::promise<void> go;
  auto gone = go.get_future().share();
  KeyRing::Pace pace;
  pace.max_waiting = 2;
  std::vector<ErrorKind> refusals;
  {
    KeyRing ring(
        [gone](const std::stop_token&) -> Result<KeyText> {
          gone.wait();
          return KeyText{R"({"keys":[]})", std::chrono::hours(1)};
        },
        Log(), pace);
    for (int i = 0; i < 2; ++i) ring.renew(ring.keys(), [](const Result<KeyRing::Keys>&) {});
    ring.renew(ring.keys(), [&](const Result<KeyRing::Keys>& keys) { refusals.push_back(keys.error().kind); });
    go.set_value();
  }
  CHECK(refusals == std::vector<ErrorKind>{ErrorKind::unavailable});
}

TEST_CASE("a ring that ends stops its fetch and answers who waits") {
  std::promise<void> begun;
  std::atomic<bool> refused{false};
  {
    KeyRing ring(
        [&](const std::stop_token& stop) -> Result<KeyText> {
          std::mutex mutex;
          std::condition_variable_any never;
          std::unique_lock lock(mutex);
          begun.set_value();
          never.wait(lock, stop, [] { return false; });
          return make_error(ErrorKind::cancelled, "stopped");
        },
        Log());
    begun.get_future().get();
    ring.renew(ring.keys(), [&](const Result<KeyRing::Keys>& keys) { refused = !keys; });
  }
  CHECK(refused);
}
