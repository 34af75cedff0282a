#include "proxy/tunnel.h"

#include <thread>

#include "tests/proxy/tunnel_fixture.h"

namespace sallyport {
namespace {

using test::Rest;
using test::TunnelFixture;

TEST_CASE("the first bytes reach the origin, and both directions are relayed and counted") {
  TunnelFixture at;
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
  CHECK(end.bytes_up == test::kHello.size() + 4);
  CHECK(end.bytes_down == test::kServerHello.size() + 5);
  at.check_gone();
}

TEST_CASE("the client ends its direction: the origin's goes on until the origin ends it") {
  TunnelFixture at;
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
  TunnelFixture at;
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

void check_bulk(std::size_t pipes, bool is_answered) {
  CAPTURE(pipes);
  constexpr std::size_t kSize = 64 * 1024 * 1024;
  TunnelFixture at(pipes);
  if (is_answered) {
    at.open_answered();
  } else {
    at.open_unguarded();
  }
  const std::string up = test::noise(kSize, 1);
  const std::string down = test::noise(kSize, 2);
  std::thread client_writes([&] {
    test::send_all(at.client.get(), up);
    ::shutdown(at.client.get(), SHUT_WR);
  });
  std::thread origin_writes([&] {
    test::send_all(at.origin.get(), down);
    ::shutdown(at.origin.get(), SHUT_WR);
  });
  std::string got_down;
  std::thread client_reads([&] { got_down = test::read_slowly(at.client.get(), kSize); });
  const std::string got_up = test::read_slowly(at.origin.get(), kSize);
  for (std::thread* each : {&client_writes, &origin_writes, &client_reads}) each->join();
  CHECK(got_up == up);
  CHECK(got_down == down);
  CHECK(test::read_rest(at.client.get()).end == "fin");
  CHECK(test::read_rest(at.origin.get()).end == "fin");
  const TunnelEnd end = at.ends.get();
  CHECK(end.reason == Reason::allowed);
  CHECK(end.bytes_up == kSize + (is_answered ? test::kHello.size() : 0));
  CHECK(end.bytes_down == kSize + (is_answered ? test::kServerHello.size() : 0));
  at.check_gone();
}

TEST_CASE("64 MiB each way arrive byte for byte at slow readers, through pipes and without") {
  SUBCASE("pipes") { check_bulk(16, true); }
  SUBCASE("one pipe for both ways") { check_bulk(1, false); }
  SUBCASE("no pipe") { check_bulk(0, true); }
}

TEST_CASE("an end that does not read stops the other: little is kept for it") {
  TunnelFixture at(0);
  at.open_unguarded();
  // As much as goes in; the tunnel itself keeps one buffer of 64 KiB.
  const std::string piece = test::noise(1024 * 1024, 3);
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

TEST_CASE("an origin that speaks first is heard before anything is decided") {
  TunnelFixture at;
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
  TunnelFixture at;
  at.running.on_worker([&] { at.tunnel->hear_origin(); });
  SUBCASE("reset, then opened") {
    test::reset(at.origin);
    CHECK(test::read_rest(at.client.get()).end == "fin");
    ::usleep(3'000'000);  // longer than any lingering
    CHECK(at.running.on_worker([&] { return at.running.worker().tunnels().size(); }) == 1);
    at.open(test::kHello, test::kHello.size());
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
  TunnelFixture at(1);
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
  TunnelFixture at;
  at.open_unguarded();
  at.running.on_worker([&] { at.tunnel->cut(Reason::tunnel_revoked); });
  CHECK(test::read_rest(at.client.get()).end == "fin");
  CHECK(test::read_rest(at.origin.get()).end == "fin");
  CHECK(at.ends.get().reason == Reason::tunnel_revoked);
  at.check_gone();
}

TEST_CASE("a tunnel without a byte for as long as `idle` ends, a half-closed one too") {
  TunnelFixture at(16, "timeouts: {idle: 1s}\n" + test::kDocsPolicy);
  at.open_unguarded();
  SUBCASE("open") {}
  SUBCASE("half-closed") { ::shutdown(at.client.get(), SHUT_WR); }
  CHECK(at.ends.get().reason == Reason::idle_timeout);
  CHECK(test::read_rest(at.client.get()).end == "fin");
  at.check_gone();
}

TEST_CASE("tunnels that live when the worker ends are recorded") {
  auto at = std::make_unique<TunnelFixture>();
  at->open_unguarded();
  at->running.stop();
  CHECK(at->ends.get().reason == Reason::draining);
  CHECK(at->running.gate.connections == 0);
}

}  // namespace
}  // namespace sallyport
