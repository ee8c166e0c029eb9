#include "base/trace.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "base/executor.hpp"

using namespace netweave;

namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string span = "00f067aa0ba902b7";
const std::string good = "00-" + trace + "-" + span + "-01";

bool counts(const std::string& text) { return parse_traceparent(text).has_value(); }

std::string state_of(const std::string& text) { return find_tracestate({{"tracestate", text}}); }

}  // namespace

TEST_CASE("a traceparent is read and written") {
  auto context = parse_traceparent(good);
  REQUIRE(context);
  CHECK(context->trace_text() == trace);
  CHECK(context->span_text() == span);
  CHECK(context->sampled);
  CHECK(context->traceparent() == good);
}

TEST_CASE("of the flags the last bit alone counts") {
  CHECK(parse_traceparent("00-" + trace + "-" + span + "-03")->traceparent() == good);
  CHECK_FALSE(parse_traceparent("00-" + trace + "-" + span + "-fe")->sampled);
}

TEST_CASE("a traceparent that breaks the rules does not count") {
  CHECK_FALSE(counts(""));
  CHECK_FALSE(counts(good.substr(0, 54)));
  CHECK_FALSE(counts("00-" + std::string(32, '0') + "-" + span + "-01"));
  CHECK_FALSE(counts("00-" + trace + "-" + std::string(16, '0') + "-01"));
  CHECK_FALSE(counts("00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01"));
  CHECK_FALSE(counts("00-" + trace + "-" + span + "-0g"));
  CHECK_FALSE(counts("00_" + trace + "-" + span + "-01"));
  CHECK_FALSE(counts("ff-" + trace + "-" + span + "-01"));
  CHECK_FALSE(counts("0x-" + trace + "-" + span + "-01"));
  CHECK_FALSE(counts(good + "-more"));
  CHECK_FALSE(counts(" " + good));
}

TEST_CASE("of a later version what is known counts") {
  CHECK(counts("cc-" + trace + "-" + span + "-01"));
  CHECK(parse_traceparent("cc-" + trace + "-" + span + "-01-more")->traceparent() == good);
  CHECK_FALSE(counts("cc-" + trace + "-" + span + "-01.more"));
}

TEST_CASE("one header counts, whatever its case, and two do not") {
  CHECK(find_traceparent({{"Accept", "*/*"}, {"TraceParent", good}}));
  CHECK_FALSE(find_traceparent({{"traceparent", good}, {"Traceparent", good}}));
  CHECK_FALSE(find_traceparent({{"Accept", "*/*"}}));
}

TEST_CASE("a tracestate is passed on as it came, its lines joined") {
  CHECK(state_of("rojo=00f067aa0ba902b7, congo=t61rcWkgMzE,,") == "rojo=00f067aa0ba902b7, congo=t61rcWkgMzE,,");
  CHECK(find_tracestate({{"tracestate", "a=1"}, {"TraceState", "b=2"}}) == "a=1,b=2");
  CHECK(state_of("fw529a3039@dt=FfpLAcg1") == "fw529a3039@dt=FfpLAcg1");
}

TEST_CASE("a tracestate that breaks the rules is dropped") {
  CHECK(state_of("").empty());
  CHECK(state_of(",").empty());
  CHECK(state_of("a").empty());
  CHECK(state_of("a=").empty());
  CHECK(state_of("A=1").empty());
  CHECK(state_of("1a=1").empty());
  CHECK(state_of("a=b=c").empty());
  CHECK(state_of("a@=1").empty());
  CHECK(state_of("a@1b=1").empty());
  CHECK(state_of("a=\x7f").empty());
  CHECK(state_of(std::string(257, 'a') + "=1").empty());
  CHECK(state_of("a=" + std::string(257, '1')).empty());
  std::string many;
  for (int i = 0; i < 33; ++i) many += "a" + std::to_string(i) + "=1,";
  CHECK(state_of(many).empty());
}

TEST_CASE("a new trace is like no other, and a child of the same trace") {
  std::set<std::string> traces;
  for (int i = 0; i < 100; ++i) traces.insert(new_trace().trace_text());
  CHECK(traces.size() == 100);
  TraceContext parent = *parse_traceparent(good);
  TraceContext child = child_of(parent);
  CHECK(child.trace_id == parent.trace_id);
  CHECK(child.span_id != parent.span_id);
  CHECK(child.sampled);
}

TEST_CASE("a scope ends where its block does") {
  CHECK_FALSE(current_trace().valid());
  TraceContext outer = new_trace();
  {
    TraceScope scope(outer);
    {
      TraceScope within(child_of(outer));
      CHECK(current_trace().span_id != outer.span_id);
    }
    CHECK(current_trace() == outer);
  }
  CHECK_FALSE(current_trace().valid());
}

TEST_CASE("a job runs in the trace of who offered it") {
  TraceContext mine = new_trace();
  TraceContext seen;
  TraceContext after;
  {
    Executor executor(1, 10);
    {
      TraceScope scope(mine);
      executor.offer([&seen] { seen = current_trace(); });
    }
    executor.offer([&after] { after = current_trace(); });
  }
  CHECK(seen == mine);
  CHECK_FALSE(after.valid());
}
