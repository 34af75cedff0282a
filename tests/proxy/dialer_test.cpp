#include "proxy/dialer.h"

#include <netinet/tcp.h>

#include <optional>

#include <doctest/doctest.h>

#include "tests/proxy/loopback.h"
#include "tests/proxy/run_task.h"

namespace sallyport {
namespace {

using std::chrono::milliseconds;

IpAddress local(std::uint8_t last) { return IpAddress::v4({127, 0, 0, last}); }

DialPlan plan(AddressList addresses, std::uint16_t port) {
  return {.addresses = std::move(addresses), .port = port, .source = std::nullopt};
}

struct Fixture {
  explicit Fixture(milliseconds patience = milliseconds(5000))
      : deadlines(context.get_executor(), Timeouts{.connect = patience}) {}

  io_context context{1};
  Reactor reactor{context.get_executor()};
  Deadlines deadlines;
  std::optional<Dialled> result;
  RootTask::List tasks;
  steady_clock::duration took{};

  void begin(DialPlan plan) {
    test::run_task(tasks, sallyport::dial(reactor, deadlines, std::move(plan)),
                   [this](Dialled dialled) { result.emplace(std::move(dialled)); });
  }
  Dialled& dial(DialPlan plan) {
    const auto began = steady_clock::now();
    begin(std::move(plan));
    while (!result && steady_clock::now() - began < std::chrono::seconds(10)) {
      context.run_one_for(milliseconds(100));
    }
    took = steady_clock::now() - began;
    REQUIRE(result);
    return *result;
  }
};

/// Listens, and answers nobody any more: its queue is full, so a SYN to it is dropped.
struct BlackHole {
  BlackHole(const char* address, std::uint16_t port) : listener(test::listen_on(address, port, 0)) {
    for (test::Fd& each : fillers) {
      each = test::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      const sockaddr_in at = test::loopback(port, address);
      ::connect(each.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at);
    }
    ::usleep(20'000);
  }
  test::Fd listener;
  test::Fd fillers[4];
};

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  CHECK(::getsockopt(fd, level, name, &value, &size) == 0);
  return value;
}

TEST_CASE("the address that answers is connected, with the options of an origin's leg") {
  const test::Fd listener = test::listen_on("127.0.0.1");
  Fixture at;
  const Dialled& dialled = at.dial(plan({local(1)}, test::port_of(listener.get())));
  REQUIRE(dialled.outcome == Dialled::Outcome::connected);
  CHECK(dialled.address == local(1));
  const int fd = dialled.socket->fd();
  CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
  CHECK(option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option(fd, IPPROTO_TCP, TCP_KEEPIDLE) < 350);
  CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  const test::Fd accepted(::accept(listener.get(), nullptr, nullptr));
  test::send_all(accepted.get(), "hello");
  CHECK(test::read_bytes(fd, 5) == "hello");
}

TEST_CASE("a refusal is told by its errno, and the next address is tried at once") {
  const test::Fd listener = test::listen_on("127.0.0.1");
  const std::uint16_t port = test::port_of(listener.get());
  SUBCASE("none is left") {
    Fixture at;
    const Dialled& dialled = at.dial(plan({local(7), local(8)}, port));
    CHECK(dialled.outcome == Dialled::Outcome::failed);
    CHECK(dialled.error == ECONNREFUSED);
    CHECK_FALSE(dialled.socket);
    CHECK(at.took < milliseconds(200));
  }
  SUBCASE("the next answers") {
    Fixture at;
    const Dialled& dialled = at.dial(plan({local(7), local(1)}, port));
    CHECK(dialled.outcome == Dialled::Outcome::connected);
    CHECK(dialled.address == local(1));
    CHECK(at.took < milliseconds(200));
  }
  SUBCASE("no address at all") {
    Fixture at;
    CHECK(at.dial(plan({}, port)).outcome == Dialled::Outcome::failed);
  }
}

TEST_CASE("an address that does not answer delays the next by a quarter of a second") {
  const test::Fd listener = test::listen_on("127.0.0.1");
  const std::uint16_t port = test::port_of(listener.get());
  const BlackHole hole("127.0.0.9", port);
  Fixture at;
  SUBCASE("which then answers") {
    const Dialled& dialled = at.dial(plan({local(9), local(1)}, port));
    REQUIRE(dialled.outcome == Dialled::Outcome::connected);
    CHECK(dialled.address == local(1));
    CHECK(at.took >= milliseconds(240));
    CHECK(at.took < milliseconds(900));
  }
  SUBCASE("or refuses, and then the one after it follows at once") {
    const Dialled& dialled = at.dial(plan({local(9), local(7), local(1)}, port));
    REQUIRE(dialled.outcome == Dialled::Outcome::connected);
    CHECK(at.took < milliseconds(450));
  }
}

TEST_CASE("the patience is for all tries together") {
  const test::Fd listener = test::listen_on("127.0.0.1");
  const std::uint16_t port = test::port_of(listener.get());
  const BlackHole hole("127.0.0.9", port);
  const BlackHole other("127.0.0.10", port);
  Fixture at(milliseconds(400));
  const Dialled& dialled = at.dial(plan({local(9), local(10)}, port));
  CHECK(dialled.outcome == Dialled::Outcome::timed_out);
  CHECK_FALSE(dialled.socket);
  CHECK(at.took >= milliseconds(390));  // deadlines go by a clock that is some milliseconds late
  CHECK(at.took < milliseconds(1200));
}

TEST_CASE("a source address is bound where its family fits, and its failure is a failure") {
  const test::Fd listener = test::listen_on("127.0.0.1");
  DialPlan from = plan({local(1)}, test::port_of(listener.get()));
  Fixture at;
  SUBCASE("bound") {
    from.source = local(33);
    CHECK(at.dial(std::move(from)).outcome == Dialled::Outcome::connected);
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const test::Fd accepted(::accept(listener.get(), reinterpret_cast<sockaddr*>(&peer), &size));
    CHECK(peer.sin_addr.s_addr == test::loopback(0, "127.0.0.33").sin_addr.s_addr);
  }
  SUBCASE("of the other family") {
    from.source = IpAddress::parse("::1");
    CHECK(at.dial(std::move(from)).outcome == Dialled::Outcome::connected);
  }
  SUBCASE("nobody's") {
    from.source = IpAddress::v4({203, 0, 113, 1});
    const Dialled& dialled = at.dial(std::move(from));
    CHECK(dialled.outcome == Dialled::Outcome::failed);
    CHECK(dialled.error == EADDRNOTAVAIL);
  }
}

TEST_CASE("however a dial ends, no descriptor but the winner's is left") {
  const test::Fd listener = test::listen_on("127.0.0.1");
  const std::uint16_t port = test::port_of(listener.get());
  const BlackHole hole("127.0.0.9", port);
  const auto before = test::open_descriptors();
  SUBCASE("won, beside one that hangs and one that is refused") {
    Fixture at;
    at.dial(plan({local(9), local(7), local(1)}, port));
    at.result.reset();
    // The context has its own; nothing of the dial may live beside them.
    io_context empty{1};
  }
  SUBCASE("its caller destroyed while it waits") {
    Fixture at;
    at.begin(plan({local(9)}, port));
    at.context.run_for(milliseconds(50));
    at.tasks.destroy_all();
    CHECK_FALSE(at.result);
  }
  SUBCASE("all destroyed while it waits for two") {
    Fixture at;
    at.begin(plan({local(9), local(1)}, port));
    at.context.run_for(milliseconds(50));
  }
  CHECK(test::open_descriptors() == before);
}

}  // namespace
}  // namespace sallyport
