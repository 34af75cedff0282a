#include "metrics/recorder.h"

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace sallyport {
namespace {

const TimePoint kTime{std::chrono::seconds(1000)};

/// A recorder whose log never started: lines stay in the ring, where they can be looked at.
struct Fixture {
  AuditLog log;
  AuditRing& ring;
  AuditRing live{65536};
  WorkerCounters counters{1, 20};
  Recorder recorder;

  explicit Fixture(bool required = true, std::size_t ring_bytes = 65536)
      : log({.path = "stdout", .required = required, .ring_bytes = ring_bytes}),
        ring(log.add_ring()),
        recorder({.log = log,
                  .ring = ring,
                  .counters = counters,
                  .line = AuditLine("gate", {"http 127.0.0.1:3128"}),
                  .ids = AttemptIds(0, kTime),
                  .live = &live,
                  .live_colour = false}) {}

  Attempt connect(std::string_view host) {
    Attempt attempt(recorder, Event::connect, 0, IpAddress::v4({10, 0, 0, 1}), kTime);
    attempt.set_host(*Host::parse(host), 443);
    return attempt;
  }
  /// An attempt can begin now.
  bool can_begin() {
    Attempt attempt = connect("a.example");
    const bool can = attempt.reserve();
    attempt.leave_unrecorded();
    return can;
  }
  std::optional<OpenTunnelRecord> tunnel() {
    Attempt attempt = connect("a.example");
    attempt.set_decision(Decision::allow, Reason::allowed, "console", Stage::connect);
    auto tunnel = attempt.finish_as_tunnel();
    if (!tunnel) attempt.leave_unrecorded();
    return tunnel;
  }
  std::string_view text(const AuditRing& of) const {
    return {of.readable().data(), of.readable().size()};
  }
};

TEST_CASE("a block is one line, one count and one line for the person watching") {
  Fixture gate;
  Attempt attempt = gate.connect("evil.example");
  attempt.set_decision(Decision::block, Reason::host_not_allowed, "", Stage::connect);
  attempt.finish();
  const auto parsed = boost::json::parse(gate.text(gate.ring)).as_object();
  CHECK(parsed.at("host").as_string() == "evil.example");
  CHECK(parsed.at("listener").as_string() == "http 127.0.0.1:3128");
  CHECK(gate.counters.requests(0, Decision::block, Reason::host_not_allowed) == 1);
  CHECK(gate.text(gate.live).find("BLOCKED 10.0.0.1 evil.example:443") != std::string::npos);
}

TEST_CASE("a tunnel is a connect and a close of the same id, and a gauge in between") {
  Fixture gate;
  auto tunnel = gate.tunnel();
  REQUIRE(tunnel);
  CHECK(gate.counters.tunnels() == 1);
  tunnel->finish({.reason = Reason::idle_timeout, .time = kTime, .bytes_up = 5, .bytes_down = 7});
  CHECK(gate.counters.tunnels() == 0);
  CHECK(gate.counters.tunnels_closed(Reason::idle_timeout) == 1);
  CHECK(gate.counters.requests(0, Decision::allow, Reason::allowed) == 1);
  CHECK(gate.counters.bytes_down() == 7);
  const std::string_view lines = gate.text(gate.ring);
  const std::size_t end = lines.find('\n') + 1;
  const auto connect = boost::json::parse(lines.substr(0, end)).as_object();
  const auto close = boost::json::parse(lines.substr(end)).as_object();
  CHECK(connect.at("event").as_string() == "connect");
  CHECK(close.at("event").as_string() == "close");
  CHECK(connect.at("id") == close.at("id"));
  CHECK(gate.live.readable().empty());
}

TEST_CASE("a block within a tunnel is counted and shown as one, and is no second attempt") {
  Fixture gate;
  auto tunnel = gate.tunnel();
  REQUIRE(tunnel);
  tunnel->set_late({.decision = Decision::block, .reason = Reason::denied_by_rule, .rule = "late"});
  // What came after it is not why.
  tunnel->finish({.reason = Reason::tunnel_revoked, .time = kTime});
  CHECK(gate.counters.blocks().at({Reason::denied_by_rule, "late", ""}) == 1);
  CHECK(gate.counters.blocked_hosts().size() == 1);
  CHECK(gate.counters.tunnels_closed(Reason::denied_by_rule) == 1);
  CHECK(gate.counters.requests(0, Decision::block, Reason::denied_by_rule) == 0);
  CHECK(gate.counters.requests(0, Decision::allow, Reason::allowed) == 1);
  CHECK(gate.text(gate.live).find("BLOCKED 10.0.0.1 a.example:443: denied_by_rule, rule late") !=
        std::string::npos);
}

TEST_CASE("what monitor mode lets pass within a tunnel is shown, and is no block") {
  Fixture gate;
  auto tunnel = gate.tunnel();
  REQUIRE(tunnel);
  tunnel->set_late(
      {.decision = Decision::would_block, .reason = Reason::denied_by_rule, .rule = "late"});
  tunnel->finish({.reason = Reason::client_gone, .time = kTime});
  CHECK(gate.counters.blocks().empty());
  CHECK(gate.counters.tunnels_closed(Reason::client_gone) == 1);
  CHECK(gate.text(gate.live).find("WOULD BLOCK 10.0.0.1") != std::string::npos);
}

TEST_CASE(
    "where audit is required, tunnels open only while each close has its place, and each close "
    "is written") {
  Fixture gate;
  std::vector<OpenTunnelRecord> tunnels;
  while (auto tunnel = gate.tunnel()) tunnels.push_back(std::move(*tunnel));
  CHECK(gate.ring.lost() == 0);
  CHECK(tunnels.size() > 20);
  CHECK(tunnels.size() < 100);
  CHECK_FALSE(gate.can_begin());
  // Blocks go on being written while there is room that nobody was promised.
  for (int i = 0; i < 100; ++i) {
    Attempt attempt = gate.connect("evil.example");
    attempt.set_decision(Decision::block, Reason::audit_unavailable, "", std::nullopt);
    attempt.finish();
  }
  CHECK(gate.ring.lost() > 0);
  const std::uint64_t lost = gate.ring.lost();
  for (auto& tunnel : tunnels) tunnel.finish({.reason = Reason::allowed, .time = kTime});
  CHECK(gate.ring.lost() == lost);
  const std::string_view lines = gate.text(gate.ring);
  std::size_t closes = 0;
  for (std::size_t at = 0; (at = lines.find("\"event\":\"close\"", at)) != lines.npos; ++at)
    ++closes;
  CHECK(closes == tunnels.size());
}

TEST_CASE("a place that was reserved for an exchange holds its line in a full ring") {
  Fixture gate(true, 32768);
  Attempt kept = gate.connect("a.example");
  REQUIRE(kept.reserve());
  for (int i = 0; i < 200; ++i) {
    Attempt other = gate.connect("b.example");
    other.set_decision(Decision::allow, Reason::allowed, "console", Stage::connect);
    other.finish();
  }
  CHECK(gate.ring.lost() > 0);
  const std::uint64_t lost = gate.ring.lost();
  kept.set_decision(Decision::allow, Reason::allowed, "console", Stage::connect);
  kept.finish();
  CHECK(gate.ring.lost() == lost);
  CHECK(gate.text(gate.ring).find("a.example") != std::string_view::npos);
}

TEST_CASE("a flood of blocks leaves room for what is allowed, and for its close") {
  for (const bool has_place : {true, false}) {
    CAPTURE(has_place);
    Fixture gate(true, 1 << 20);
    for (int i = 0; i < 10000; ++i) {
      Attempt attempt = gate.connect("evil.example");
      if (has_place) REQUIRE(attempt.reserve());
      attempt.set_decision(Decision::block, Reason::host_not_allowed, "", Stage::connect);
      attempt.finish();
    }
    const std::uint64_t lost = gate.ring.lost();
    CHECK(lost > 1000);
    CHECK(gate.ring.used() > (1 << 17));
    CHECK(gate.ring.used() <= (1 << 18));
    CHECK(gate.counters.requests(0, Decision::block, Reason::host_not_allowed) == 10000);
    for (int i = 0; i < 100; ++i) {
      auto tunnel = gate.tunnel();
      REQUIRE(tunnel);
      tunnel->finish({.reason = Reason::allowed, .time = kTime});
    }
    CHECK(gate.ring.lost() == lost);
  }
}

TEST_CASE("a block whose origin was dialled keeps its place in a flood of blocks") {
  Fixture gate(true, 1 << 20);
  Attempt dialled = gate.connect("a.example");
  REQUIRE(dialled.reserve());
  dialled.record().origin = IpAddress::v4({192, 0, 2, 1});
  for (int i = 0; i < 10000; ++i) gate.connect("evil.example").finish();
  const std::uint64_t lost = gate.ring.lost();
  CHECK(lost > 0);
  dialled.set_decision(Decision::block, Reason::sni_mismatch, "", Stage::first_bytes);
  dialled.finish();
  CHECK(gate.ring.lost() == lost);
  CHECK(gate.text(gate.ring).find("a.example") != std::string_view::npos);
}

TEST_CASE("an attempt begins only while the ring has room for the longest line") {
  for (const bool is_required : {true, false}) {
    CAPTURE(is_required);
    Fixture gate(is_required, 32768);
    CHECK(gate.can_begin());
    const auto half = gate.ring.reserve(32768 - AuditLine::kBytesMax);
    CHECK(gate.can_begin());
    const auto byte = gate.ring.reserve(1);
    CHECK(gate.can_begin() != is_required);
  }
}

TEST_CASE("where audit is not required, nothing is refused and lost lines are counted") {
  Fixture gate(false, 16384);
  for (int i = 0; i < 100; ++i) {
    auto tunnel = gate.tunnel();
    REQUIRE(tunnel);
    tunnel->finish({.reason = Reason::allowed, .time = kTime});
  }
  CHECK(gate.can_begin());
  CHECK(gate.log.lost() > 100);
  CHECK(gate.counters.requests(0, Decision::allow, Reason::allowed) == 100);
}

TEST_CASE("while the log cannot be written nothing is let through") {
  AuditLog log({.path = "/dev/full", .ring_bytes = 65536});
  AuditRing& ring = log.add_ring();
  WorkerCounters counters(1, 0);
  Recorder recorder({.log = log,
                     .ring = ring,
                     .counters = counters,
                     .line = AuditLine("gate", {"http"}),
                     .ids = AttemptIds(0, kTime)});
  REQUIRE_FALSE(log.start());
  Attempt first(recorder, Event::connect, 0, IpAddress(), kTime);
  CHECK(first.reserve());
  first.finish();
  for (int i = 0; i < 400 && log.is_available(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  Attempt attempt(recorder, Event::connect, 0, IpAddress(), kTime);
  CHECK_FALSE(attempt.reserve());
  CHECK_FALSE(attempt.finish_as_tunnel());
  attempt.leave_unrecorded();
}

}  // namespace
}  // namespace sallyport
