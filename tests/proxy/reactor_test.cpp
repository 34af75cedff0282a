#include "proxy/reactor.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/proxy/loopback.h"

namespace sallyport {
namespace {

using Until = Reactor::Until;
using std::chrono::milliseconds;

/// Two connected sockets, of which one is watched; what its waits were told, in order.
struct Fixture {
  io_context context{1};
  Reactor reactor{context.get_executor()};
  test::Connection connection = test::connection();
  std::string told;

  int watched() const { return connection.gates.get(); }
  int peer() const { return connection.ours.get(); }

  void wait(Until what, char name) {
    reactor.wait(watched(), what, ReadyHandler([this, name](error_code error) {
                   told += name;
                   if (error == asio::error::operation_aborted) told += '!';
                   if (error && error != asio::error::operation_aborted) told += '?';
                 }));
  }
  /// What is told from here on.
  std::string run() {
    told.clear();
    context.run_for(milliseconds(20));
    return told;
  }
};

TEST_CASE("a wait ends when bytes come, and not before") {
  Fixture at;
  at.wait(Until::readable, 'r');
  CHECK(at.told.empty());
  CHECK(at.run().empty());
  test::send_all(at.peer(), "x");
  CHECK(at.run() == "r");
}

TEST_CASE("what came before the first wait is told, and never within the call") {
  Fixture at;
  test::send_all(at.peer(), "x");
  at.wait(Until::readable, 'r');
  CHECK(at.told.empty());
  CHECK(at.run() == "r");
}

TEST_CASE("what came while nobody waited is told at the next wait") {
  Fixture at;
  at.wait(Until::writable, 'w');
  CHECK(at.run() == "w");
  test::send_all(at.peer(), "x");
  CHECK(at.run().empty());
  at.wait(Until::readable, 'r');
  CHECK(at.told.empty());
  CHECK(at.run() == "r");
}

TEST_CASE("bytes that nobody reads are told of twice, then again once somebody waits for them") {
  Fixture at;
  at.wait(Until::writable, 'w');
  CHECK(at.run() == "w");
  test::send_all(at.peer(), "x");
  CHECK(at.context.poll() > 0);
  test::send_all(at.peer(), "y");
  CHECK(at.context.poll() > 0);
  test::send_all(at.peer(), "z");
  CHECK(at.context.poll() == 0);  // the worker was not woken

  at.wait(Until::readable, 'r');
  CHECK(at.run() == "r");
  char bytes[4];
  CHECK(::recv(at.watched(), bytes, sizeof bytes, 0) == 3);
  at.wait(Until::readable, 's');  // what was told amid the last wait
  at.run();
  at.wait(Until::readable, 't');
  CHECK(at.run().empty());
  test::send_all(at.peer(), "u");
  CHECK(at.run() == "t");
}

TEST_CASE("of a socket whose bytes nobody reads the end and room to write are told all the same") {
  Fixture at;
  at.wait(Until::writable, 'w');
  CHECK(at.run() == "w");
  for (const std::string_view byte : {"x", "y", "z"}) {
    test::send_all(at.peer(), byte);
    at.run();
  }
  char full[65536] = {};
  while (::send(at.watched(), full, sizeof full, MSG_DONTWAIT) > 0) {
  }
  at.wait(Until::writable, 'u');  // what was told before
  at.run();
  at.wait(Until::writable, 'v');
  CHECK(at.run().empty());
  while (::recv(at.peer(), full, sizeof full, MSG_DONTWAIT) > 0) {
  }
  CHECK(at.run() == "v");
  ::shutdown(at.peer(), SHUT_WR);
  at.run();
  CHECK(at.reactor.has_ended(at.watched()));
}

TEST_CASE("the end of a stream is told to every later wait") {
  Fixture at;
  at.wait(Until::readable, 'r');
  ::shutdown(at.peer(), SHUT_WR);
  CHECK(at.run() == "r");
  CHECK(at.reactor.has_ended(at.watched()));
  for (int again = 0; again < 3; ++again) {
    at.wait(Until::readable, 'r');
    CHECK(at.run() == "r");
  }
}

TEST_CASE("an end that came together with the last bytes is not lost") {
  Fixture at;
  at.wait(Until::readable, 'r');
  test::send_all(at.peer(), "x");
  ::shutdown(at.peer(), SHUT_WR);
  CHECK(at.run() == "r");
  char byte;
  CHECK(::recv(at.watched(), &byte, 1, 0) == 1);
  at.wait(Until::readable, 'e');
  CHECK(at.run() == "e");
  CHECK(::recv(at.watched(), &byte, 1, 0) == 0);
}

TEST_CASE("a reset ends both waits") {
  Fixture at;
  at.wait(Until::writable, 'w');
  CHECK(at.run() == "w");
  char full[65536] = {};
  while (::send(at.watched(), full, sizeof full, MSG_DONTWAIT) > 0) {
  }
  at.wait(Until::readable, 'r');
  at.wait(Until::writable, 'w');
  CHECK(at.run().empty());
  const linger at_once{1, 0};
  ::setsockopt(at.peer(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  at.connection.ours = test::Fd();
  CHECK(at.run() == "rw");
}

TEST_CASE(
    "waits that are cancelled end with an error, later, and the socket can be waited for anew") {
  Fixture at;
  at.wait(Until::readable, 'r');
  at.reactor.cancel(at.watched());
  CHECK(at.told.empty());
  CHECK(at.run() == "r!");
  at.wait(Until::readable, 's');
  test::send_all(at.peer(), "x");
  CHECK(at.run() == "s");
}

TEST_CASE("a socket that is closed takes its waits along, also where they were told already") {
  Fixture at;
  test::send_all(at.peer(), "x");
  at.wait(Until::writable, 'w');
  CHECK(at.run() == "w");
  at.wait(Until::readable, 'r');  // due at once: the bytes were told of
  at.reactor.forget(at.watched());
  CHECK(at.run() == "r!");
}

TEST_CASE("the next socket under the same number hears nothing of the one before") {
  Fixture at;
  at.wait(Until::readable, 'r');
  test::send_all(at.peer(), "x");
  const int number = at.watched();
  at.reactor.forget(number);
  at.connection = test::Connection();
  at.connection = test::connection();
  REQUIRE(at.watched() == number);
  at.wait(Until::readable, 's');
  CHECK(at.run() == "r!");
  test::send_all(at.peer(), "y");
  CHECK(at.run() == "s");
}

TEST_CASE("a handler may close its socket while another wait of it was told") {
  Fixture at;
  at.reactor.wait(at.watched(), Until::readable, ReadyHandler([&at](error_code) {
                    at.told += 'r';
                    at.reactor.forget(at.watched());
                    at.connection.gates = test::Fd();
                  }));
  at.wait(Until::writable, 'w');
  test::send_all(at.peer(), "x");
  CHECK(at.run() == "rw!");
}

TEST_CASE("a wait for a closed socket ends with an error, later") {
  Fixture at;
  at.connection.gates = test::Fd();
  at.wait(Until::readable, 'r');
  CHECK(at.told.empty());
  CHECK(at.run() == "r?");
}

TEST_CASE("what cannot be watched is told by an error, later") {
  Fixture at;
  at.connection.gates = test::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));  // epoll takes no file
  at.wait(Until::readable, 'r');
  CHECK(at.told.empty());
  CHECK(at.run() == "r?");
}

}  // namespace
}  // namespace sallyport
