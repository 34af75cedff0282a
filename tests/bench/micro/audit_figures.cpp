#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "metrics/attempt.h"
#include "metrics/audit_log.h"
#include "metrics/counters.h"
#include "metrics/recorder.h"
#include "tests/bench/micro/figures.h"
#include "tests/bench/micro/rounds.h"

namespace sallyport::bench {
namespace {

constexpr std::size_t kRounds = 200;
/// As many as one batch of the writer may find; the ring is emptied between rounds, unmeasured.
constexpr std::size_t kEachRound = 256;

const TimePoint kTime{std::chrono::seconds(1'790'000'000)};

/// A worker's recorder, whose lines stay in the ring until they are thrown away.
struct Recording {
  AuditLog log{{.path = "stdout"}};
  AuditRing& ring = log.add_ring();
  WorkerCounters counters{1, 100};
  Recorder recorder{{.log = log,
                     .ring = ring,
                     .counters = counters,
                     .line = AuditLine("ip-10-0-0-1", {"http 0.0.0.0:3128"}),
                     .ids = AttemptIds(0, kTime)}};
  PolicyHash policy = std::make_shared<const std::string>(std::string(64, 'a'));
  Host host = *Host::parse("runtime.sagemaker.us-east-1.amazonaws.com");
  TimePoint now = kTime;

  Attempt connect() {
    now += std::chrono::microseconds(70);
    Attempt attempt(recorder, Event::connect, 0, IpAddress::v4({10, 0, 0, 7}), now);
    attempt.set_host(host, 443);
    attempt.record().client_name = "notebooks";
    attempt.record().method = "CONNECT";
    attempt.record().policy = policy;
    return attempt;
  }
  Attempt tunnel() {
    Attempt attempt = connect();
    attempt.record().origin = IpAddress::v4({52, 94, 77, 1});
    attempt.record().sni = host.text();
    attempt.record().alpn = "h2,http/1.1";
    attempt.record().tls = TlsUse::passthrough;
    attempt.record().status = 200;
    attempt.set_decision(Decision::allow, Reason::allowed, "sagemaker", Stage::first_bytes);
    return attempt;
  }
  void empty() { ring.consume(ring.readable().size()); }
};

}  // namespace

void print_audit() {
  Recording recording;
  std::vector<double> blocks;
  std::vector<double> connects;
  std::vector<double> closes;
  std::vector<std::optional<OpenTunnelRecord>> open(kEachRound);
  for (std::size_t round = 0; round < kRounds; ++round) {
    blocks.push_back(nanoseconds_each(kEachRound, [&](std::size_t) {
      Attempt attempt = recording.connect();
      attempt.record().status = 403;
      attempt.set_decision(Decision::block, Reason::host_not_allowed, "", Stage::connect);
      attempt.finish();
    }));
    recording.empty();
    connects.push_back(nanoseconds_each(kEachRound, [&](std::size_t i) {
      Attempt attempt = recording.tunnel();
      if (auto begun = attempt.finish_as_tunnel()) open[i].emplace(std::move(*begun));
    }));
    recording.empty();
    const TunnelEnd end{Reason::client_gone, recording.now, 4321, 1'234'567};
    closes.push_back(nanoseconds_each(kEachRound, [&](std::size_t i) { open[i]->finish(end); }));
    recording.empty();
    for (auto& each : open) each.reset();
  }
  require(recording.log.lost() == 0, "no line is lost");
  std::printf("audit_block\t%.0f\n", median(std::move(blocks)));
  std::printf("audit_connect\t%.0f\n", median(std::move(connects)));
  std::printf("audit_close\t%.0f\n", median(std::move(closes)));
}

}  // namespace sallyport::bench
