#include <thread>

#include "tests/proxy/tunnel_fixture.h"

namespace sallyport {
namespace {

using test::Rest;
using test::TunnelFixture;

TEST_CASE("the client is gone by a reset: the origin gets all that it had sent, then FIN") {
  TunnelFixture at;
  at.open_unguarded();
  test::send_all(at.client.get(), "last words");
  CHECK(test::read_bytes(at.origin.get(), 10) == "last words");
  test::reset(at.client);
  const Rest rest = test::read_rest(at.origin.get());
  CHECK(rest.end == "fin");
  // What the origin still sends is taken and dropped: no reset while it lingers.
  test::send_all(at.origin.get(), test::noise(1024 * 1024, 4));
  at.origin.close();
  CHECK(at.ends.get().reason == Reason::client_gone);
  at.check_gone();
}

TEST_CASE("the origin is gone by a reset: the client gets all that it had sent, then FIN") {
  for (const std::size_t pipes : {std::size_t{0}, std::size_t{16}}) {
    TunnelFixture at(pipes);
    at.open_unguarded();
    const std::string answer = test::noise(3 * 1024 * 1024, 5);
    test::send_all(at.client.get(), "request");
    CHECK(test::read_bytes(at.origin.get(), 7) == "request");
    std::thread origin_writes([&] {
      test::send_all(at.origin.get(), answer);
      ::usleep(100'000);  // until it is read from the gate's socket, which a reset empties
      test::reset(at.origin);
    });
    const std::string got = test::read_slowly(at.client.get(), answer.size());
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
  TunnelFixture at;
  at.open_unguarded();
  test::send_all(at.origin.get(), "413 too large");
  REQUIRE(test::read_bytes(at.client.get(), 13) == "413 too large");
  test::reset(at.origin);
  ::usleep(50'000);
  // Writes towards it fail; the client is told the end and may go on for a while.
  const std::string more = test::noise(256 * 1024, 6);
  (void)::send(at.client.get(), more.data(), more.size(), MSG_NOSIGNAL);
  CHECK(test::read_rest(at.client.get()).end == "fin");
  at.client.close();
  CHECK(at.ends.get().reason == Reason::origin_reset);
  at.check_gone();
}

TEST_CASE("an end that is told its end and never goes is closed after a while") {
  TunnelFixture at;
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
  TunnelFixture at;
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

}  // namespace
}  // namespace sallyport
