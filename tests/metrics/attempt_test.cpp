#include "metrics/attempt.h"

#include <set>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

const TimePoint kStart{std::chrono::seconds(1000)};
const TimePoint kLater{std::chrono::seconds(1002)};

/// Keeps what it is told; refuses a place when told to.
struct FakeSink : AttemptSink {
  struct Line {
    Event event;
    Decision decision;
    Reason reason;
    std::string rule;
    std::chrono::microseconds duration;
    std::size_t place;
  };
  std::vector<Line> lines;
  std::vector<TunnelEnd> ends;
  int tunnels = 0;
  bool has_place = true;
  AuditRing ring{1 << 16};
  AttemptIds ids{3, kStart};

  AttemptId next_id() noexcept override { return ids.next(); }
  std::optional<Reservation> reserve_line() noexcept override {
    if (!has_place) return std::nullopt;
    return ring.reserve(4096);
  }
  std::optional<Reservation> reserve_close(const TunnelRecord&,
                                           const Reservation&) noexcept override {
    if (!has_place) return std::nullopt;
    return ring.reserve(600);
  }
  void take(const AttemptRecord& r, Reservation place) noexcept override {
    lines.push_back({r.event, r.decision, r.reason, r.rule, r.duration, place.bytes()});
  }
  void tunnel_began() noexcept override { ++tunnels; }
  void take_close(const TunnelRecord&, const TunnelEnd& end, Reservation place) noexcept override {
    CHECK(place.bytes() == 600);
    ends.push_back(end);
    --tunnels;
  }
};

Attempt attempt_of(FakeSink& sink, Event event = Event::request) {
  return Attempt(sink, event, 0, IpAddress::v4({10, 0, 0, 1}), kStart);
}

TEST_CASE("an attempt is recorded once, by its first finish") {
  FakeSink sink;
  {
    Attempt attempt = attempt_of(sink);
    std::string rule = "console";
    attempt.set_decision(Decision::allow, Reason::allowed, rule, Stage::connect);
    rule = "another";  // the snapshot may be gone by now
    attempt.finish();
    attempt.finish();
    CHECK(attempt.is_finished());
  }
  REQUIRE(sink.lines.size() == 1);
  CHECK(sink.lines[0].rule == "console");
  CHECK(sink.lines[0].reason == Reason::allowed);
}

TEST_CASE("an attempt that dies unfinished is a block by internal_error, whatever was decided") {
  FakeSink sink;
  {
    Attempt attempt = attempt_of(sink);
    attempt.set_decision(Decision::allow, Reason::allowed, "console", Stage::connect);
    Attempt moved = std::move(attempt);  // the first is no attempt any more
  }
  REQUIRE(sink.lines.size() == 1);
  CHECK(sink.lines[0].decision == Decision::block);
  CHECK(sink.lines[0].reason == Reason::internal_error);
}

TEST_CASE("an attempt lasts as long as it lasted, whatever the wall clock says meanwhile") {
  FakeSink sink;
  Attempt attempt = attempt_of(sink);  // began in 1970
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  attempt.finish();
  CHECK(sink.lines[0].duration >= std::chrono::milliseconds(20));
  CHECK(sink.lines[0].duration < std::chrono::seconds(5));
}

TEST_CASE("an attempt left unrecorded leaves nothing, and gives its place back") {
  FakeSink sink;
  const std::size_t room = sink.ring.room();
  {
    Attempt attempt = attempt_of(sink);
    CHECK(attempt.reserve());
    CHECK(sink.ring.room() == room - 4096);
    attempt.leave_unrecorded();
    CHECK(sink.ring.room() == room);
  }
  CHECK(sink.lines.empty());
}

TEST_CASE("a reserved place goes to the record") {
  FakeSink sink;
  Attempt attempt = attempt_of(sink);
  CHECK(attempt.reserve());
  CHECK(attempt.reserve());
  attempt.finish();
  CHECK(sink.lines[0].place == 4096);
  sink.has_place = false;
  CHECK_FALSE(attempt_of(sink).reserve());
}

TEST_CASE("a tunnel records its opening at once and its end later, with totals") {
  FakeSink sink;
  Attempt attempt = attempt_of(sink, Event::connect);
  attempt.set_decision(Decision::allow, Reason::allowed, "console", Stage::connect);
  attempt.set_host(*Host::parse("aws.amazon.com"), 443);
  auto tunnel = attempt.finish_as_tunnel();
  REQUIRE(tunnel);
  CHECK(sink.lines.size() == 1);
  CHECK(sink.tunnels == 1);
  CHECK(tunnel->record().id == attempt.id());
  CHECK(tunnel->record().rule == "console");
  CHECK(tunnel->record().host == "aws.amazon.com");
  tunnel->finish({.reason = Reason::allowed, .time = kLater, .bytes_up = 3, .bytes_down = 4});
  tunnel.reset();
  REQUIRE(sink.ends.size() == 1);
  CHECK(sink.ends[0].bytes_down == 4);
  CHECK(sink.tunnels == 0);
}

TEST_CASE("a tunnel that dies unfinished is closed by internal_error") {
  FakeSink sink;
  {
    auto tunnel = attempt_of(sink, Event::connect).finish_as_tunnel();
    REQUIRE(tunnel);
    OpenTunnelRecord moved = std::move(*tunnel);
  }
  REQUIRE(sink.ends.size() == 1);
  CHECK(sink.ends[0].reason == Reason::internal_error);
}

TEST_CASE("without a place for its close no tunnel opens, and the attempt can still be blocked") {
  FakeSink sink;
  sink.has_place = false;
  Attempt attempt = attempt_of(sink, Event::connect);
  CHECK_FALSE(attempt.finish_as_tunnel());
  CHECK_FALSE(attempt.is_finished());
  attempt.set_decision(Decision::block, Reason::audit_unavailable, "", std::nullopt);
  attempt.finish();
  REQUIRE(sink.lines.size() == 1);
  CHECK(sink.lines[0].reason == Reason::audit_unavailable);
  CHECK(sink.tunnels == 0);
}

TEST_CASE("ids are 18 characters, unique, and sort in the order in which a worker made them") {
  AttemptIds first(0, kStart);
  AttemptIds second(1, kStart);
  std::set<std::string> ids;
  std::string before;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = first.next().text();
    CHECK(id.size() == 18);
    CHECK(before < id);
    before = id;
    ids.insert(id);
    ids.insert(second.next().text());
  }
  CHECK(ids.size() == 2000);
  CHECK(AttemptIds(0, kLater).next().text() > before);
}

TEST_CASE("an open tunnel's record is small") { CHECK(sizeof(OpenTunnelRecord) < 300); }

}  // namespace
}  // namespace sallyport
