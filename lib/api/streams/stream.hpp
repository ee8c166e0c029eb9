#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "api/call.hpp"
#include "events/topic.hpp"

/// Answers that go on: what streams and watches share.
namespace netweave::api::streams {

/// What a stream is opened with.
struct Opening {
  std::shared_ptr<const events::Topic> topic;
  std::string key;         ///< two streams of one key are told the same
  std::string epoch = {};  ///< of the log: filled in
  std::string after;       ///< "epoch.revision"; empty: from now on
  std::chrono::seconds timeout{0};
  std::string content_type;
};

/// Reads `timeoutSeconds`; 0 where it is absent.
std::chrono::seconds read_timeout(const query::Parameters& parameters, std::vector<Fault>& faults);

/// Refuses what only pages have.
void refuse_paging(const query::Parameters& parameters, std::string_view why, std::vector<Fault>& faults);

/// Answers with the stream, or with what keeps it from beginning: 400 (no position), 410 (the log does not hold it),
/// 503. HEAD gets the same answer without a stream being opened.
void answer_stream(const CallRef& call, Opening opening);

/// JSON on one line, as both formats need it.
std::string one_line(std::string_view json);

}  // namespace netweave::api::streams
