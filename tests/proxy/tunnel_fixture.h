// A tunnel between two ends that a test holds, on a worker that runs; its end is a future. And
// bytes of hellos and answers to send through it.
#pragma once

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "policy/facts_of.h"
#include "proxy/tunnel.h"
#include "tests/proxy/running_worker.h"
#include "tests/tls/hello_builder.h"

namespace sallyport::test {

inline std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

inline const std::string kHello = text_of(hello_for("a.example"));
inline const std::string kServerHello = text_of(server_hello(false));
inline const std::string kRetry = text_of(server_hello(true));
inline const std::string kAlert{'\x15', '\x03', '\x03', '\x00', '\x02', '\x02', '\x31'};

/// A record of the client behind its hello, such as Finished.
inline const std::string kFinished = text_of(record(22, Bytes{20, 0, 0, 2, 1, 2}));

/// Takes the end of one tunnel.
class Ends final : public AttemptSink {
 public:
  AttemptId next_id() noexcept override { return {}; }
  std::optional<Reservation> reserve_line() noexcept override { return Reservation(); }
  std::optional<Reservation> reserve_close(const TunnelRecord&,
                                           const Reservation&) noexcept override {
    return Reservation();
  }
  void take(const AttemptRecord&, Reservation) noexcept override {}
  void tunnel_began() noexcept override {}
  void take_close(const TunnelRecord&, const TunnelEnd& end, Reservation) noexcept override {
    if (end.late != nullptr) late = *end.late;
    TunnelEnd kept = end;
    kept.late = nullptr;  // it dies with the record
    end_.set_value(kept);
  }

  /// What was decided within the tunnel; read it behind get().
  std::optional<LateVerdict> late;

  TunnelEnd get() {
    auto end = end_.get_future();
    REQUIRE(end.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    return end.get();
  }

 private:
  std::promise<TunnelEnd> end_;
};

/// The tunnel.
struct TunnelFixture {
  Ends ends;
  RunningWorker running;
  Connection client_side = connection();
  Connection origin_side = connection();
  Fd& client = client_side.ours;
  Fd& origin = origin_side.ours;
  Tunnel* tunnel = nullptr;

  explicit TunnelFixture(std::size_t pipes = 16, const std::string& policy = kDocsPolicy)
      : running({.policy = policy, .pipes = pipes}) {
    running.start();
    tunnel = running.on_worker([this] {
      Worker& worker = running.worker();
      return new Tunnel(worker, Socket(worker.reactor(), client_side.gates.release()),
                        Socket(worker.reactor(), origin_side.gates.release()));
    });
  }

  void open(const std::string& first, std::size_t hello_bytes, const char* sni = "a.example",
            FirstBytes::Kind kind = FirstBytes::Kind::tls) {
    running.on_worker([&, this] {
      Worker& worker = running.worker();
      auto facts = std::make_unique<Facts>(
          facts_of_connect(worker.snapshot(), IpAddress::v4({10, 0, 0, 1}),
                           {*Host::parse("a.example"), 443}, worker.now(), false));
      facts->first_bytes.emplace().kind = kind;
      if (sni != nullptr) facts->first_bytes->sni = *Host::parse(sni);
      const IpAddress address = IpAddress::v4({52, 94, 77, 1});
      facts->address.emplace().resolved.push_back({address, false});
      facts->address->dialled = address;
      tunnel->open({.record = OpenTunnelRecord(ends, TunnelRecord(), Reservation()),
                    .facts = std::move(facts),
                    .place = Place(running.gate, running.counters, 0)},
                   first, hello_bytes);
    });
  }
  /// Opened as what is no TLS, so without the guard.
  void open_unguarded(const std::string& first = "") { open(first, 0, nullptr); }
  /// Opened because its client said nothing in time.
  void open_silent() { open("", 0, nullptr, FirstBytes::Kind::silence); }
  /// Opened by a hello that is alone, and answered: the guard is through.
  void open_answered() {
    open(kHello, kHello.size());
    REQUIRE(read_bytes(origin.get(), kHello.size()) == kHello);
    send_all(origin.get(), kServerHello);
    REQUIRE(read_bytes(client.get(), kServerHello.size()) == kServerHello);
  }

  void check_gone() {
    CHECK(running.becomes_empty());
    CHECK(running.gate.connections == 0);
  }
};

/// Bytes that no shift or loss leaves alike.
inline std::string noise(std::size_t size, std::uint32_t seed) {
  std::string bytes(size, '\0');
  std::uint64_t state = seed;
  for (char& byte : bytes) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

/// Reads all in pieces of odd sizes, with a rest now and then.
inline std::string read_slowly(int fd, std::size_t size) {
  std::string bytes;
  std::minstd_rand random(static_cast<std::uint32_t>(size));
  while (bytes.size() < size) {
    if (random() % 64 == 0) ::usleep(500);
    const std::string piece =
        read_bytes(fd, std::min<std::size_t>(random() % 200'000 + 1, size - bytes.size()));
    if (piece.empty()) break;
    bytes += piece;
  }
  return bytes;
}

}  // namespace sallyport::test
