#include "proxy/body_relay.h"

#include <algorithm>
#include <random>
#include <thread>

#include "tests/proxy/idle_worker.h"
#include "tests/proxy/relay_rows.h"
#include "tests/proxy/run_task.h"

namespace sallyport {
namespace {

using namespace test;

struct Sleeper final : Watched {
  void expire() override {}
};

std::string words(const std::optional<BodyRelay::End>& end) {
  if (!end) return "waits";
  switch (*end) {
    case BodyRelay::End::done:
      return "done";
    case BodyRelay::End::truncated:
      return "truncated";
    case BodyRelay::End::not_taken:
      return "not taken";
    case BodyRelay::End::refused:
      return "refused";
    case BodyRelay::End::over_maximum:
      return "over maximum";
    case BodyRelay::End::stopped:
      return "stopped";
  }
  return "no such end";
}

/// One body from one scripted stream to another.
struct Relaying {
  explicit Relaying(const RelayRow& row)
      : head(crlf(row.head)),
        first(crlf(row.first)),
        from(at.turns(), row.reads),
        to(at.turns(), {}, row.room),
        relay(at.worker(), watched, from, to, BodyReader(row.framing, row.side), row.payload_max) {
    at.worker().deadlines().arm(watched, Phase::transfer);
    run_task(tasks, relay.run(head, first), [this](BodyRelay::End how) { end = how; });
  }
  ~Relaying() {
    cancel();
    at.settle();
  }
  void cancel() {
    from.cancel();
    to.cancel();
  }
  void stop() {
    relay.stop();
    cancel();
    at.settle();
  }
  Relayed relayed() const {
    return {words(end), no_crlf(to.sent()), relay.payload_bytes(), no_crlf(relay.left_over())};
  }

  IdleWorker at;
  Sleeper watched;
  const std::string head;
  const std::string first;
  ScriptedStream from;
  ScriptedStream to;
  BodyRelay relay;
  std::optional<BodyRelay::End> end;
  RootTask::List tasks;
};

void check_rows(const std::vector<RelayRow>& rows) {
  for (const RelayRow& row : rows) {
    CAPTURE(row.what);
    Relaying body(row);
    body.at.settle();
    CHECK(body.relayed() == row.then);
    if (!row.then.sent.empty()) CHECK(body.relay.has_sent());
    if (row.then.end == "over maximum" || row.then.end == "refused") {
      CHECK(body.relay.has_sent() == !row.then.sent.empty());
    }
  }
}

TEST_CASE("a body is relayed to where its framing ends it, and what is behind is left") {
  check_rows(kFramingRows);
}

TEST_CASE("over the maximum nothing is sent") { check_rows(kMaximumRows); }

TEST_CASE("whatever is taken at a time, all goes on in order, until the receiver goes") {
  check_rows(kRoomRows);
}

TEST_CASE("what waits for room counts as sent: no other answer may begin beside it") {
  struct Row {
    Room room;
    const char* end;
    bool has_sent;
  };
  const Row rows[] = {
      {{kGone}, "not taken", false},
      {{kNeverRoom}, "waits", true},
      {{1, kNeverRoom}, "waits", true},
      {{kFull, kGone}, "not taken", true},
  };
  for (const Row& row : rows) {
    Relaying body({"", kFive, {}, row.room, {}, "H|", "hello"});
    body.at.settle();
    CHECK(words(body.end) == row.end);
    CHECK(body.relay.has_sent() == row.has_sent);
  }
  Relaying nothing({"", kFive, {kEnd}, {}, {}});
  nothing.at.settle();
  CHECK_FALSE(nothing.relay.has_sent());
}

// The kernel may have told of room before stop() was called, and the handler not have run yet.
TEST_CASE("stop() holds though a wait for room has just ended well") {
  Relaying body({"", kFive, {"hello"}, {2, kFull, 1, kNeverRoom}, {}});
  body.stop();
  CHECK(body.relayed().end == "stopped");
}

TEST_CASE("what went out is counted though the rest never does") {
  for (const Room& room : {Room{3, kGone}, Room{3, kNeverRoom}}) {
    Relaying body({"", kFive, {"hello"}, room, {}});
    body.stop();
    CHECK(body.to.sent() == "hel");
    CHECK(body.relay.payload_bytes() == 3);
  }
}

TEST_CASE("a body of any size and cut arrives byte for byte") {
  std::string bytes(300'000, '\0');
  std::minstd_rand random(1);
  for (char& byte : bytes) byte = static_cast<char>('a' + random() % 26);
  // One read of all, then many small ones: the other sessions have their turn in between.
  for (const std::size_t step : {bytes.size(), std::size_t{777}}) {
    CAPTURE(step);
    Reads reads;
    for (std::size_t i = 0; i < bytes.size(); i += step) reads.push_back(bytes.substr(i, step));
    const RelayRow row{"", {Framing::length, bytes.size()}, reads, {3, kFull, 70'000, kFull}};
    Relaying body(row);
    CHECK(body.relayed().end == "waits");
    body.at.settle();
    CHECK(body.relayed().end == "done");
    CHECK((body.to.sent() == bytes));
    CHECK(body.relay.payload_bytes() == bytes.size());
  }
}

TEST_CASE("what is wrong with a body is said") {
  Relaying body({"", kChunked, {"z"}});
  body.at.settle();
  REQUIRE(words(body.end) == "refused");
  CHECK(body.relay.error().reason == Reason::origin_malformed);
  CHECK(std::string_view(body.relay.error().what).size() > 0);
}

TEST_CASE("stop() ends a wait, and a body that never waits") {
  const Reads drip(100, "x");  // a byte a read
  const RelayRow rows[] = {
      {"for the first byte", kFive, {}, {}, {"stopped", "", 0, ""}},
      {"for more", kFive, {"he", kNever, "llo"}, {}, {"stopped", "he", 2, ""}},
      {"for more that is there by now", kFive, {kWait, "hello"}, {}, {"stopped", "", 0, ""}},
      {"until close", kUntilClose, {"he"}, {}, {"stopped", "he", 2, ""}},
      {"for room", kFive, {"he", "llo"}, {2, kNeverRoom}, {"stopped", "he", 2, ""}},
      {"for room, amid the head", kFive, {}, {1, kNeverRoom}, {"stopped", "H", 0, ""}, "H|"},
      {"in a row of reads, of TLS", kUntilClose, drip, {}, {"stopped", "xxxx", 4, ""}},
      {"too late", kFive, {"hello"}, {}, {"done", "hello", 5, ""}},
  };
  for (const RelayRow& row : rows) {
    CAPTURE(row.what);
    Relaying body(row);
    body.stop();
    CHECK(body.relayed() == row.then);
  }
}

TEST_CASE("a wait that ends with an error is the end of who was waited for") {
  Relaying reads({"", kFive, {"he"}});
  reads.cancel();
  reads.at.settle();
  CHECK(words(reads.end) == "truncated");
  Relaying writes({"", kFive, {"he"}, {kNeverRoom}});
  writes.cancel();
  writes.at.settle();
  CHECK(words(writes.end) == "not taken");
}

TEST_CASE("each read and each write begin the deadline anew") {
  for (const Room& room : {Room{}, Room{3, kFull}}) {
    Relaying body({"", kFive, {kWait, "hello"}, room});
    const auto armed_at = body.watched.armed_at();
    ::usleep(1'100'000);  // a deadline is exact to a second
    CHECK(body.watched.armed_at() == armed_at);
    body.at.settle();
    CHECK(body.watched.armed_at() > armed_at);
  }
}

}  // namespace
}  // namespace sallyport
