#include "proxy/tunnel.h"

#include <mutex>
#include <random>

#include "policy/facts_of.h"
#include "tests/proxy/running_worker.h"
#include "tests/tls/hello_builder.h"

namespace sallyport {
namespace {

using test::Connection;
using test::Fd;
using test::Rest;
using test::RunningWorker;

std::string text_of(const test::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

const std::string kHello = text_of(test::hello_for("a.example"));
const std::string kServerHello = text_of(test::server_hello(false));
const std::string kRetry = text_of(test::server_hello(true));
const std::string kAlert{'\x15', '\x03', '\x03', '\x00', '\x02', '\x02', '\x31'};

/// A record of the client behind its hello, such as Finished.
const std::string kFinished = text_of(test::record(22, test::Bytes{20, 0, 0, 2, 1, 2}));

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
    end_.set_value(end);
  }

  TunnelEnd get() {
    auto end = end_.get_future();
    REQUIRE(end.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    return end.get();
  }

 private:
  std::promise<TunnelEnd> end_;
};

/// A tunnel between two ends that the test holds.
struct Fixture {
  Ends ends;
  RunningWorker running;
  Connection client_side = test::connection();
  Connection origin_side = test::connection();
  Fd& client = client_side.ours;
  Fd& origin = origin_side.ours;
  Tunnel* tunnel = nullptr;

  explicit Fixture(std::size_t pipes = 16, const std::string& policy = test::kDocsPolicy)
      : running({.policy = policy, .pipes = pipes}) {
    running.start();
    tunnel = running.on_worker([this] {
      Worker& worker = running.worker();
      return new Tunnel(worker, Socket(worker.executor(), client_side.gates.release()),
                        Socket(worker.executor(), origin_side.gates.release()));
    });
  }

  void open(const std::string& first, std::size_t hello_bytes, const char* sni = "a.example") {
    running.on_worker([&, this] {
      Worker& worker = running.worker();
      auto facts = std::make_unique<Facts>(
          facts_of_connect(worker.snapshot(), IpAddress::v4({10, 0, 0, 1}),
                           {*Host::parse("a.example"), 443}, worker.now(), false));
      facts->first_bytes.emplace().kind = FirstBytes::Kind::tls;
      if (sni != nullptr) facts->first_bytes->sni = *Host::parse(sni);
      facts->address.emplace();
      tunnel->open({.record = OpenTunnelRecord(ends, TunnelRecord(), Reservation()),
                    .facts = std::move(facts),
                    .place = Place(running.gate, running.counters, 0)},
                   first, hello_bytes);
    });
  }
  /// Opened as what is no TLS, so without the guard.
  void open_unguarded(const std::string& first = "") { open(first, 0, nullptr); }
  /// Opened by a hello that is alone, and answered: the guard is through.
  void open_answered() {
    open(kHello, kHello.size());
    REQUIRE(test::read_bytes(origin.get(), kHello.size()) == kHello);
    test::send_all(origin.get(), kServerHello);
    REQUIRE(test::read_bytes(client.get(), kServerHello.size()) == kServerHello);
  }

  void check_gone() {
    CHECK(running.becomes_empty());
    CHECK(running.gate.connections == 0);
  }
};

TEST_CASE("the first bytes reach the origin, and both directions are relayed and counted") {
  Fixture at;
  at.open_answered();
  test::send_all(at.client.get(), "ping");
  CHECK(test::read_bytes(at.origin.get(), 4) == "ping");
  test::send_all(at.origin.get(), "pong!");
  CHECK(test::read_bytes(at.client.get(), 5) == "pong!");
  at.client.close();
  CHECK(test::read_rest(at.origin.get()).end == "fin");
  at.origin.close();
  const TunnelEnd end = at.ends.get();
  CHECK(end.reason == Reason::allowed);
  CHECK(end.bytes_up == kHello.size() + 4);
  CHECK(end.bytes_down == kServerHello.size() + 5);
  at.check_gone();
}

TEST_CASE("the client ends its direction: the origin's goes on until the origin ends it") {
  Fixture at;
  at.open_unguarded("request");
  ::shutdown(at.client.get(), SHUT_WR);
  const Rest request = test::read_rest(at.origin.get());
  CHECK(request.bytes + " " + request.end == "request fin");
  CHECK(test::is_silent(at.client.get()));
  test::send_all(at.origin.get(), "answer");
  at.origin.close();
  const Rest answer = test::read_rest(at.client.get());
  CHECK(answer.bytes + " " + answer.end == "answer fin");
  CHECK(at.ends.get().reason == Reason::allowed);
  at.check_gone();
}

TEST_CASE("the origin ends its direction: the client's goes on until the client ends it") {
  Fixture at;
  at.open_unguarded();
  test::send_all(at.origin.get(), "bye");
  ::shutdown(at.origin.get(), SHUT_WR);
  const Rest bye = test::read_rest(at.client.get());
  CHECK(bye.bytes + " " + bye.end == "bye fin");
  test::send_all(at.client.get(), "still here");
  CHECK(test::read_bytes(at.origin.get(), 10) == "still here");
  at.client.close();
  CHECK(test::read_rest(at.origin.get()).end == "fin");
  CHECK(at.ends.get().reason == Reason::allowed);
  at.check_gone();
}

/// Bytes that no shift or loss leaves alike.
std::string noise(std::size_t size, std::uint32_t seed) {
  std::string bytes(size, '\0');
  std::uint64_t state = seed;
  for (char& byte : bytes) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

/// Reads all in pieces of odd sizes, with a rest now and then.
std::string read_slowly(int fd, std::size_t size) {
  std::string bytes;
  std::minstd_rand random(static_cast<std::uint32_t>(size));
  while (bytes.size() < size) {
    if (random() % 64 == 0) ::usleep(500);
    const std::string piece = test::read_bytes(fd, std::min<std::size_t>(
                                                       random() % 200'000 + 1, size - bytes.size()));
    if (piece.empty()) break;
    bytes += piece;
  }
  return bytes;
}

void check_bulk(std::size_t pipes, bool is_answered) {
  CAPTURE(pipes);
  constexpr std::size_t kSize = 64 * 1024 * 1024;
  Fixture at(pipes);
  if (is_answered) {
    at.open_answered();
  } else {
    at.open_unguarded();
  }
  const std::string up = noise(kSize, 1);
  const std::string down = noise(kSize, 2);
  std::thread client_writes([&] {
    test::send_all(at.client.get(), up);
    ::shutdown(at.client.get(), SHUT_WR);
  });
  std::thread origin_writes([&] {
    test::send_all(at.origin.get(), down);
    ::shutdown(at.origin.get(), SHUT_WR);
  });
  std::string got_down;
  std::thread client_reads([&] { got_down = read_slowly(at.client.get(), kSize); });
  const std::string got_up = read_slowly(at.origin.get(), kSize);
  for (std::thread* each : {&client_writes, &origin_writes, &client_reads}) each->join();
  CHECK(got_up == up);
  CHECK(got_down == down);
  CHECK(test::read_rest(at.client.get()).end == "fin");
  CHECK(test::read_rest(at.origin.get()).end == "fin");
  const TunnelEnd end = at.ends.get();
  CHECK(end.reason == Reason::allowed);
  CHECK(end.bytes_up == kSize + (is_answered ? kHello.size() : 0));
  CHECK(end.bytes_down == kSize + (is_answered ? kServerHello.size() : 0));
  at.check_gone();
}

TEST_CASE("64 MiB each way arrive byte for byte at slow readers, through pipes and without") {
  SUBCASE("pipes") { check_bulk(16, true); }
  SUBCASE("one pipe for both ways") { check_bulk(1, false); }
  SUBCASE("no pipe") { check_bulk(0, true); }
}

TEST_CASE("an end that does not read stops the other: little is kept for it") {
  Fixture at(0);
  at.open_unguarded();
  // As much as goes in; the tunnel itself keeps one buffer of 64 KiB.
  const std::string piece = noise(1024 * 1024, 3);
  const timeval patience{0, 300'000};
  ::setsockopt(at.origin.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  std::size_t taken = 0;
  for (ssize_t sent = 1; sent > 0; taken += static_cast<std::size_t>(std::max<ssize_t>(sent, 0))) {
    sent = ::send(at.origin.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
  }
  CHECK(taken < 64u * 1024 * 1024);  // socket buffers, by tcp_wmem and tcp_rmem
  // The other direction is not held up, and nothing spins meanwhile.
  test::send_all(at.client.get(), "ping");
  CHECK(test::read_bytes(at.origin.get(), 4) == "ping");
  clockid_t clock{};
  REQUIRE(::pthread_getcpuclockid(at.running.thread().native_handle(), &clock) == 0);
  timespec before{};
  timespec after{};
  ::clock_gettime(clock, &before);
  ::usleep(300'000);
  ::clock_gettime(clock, &after);
  const auto used = (after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec;
  CHECK(used < 50'000'000);
  at.origin.close();
  CHECK(test::read_rest(at.client.get()).bytes.size() == taken);
}

TEST_CASE("the client is gone by a reset: the origin gets all that it had sent, then FIN") {
  Fixture at;
  at.open_unguarded();
  test::send_all(at.client.get(), "last words");
  CHECK(test::read_bytes(at.origin.get(), 10) == "last words");
  test::reset(at.client);
  const Rest rest = test::read_rest(at.origin.get());
  CHECK(rest.end == "fin");
  // What the origin still sends is taken and dropped: no reset while it lingers.
  test::send_all(at.origin.get(), noise(1024 * 1024, 4));
  at.origin.close();
  CHECK(at.ends.get().reason == Reason::client_gone);
  at.check_gone();
}

TEST_CASE("the origin is gone by a reset: the client gets all that it had sent, then FIN") {
  for (const std::size_t pipes : {std::size_t{0}, std::size_t{16}}) {
    Fixture at(pipes);
    at.open_unguarded();
    const std::string answer = noise(3 * 1024 * 1024, 5);
    test::send_all(at.client.get(), "request");
    CHECK(test::read_bytes(at.origin.get(), 7) == "request");
    std::thread origin_writes([&] {
      test::send_all(at.origin.get(), answer);
      ::usleep(100'000);  // until it is read from the gate's socket, which a reset empties
      test::reset(at.origin);
    });
    const std::string got = read_slowly(at.client.get(), answer.size());
    origin_writes.join();
    CHECK(got == answer);
    CHECK(test::read_rest(at.client.get()).end == "fin");
    // A client that goes on sending does not lose its answer by a reset.
    test::send_all(at.client.get(), "more");
    at.client.close();
    CHECK(at.ends.get().reason == Reason::origin_reset);
    at.check_gone();
  }
}

TEST_CASE("after the origin stops reading by a reset, its answer so far is delivered") {
  Fixture at;
  at.open_unguarded();
  test::send_all(at.origin.get(), "413 too large");
  REQUIRE(test::read_bytes(at.client.get(), 13) == "413 too large");
  test::reset(at.origin);
  ::usleep(50'000);
  // Writes towards it fail; the client is told the end and may go on for a while.
  const std::string more = noise(256 * 1024, 6);
  (void)::send(at.client.get(), more.data(), more.size(), MSG_NOSIGNAL);
  CHECK(test::read_rest(at.client.get()).end == "fin");
  at.client.close();
  CHECK(at.ends.get().reason == Reason::origin_reset);
  at.check_gone();
}

TEST_CASE("an end that is told its end and never goes is closed after a while") {
  Fixture at;
  at.open_unguarded();
  test::reset(at.client);
  CHECK(test::read_rest(at.origin.get()).end == "fin");
  const auto began = steady_clock::now();
  CHECK(at.ends.get().reason == Reason::client_gone);
  CHECK(steady_clock::now() - began > std::chrono::seconds(1));
  CHECK(steady_clock::now() - began < std::chrono::seconds(6));
  at.check_gone();
}

TEST_CASE("a client that half-closed and then is gone does not leave the origin streaming") {
  Fixture at;
  at.open_unguarded();
  ::shutdown(at.client.get(), SHUT_WR);
  CHECK(test::read_rest(at.origin.get()).end == "fin");
  test::reset(at.client);
  const std::string piece(65536, 'x');
  const auto began = steady_clock::now();
  while (::send(at.origin.get(), piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
    if (steady_clock::now() - began > std::chrono::seconds(8)) break;
    ::usleep(1'000);
  }
  CHECK(steady_clock::now() - began < std::chrono::seconds(6));
  CHECK(at.ends.get().reason == Reason::client_gone);
  at.check_gone();
}

TEST_CASE("what the client sends behind its hello is held until the origin has answered") {
  Fixture at;
  at.open(kHello + kFinished, kHello.size());
  CHECK(test::read_bytes(at.origin.get(), kHello.size()) == kHello);
  CHECK(test::is_silent(at.origin.get()));
  test::send_all(at.client.get(), kFinished);
  CHECK(test::is_silent(at.origin.get()));
  test::send_all(at.origin.get(), kServerHello);
  CHECK(test::read_bytes(at.client.get(), kServerHello.size()) == kServerHello);
  CHECK(test::read_bytes(at.origin.get(), 2 * kFinished.size()) == kFinished + kFinished);
  test::send_all(at.client.get(), "after");
  CHECK(test::read_bytes(at.origin.get(), 5) == "after");
  at.client.close();
  CHECK(test::read_rest(at.origin.get()).end == "fin");
}

TEST_CASE("the client's end is told to the origin only behind what is held") {
  Fixture at;
  at.open(kHello + kFinished, kHello.size());
  CHECK(test::read_bytes(at.origin.get(), kHello.size()) == kHello);
  ::shutdown(at.client.get(), SHUT_WR);
  CHECK(test::is_silent(at.origin.get()));
  test::send_all(at.origin.get(), kServerHello + "more");
  const Rest rest = test::read_rest(at.origin.get());
  CHECK(rest.bytes == kFinished);
  CHECK(rest.end == "fin");
  CHECK(test::read_bytes(at.client.get(), kServerHello.size() + 4) == kServerHello + "more");
  at.origin.close();
  CHECK(test::read_rest(at.client.get()).end == "fin");
  CHECK(at.ends.get().reason == Reason::allowed);
  at.check_gone();
}

TEST_CASE("what is held never passes where no answer comes, and the tunnel does not hang") {
  Fixture at;
  at.open(kHello + kFinished, kHello.size());
  CHECK(test::read_bytes(at.origin.get(), kHello.size()) == kHello);
  SUBCASE("the client ends, then the origin") {
    ::shutdown(at.client.get(), SHUT_WR);
    CHECK(test::is_silent(at.origin.get()));
    ::shutdown(at.origin.get(), SHUT_WR);
  }
  SUBCASE("the origin ends, then the client") {
    ::shutdown(at.origin.get(), SHUT_WR);
    CHECK(test::read_rest(at.client.get()).end == "fin");
    at.client.close();
  }
  SUBCASE("the client is gone") {
    test::reset(at.client);
    CHECK(test::read_rest(at.origin.get()).bytes.empty());
    at.origin.close();
  }
  SUBCASE("the client ends, then is gone while the origin sends") {
    ::shutdown(at.client.get(), SHUT_WR);
    CHECK(test::is_silent(at.origin.get(), 50));
    test::reset(at.client);
    test::send_all(at.origin.get(), "\x16");
    ::usleep(50'000);
    test::send_all(at.origin.get(), "\x03");
    CHECK(test::read_rest(at.origin.get()).bytes.empty());
    at.origin.close();
  }
  at.ends.get();
  CHECK(test::read_rest(at.origin.get()).bytes.empty());
  at.check_gone();
}

TEST_CASE("a second hello for the same host, asked for, passes") {
  Fixture at;
  at.open(kHello, kHello.size());
  CHECK(test::read_bytes(at.origin.get(), kHello.size()) == kHello);
  test::send_all(at.origin.get(), kRetry);
  CHECK(test::read_bytes(at.client.get(), kRetry.size()) == kRetry);
  test::send_all(at.client.get(), kHello);
  CHECK(test::read_bytes(at.origin.get(), kHello.size()) == kHello);
  test::send_all(at.origin.get(), kServerHello);
  CHECK(test::read_bytes(at.client.get(), kServerHello.size()) == kServerHello);
}

TEST_CASE("a second hello for another host: the client gets an alert, the origin a reset") {
  const std::string other = text_of(test::hello_for("evil.example"));
  Fixture at;
  SUBCASE("asked for") {
    at.open(kHello, kHello.size());
    CHECK(test::read_bytes(at.origin.get(), kHello.size()) == kHello);
    test::send_all(at.origin.get(), kRetry);
    CHECK(test::read_bytes(at.client.get(), kRetry.size()) == kRetry);
    test::send_all(at.client.get(), other);
  }
  SUBCASE("in one flight with the first") {
    at.open(kHello + other, kHello.size());
  }
  SUBCASE("byte by byte, and more behind it") {
    at.open(kHello, kHello.size());
    CHECK(test::read_bytes(at.origin.get(), kHello.size()) == kHello);
    for (const char byte : other) test::send_all(at.client.get(), {&byte, 1});
    (void)::send(at.client.get(), "more", 4, MSG_NOSIGNAL);
  }
  const Rest told = test::read_rest(at.client.get());
  CHECK(told.bytes == kAlert);
  CHECK(told.end == "fin");
  const Rest origins = test::read_rest(at.origin.get());
  CHECK(origins.bytes.empty());
  CHECK(origins.end == "reset");
  at.client.close();
  CHECK(at.ends.get().reason == Reason::sni_mismatch);
  at.check_gone();
}

TEST_CASE("what is no TLS behind the hello is refused by an alert") {
  Fixture at;
  at.open(kHello + "GET / HTTP/1.1\r\n\r\n", kHello.size());
  CHECK(test::read_rest(at.client.get()).bytes == kAlert);
  CHECK(test::read_rest(at.origin.get()).end == "reset");
  at.client.close();
  CHECK(at.ends.get().reason == Reason::malformed_client_hello);
  at.check_gone();
}

TEST_CASE("an origin that speaks first is heard before anything is decided") {
  Fixture at;
  at.running.on_worker([&] { at.tunnel->hear_origin(); });
  test::send_all(at.origin.get(), "220 ready\r\n");
  CHECK(test::read_bytes(at.client.get(), 11) == "220 ready\r\n");
  at.open_unguarded("EHLO\r\n");
  CHECK(test::read_bytes(at.origin.get(), 6) == "EHLO\r\n");
  at.client.close();
  at.origin.close();
  CHECK(at.ends.get().bytes_down == 11);
  at.check_gone();
}

TEST_CASE("whatever the origin does before the tunnel is opened, the session's tunnel lives on") {
  Fixture at;
  at.running.on_worker([&] { at.tunnel->hear_origin(); });
  SUBCASE("reset, then opened") {
    test::reset(at.origin);
    CHECK(test::read_rest(at.client.get()).end == "fin");
    ::usleep(3'000'000);  // longer than any lingering
    CHECK(at.running.on_worker([&] { return at.running.worker().tunnels().size(); }) == 1);
    at.open(kHello, kHello.size());
    at.client.close();
    CHECK(at.ends.get().reason == Reason::origin_reset);
  }
  SUBCASE("end, then opened") {
    ::shutdown(at.origin.get(), SHUT_WR);
    CHECK(test::read_rest(at.client.get()).end == "fin");
    at.open_unguarded("late");
    CHECK(test::read_bytes(at.origin.get(), 4) == "late");
    at.client.close();
    CHECK(at.ends.get().reason == Reason::allowed);
  }
  SUBCASE("reset, then abandoned") {
    test::reset(at.origin);
    CHECK(test::read_rest(at.client.get()).end == "fin");
    at.running.on_worker([&] { at.tunnel->abandon(); });
  }
  SUBCASE("the session closes the origin's socket itself, then abandons") {
    at.running.on_worker([&] { at.tunnel->origin().reset(); });
    CHECK(test::read_rest(at.client.get()).end == "fin");
    at.running.on_worker([&] { at.tunnel->abandon(); });
  }
  at.check_gone();
}

TEST_CASE("an abandoned tunnel resets the origin, and its pipe goes back") {
  Fixture at(1);
  at.running.on_worker([&] { at.tunnel->hear_origin(); });
  // Fills the client's side until the pipe holds bytes.
  const timeval patience{0, 300'000};
  ::setsockopt(at.origin.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const std::string piece(1024 * 1024, 'x');
  while (::send(at.origin.get(), piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
  }
  at.running.on_worker([&] { at.tunnel->abandon(); });
  CHECK(test::read_rest(at.origin.get()).end == "reset");
  CHECK(at.running.becomes_empty());
  CHECK(at.running.on_worker([&] { return at.running.worker().pipes().take().has_value(); }));
}

TEST_CASE("a tunnel is cut at once, whatever it waits for") {
  Fixture at;
  at.open_unguarded();
  at.running.on_worker([&] { at.tunnel->cut(Reason::tunnel_revoked); });
  CHECK(test::read_rest(at.client.get()).end == "fin");
  CHECK(test::read_rest(at.origin.get()).end == "fin");
  CHECK(at.ends.get().reason == Reason::tunnel_revoked);
  at.check_gone();
}

TEST_CASE("a tunnel without a byte for as long as `idle` ends, a half-closed one too") {
  Fixture at(16, "timeouts: {idle: 1s}\n" + test::kDocsPolicy);
  at.open_unguarded();
  SUBCASE("open") {}
  SUBCASE("half-closed") { ::shutdown(at.client.get(), SHUT_WR); }
  CHECK(at.ends.get().reason == Reason::idle_timeout);
  CHECK(test::read_rest(at.client.get()).end == "fin");
  at.check_gone();
}

TEST_CASE("tunnels that live when the worker ends are recorded") {
  auto at = std::make_unique<Fixture>();
  at->open_unguarded();
  at->running.stop();
  CHECK(at->ends.get().reason == Reason::draining);
  CHECK(at->running.gate.connections == 0);
}

}  // namespace
}  // namespace sallyport
