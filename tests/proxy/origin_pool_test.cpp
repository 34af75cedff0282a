#include "proxy/origin_pool.h"

#include <fcntl.h>

#include <array>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using std::chrono::milliseconds;

Timeouts idle_for(milliseconds span) {
  Timeouts made;
  made.origin_idle = span;
  return made;
}

struct Fixture {
  explicit Fixture(milliseconds span = milliseconds(60'000))
      : deadlines(context.get_executor(), idle_for(span)) {}
  ~Fixture() {
    for (const int fd : origins) ::close(fd);
  }

  /// Keeps a connection to host:port at that address; the origin's end stays in `origins`.
  void give(const char* host, std::uint16_t port, const char* address) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    origins.push_back(ends[1]);
    pool.give({host, port}, OriginConnection(Socket(reactor, ends[0]), *IpAddress::parse(address)));
  }
  /// The address of the connection that is taken, which is closed then; empty: none.
  std::string take(const char* host, std::uint16_t port, std::vector<const char*> allowed,
                   steady_clock::duration idle_max = std::chrono::hours(1)) {
    std::vector<IpAddress> addresses;
    for (const char* each : allowed) addresses.push_back(*IpAddress::parse(each));
    const auto found = pool.take({host, port}, addresses, idle_max);
    return found ? found->address.text() : std::string();
  }

  io_context context{1};
  Reactor reactor{context.get_executor()};
  Deadlines deadlines;
  TlsBuffers buffers;
  OriginPool pool{deadlines, buffers};
  std::vector<int> origins;
};

TEST_CASE("a connection is used again for its host and port, at an address that was checked") {
  Fixture fixture;
  fixture.give("a.example.org", 80, "192.0.2.1");
  CHECK(fixture.take("b.example.org", 80, {"192.0.2.1"}).empty());
  CHECK(fixture.take("a.example.org", 8080, {"192.0.2.1"}).empty());
  CHECK(fixture.take("a.example.org", 80, {"192.0.2.2"}).empty());
  CHECK(fixture.take("a.example.org", 80, {"192.0.2.2", "192.0.2.1"}) == "192.0.2.1");
  CHECK(fixture.take("a.example.org", 80, {"192.0.2.1"}).empty());  // it was taken
}

TEST_CASE("the youngest is taken first, and none that is idle for longer than asked") {
  Fixture fixture;
  fixture.give("a.example.org", 80, "192.0.2.1");
  std::this_thread::sleep_for(milliseconds(120));
  fixture.give("a.example.org", 80, "192.0.2.2");
  const std::vector<const char*> both{"192.0.2.1", "192.0.2.2"};
  CHECK(fixture.take("a.example.org", 80, both, milliseconds(60)) == "192.0.2.2");
  CHECK(fixture.take("a.example.org", 80, both, milliseconds(60)).empty());
  CHECK(fixture.take("a.example.org", 80, both, milliseconds(60'000)) == "192.0.2.1");
}

TEST_CASE("one that the origin has ended, or spoken on unasked, is dropped") {
  Fixture fixture;
  fixture.give("a.example.org", 80, "192.0.2.1");
  REQUIRE(::shutdown(fixture.origins.back(), SHUT_WR) == 0);
  CHECK(fixture.take("a.example.org", 80, {"192.0.2.1"}).empty());
  fixture.give("a.example.org", 80, "192.0.2.1");
  REQUIRE(::send(fixture.origins.back(), "x", 1, 0) == 1);
  CHECK(fixture.take("a.example.org", 80, {"192.0.2.1"}).empty());
}

TEST_CASE("one that stays idle is closed in time") {
  Fixture fixture(milliseconds(50));
  fixture.give("a.example.org", 80, "192.0.2.1");
  fixture.context.run_for(milliseconds(400));
  char byte = 0;
  CHECK(::recv(fixture.origins.back(), &byte, 1, MSG_DONTWAIT) == 0);  // its end came
  CHECK(fixture.take("a.example.org", 80, {"192.0.2.1"}).empty());
}

TEST_CASE("what a reload clears comes back by no hand: what was in use amid it is not kept") {
  Fixture fixture;
  fixture.give("a.example.org", 80, "192.0.2.1");
  auto in_use = fixture.pool.take({"a.example.org", 80}, std::array{*IpAddress::parse("192.0.2.1")},
                                  std::chrono::hours(1));
  REQUIRE(in_use.has_value());
  fixture.give("a.example.org", 80, "192.0.2.2");
  fixture.pool.clear();
  fixture.pool.give({"a.example.org", 80}, std::move(*in_use));
  CHECK(fixture.take("a.example.org", 80, {"192.0.2.1", "192.0.2.2"}).empty());
}

TEST_CASE("idle connections are bounded: the oldest makes room") {
  Fixture fixture;
  fixture.give("a.example.org", 80, "192.0.2.1");
  for (std::size_t i = 0; i < OriginPool::kIdleMax; ++i) {
    fixture.give("b.example.org", 80, "192.0.2.2");
  }
  CHECK(fixture.take("a.example.org", 80, {"192.0.2.1"}).empty());
  std::size_t kept = 0;
  while (!fixture.take("b.example.org", 80, {"192.0.2.2"}).empty()) ++kept;
  CHECK(kept == OriginPool::kIdleMax);
}

}  // namespace
}  // namespace sallyport
