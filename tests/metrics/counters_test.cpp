#include "metrics/counters.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

AttemptRecord block(std::string host, Reason reason = Reason::host_not_allowed,
                    std::string rule = "") {
  AttemptRecord record;
  record.reason = reason;
  record.rule = std::move(rule);
  record.host = std::move(host);
  record.host_is_canonical = true;
  return record;
}

TEST_CASE("a block counts by listener, by rule and client, and by host; a would_block does not") {
  WorkerCounters counters(2, 20);
  AttemptRecord record = block("evil.example", Reason::denied_by_rule, "never");
  record.listener = 1;
  record.client_name = "lab";
  counters.count(record);
  counters.count(record);
  record.decision = Decision::would_block;
  counters.count(record);
  record.decision = Decision::allow;
  counters.count(record);
  CHECK(counters.requests(0, Decision::block, Reason::denied_by_rule) == 0);
  CHECK(counters.requests(1, Decision::block, Reason::denied_by_rule) == 2);
  CHECK(counters.requests(1, Decision::would_block, Reason::denied_by_rule) == 1);
  const auto blocks = counters.blocks();
  REQUIRE(blocks.size() == 1);
  CHECK(blocks.at({Reason::denied_by_rule, "never", "lab"}) == 2);
  REQUIRE(counters.blocked_hosts().size() == 1);
  CHECK(counters.blocked_hosts()[0].attempts == 2);
}

TEST_CASE("100,000 denied hosts give no more than the sketch holds, and one series (T79)") {
  WorkerCounters counters(1, 20);
  for (int i = 0; i < 100000; ++i) {
    counters.count(block("h" + std::to_string(i) + ".example"));
    if (i % 50 == 0) counters.count(block("often.example"));
  }
  CHECK(counters.blocks().size() == 1);
  CHECK(counters.blocked_hosts().size() == 160);
  const auto top = most_blocked(counters.blocked_hosts(), 20);
  CHECK(top.size() == 20);
  CHECK(top[0].host == "often.example");
}

TEST_CASE("what is no canonical host is never a label, and 0 turns the sketch off") {
  WorkerCounters counters(1, 20);
  AttemptRecord record = block("evil\x1b host");
  record.host_is_canonical = false;
  counters.count(record);
  CHECK(counters.blocked_hosts().empty());
  WorkerCounters off(1, 0);
  off.count(block("evil.example"));
  CHECK(off.blocked_hosts().empty());
}

TEST_CASE("the series of blocks are bounded") {
  WorkerCounters counters(1, 0);
  for (int i = 0; i < 6000; ++i) {
    counters.count(block("a.example", Reason::denied_by_rule, "r" + std::to_string(i)));
  }
  const auto blocks = counters.blocks();
  CHECK(blocks.size() <= 4097);
  CHECK(blocks.at({Reason::denied_by_rule, "", ""}) == 6000 - 4096);
}

TEST_CASE("only queries count as DNS, and sessions go up and down") {
  WorkerCounters counters(1, 0);
  AttemptRecord record = block("a.example");
  record.event = Event::dns;
  counters.count(record);
  counters.count(block("b.example"));
  CHECK(counters.dns_queries(Decision::block) == 1);
  counters.session_began(0);
  counters.session_began(0);
  counters.session_ended(0);
  counters.session_began(7);  // there is no such listener
  CHECK(counters.sessions(0) == 1);
}

TEST_CASE("a latency falls into the first bucket that holds it") {
  LatencyHistogram histogram(wait_bounds());
  histogram.observe(std::chrono::milliseconds(1));
  histogram.observe(std::chrono::milliseconds(2));
  histogram.observe(std::chrono::seconds(60));
  CHECK(histogram.bucket(0) == 1);
  CHECK(histogram.bucket(1) == 1);
  CHECK(histogram.bucket(wait_bounds().size()) == 1);
  CHECK(histogram.sum_seconds() == doctest::Approx(60.003));
}

}  // namespace
}  // namespace sallyport
