#include "proxy/tls_stream.h"

#include <array>
#include <optional>

#include <doctest/doctest.h>

#include "tests/proxy/loopback.h"
#include "tests/proxy/run_task.h"
#include "tests/tls/tls_pair.h"

namespace sallyport::test {
namespace {

struct Sleeper final : Watched {
  void expire() override {}
};

/// Both ends of a connection on one worker: a client that trusts the CA, and the gate's.
struct Ends {
  explicit Ends(int send_buffer = 0) {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()) == 0);
    if (send_buffer != 0) {
      ::setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    }
    client_socket.emplace(reactor, fds[0]);
    gate_socket.emplace(reactor, fds[1]);
    client_tls.emplace(trusting.ask_for("a.x.org"));
    gate_tls.emplace(legs.accept(*Host::parse("a.x.org"), ClientTls::Naming::named, now()));
    client.emplace(buffers, *client_socket, *client_tls);
    gate.emplace(buffers, *gate_socket, *gate_tls);
    deadlines.arm(watched, Phase::transfer);
  }

  void shake_hands() {
    std::optional<TlsStream::Handshake> ours;
    std::optional<TlsStream::Handshake> theirs;
    run_task(tasks, gate->shake_hands(), [&](TlsStream::Handshake how) { ours = how; });
    run_task(tasks, client->shake_hands(), [&](TlsStream::Handshake how) { theirs = how; });
    while (!ours || !theirs) context.run_one();
    REQUIRE(*ours == TlsStream::Handshake::done);
    REQUIRE(*theirs == TlsStream::Handshake::done);
  }

  /// The next read of the gate's end: "bytes: ...", "end", "again", "reset" or "broken".
  std::string read_gate() {
    std::array<char, 4096> into{};
    const ssize_t count = gate->read(into);
    if (count > 0) return "bytes: " + std::string(into.data(), static_cast<std::size_t>(count));
    if (count == 0) return "end";
    if (sys::would_block()) return "again";
    return errno == ECONNRESET ? "reset" : "broken";
  }

  io_context context{1};
  Reactor reactor{context.get_executor()};
  Deadlines deadlines{context.get_executor(), Timeouts()};
  Sleeper watched;
  TlsBuffers buffers;
  Made ca = make_ca_of_now();
  ClientTls legs{load(ca)};
  PlainClient trusting{&ca};
  std::optional<Socket> client_socket;
  std::optional<Socket> gate_socket;
  std::optional<TlsConnection> client_tls;
  std::optional<TlsConnection> gate_tls;
  std::optional<TlsStream> client;
  std::optional<TlsStream> gate;
  RootTask::List tasks;
};

TEST_CASE("two pieces leave as one record, and come as one read") {
  Ends ends;
  ends.shake_hands();
  CHECK(ends.client->write("head", " and body") == 13);
  CHECK(ends.read_gate() == "bytes: head and body");
  CHECK(ends.read_gate() == "again");
}

TEST_CASE("bytes, an end that was said, an end that was not") {
  Ends said;
  said.shake_hands();
  said.client->write("last", {});
  said.client->finish_writing();
  CHECK(said.read_gate() == "bytes: last");
  CHECK(said.read_gate() == "end");

  Ends cut;
  cut.shake_hands();
  cut.client->write("last", {});
  cut.client_socket->close();
  CHECK(cut.read_gate() == "bytes: last");
  CHECK(cut.read_gate() == "reset");

  Ends truncated;
  truncated.shake_hands();
  truncated.client_tls->is_truncated = true;
  truncated.client->finish_writing();
  truncated.client_socket->close();
  CHECK(truncated.read_gate() == "reset");

  Ends broken;
  broken.shake_hands();
  const std::string noise(100, 'x');
  REQUIRE(::send(broken.client_socket->fd(), noise.data(), noise.size(), 0) == 100);
  CHECK(broken.read_gate() == "broken");
}

TEST_CASE("what a slow reader has not taken is waited for, whole and in order") {
  Ends ends(4096);
  ends.shake_hands();
  std::string sent;
  for (int i = 0; i < 100'000; ++i) sent += std::to_string(i);
  std::optional<std::size_t> unsent;
  run_task(ends.tasks, write_all(*ends.client, sent, ends.deadlines, ends.watched),
           [&](std::size_t left) { unsent = left; });
  CHECK_FALSE(unsent);  // it waits
  CHECK_FALSE(ends.client_tls->unsent.empty());
  std::string came;
  while (!unsent || came.size() < sent.size()) {
    const std::string read = ends.read_gate();
    if (read.starts_with("bytes: ")) {
      came += read.substr(7);
    } else {
      REQUIRE(read == "again");
      ends.context.restart();
      ends.context.poll();
    }
  }
  CHECK(*unsent == 0);
  CHECK((came == sent));
  CHECK(ends.client_tls->unsent.capacity() < 64);  // idle it holds no buffer
}

TEST_CASE("a wait that is cancelled ends the handshake, and a peer that goes too") {
  Ends ends;
  std::optional<TlsStream::Handshake> how;
  run_task(ends.tasks, ends.gate->shake_hands(), [&](TlsStream::Handshake told) { how = told; });
  ends.gate->cancel();
  while (!how) ends.context.run_one();
  CHECK(*how == TlsStream::Handshake::cancelled);

  Ends gone;
  gone.client_socket->close();
  std::optional<TlsStream::Handshake> other;
  run_task(gone.tasks, gone.gate->shake_hands(), [&](TlsStream::Handshake told) { other = told; });
  CHECK(other == TlsStream::Handshake::ended);
}

}  // namespace
}  // namespace sallyport::test
