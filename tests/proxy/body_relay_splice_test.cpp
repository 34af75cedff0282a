// Large bodies between real sockets, through a pipe: what a reader gets is what is counted.
#include <algorithm>
#include <thread>

#include "proxy/body_relay.h"
#include "tests/proxy/idle_worker.h"
#include "tests/proxy/run_task.h"
#include "tests/proxy/tunnel_fixture.h"

namespace sallyport {
namespace {

using namespace test;

constexpr std::size_t kSize = 24 * 1024 * 1024;

struct Sleeper final : Watched {
  void expire() override {}
};

/// One body from `sender` to `reader`, which are the test's ends.
struct Splicing {
  explicit Splicing(const Framing& framing, std::size_t pipes = 1,
                    std::uint64_t payload_max = std::numeric_limits<std::uint64_t>::max())
      : at({.pipes = pipes}),
        from(at.worker().reactor(), sender_side.gates.release()),
        to(at.worker().reactor(), reader_side.gates.release()),
        relay(at.worker(), watched, from_stream, to_stream, BodyReader(framing, Side::origin),
              payload_max) {
    run_task(tasks, relay.run({}, {}), [this](BodyRelay::End how) { end = how; });
  }
  bool ends() {
    return at.run_until([this] { return end.has_value(); });
  }
  /// Sends until nothing is taken any more: the reader's and the gate's buffers are full.
  std::size_t fill(const std::string& body) {
    std::size_t sent = 0;
    for (int quiet = 0; quiet < 20 && sent < body.size(); ++quiet) {
      const ssize_t taken = ::send(sender_side.ours.get(), body.data() + sent, body.size() - sent,
                                   MSG_NOSIGNAL | MSG_DONTWAIT);
      if (taken > 0) sent += static_cast<std::size_t>(taken);
      if (taken > 0) quiet = 0;
      at.run_for(std::chrono::milliseconds(10));
    }
    return sent;
  }

  IdleWorker at;
  Sleeper watched;
  Connection sender_side = connection();
  Connection reader_side = connection();
  Socket from;
  Socket to;
  SocketStream from_stream{from};
  SocketStream to_stream{to};
  BodyRelay relay;
  std::optional<BodyRelay::End> end;
  RootTask::List tasks;
};

TEST_CASE("a large body arrives byte for byte at a slow reader, by pipe and without") {
  const std::string body = noise(kSize, 1);
  for (const std::size_t pipes : {1u, 0u}) {
    for (const Framing& framing :
         {Framing{Framing::length, kSize}, Framing{Framing::until_close}}) {
      CAPTURE(pipes);
      const auto before = open_descriptors();
      Splicing at(framing, pipes);
      const auto with_sockets = open_descriptors();
      std::thread sends([&] {
        send_all(at.sender_side.ours.get(), body);
        ::shutdown(at.sender_side.ours.get(), SHUT_WR);
      });
      std::string got;
      std::thread reads([&] { got = read_slowly(at.reader_side.ours.get(), kSize); });
      CHECK(at.ends());
      sends.join();
      reads.join();
      CHECK(at.end == BodyRelay::End::done);
      CHECK((got == body));
      CHECK(at.relay.payload_bytes() == kSize);
      CHECK(at.relay.left_over().empty());
      // The pipe was used, and waits for the next.
      CHECK(open_descriptors() == with_sockets + static_cast<std::ptrdiff_t>(2 * pipes));
      CHECK(with_sockets > before);
      CHECK(at.at.worker().pipes().take().has_value() == (pipes > 0));
    }
  }
}

TEST_CASE("what is behind a large body is not taken for it") {
  const std::string body = noise(kSize, 2);
  Splicing at({Framing::length, kSize});
  std::thread sends([&] { send_all(at.sender_side.ours.get(), body + "next"); });
  std::string got;
  std::thread reads([&] { got = read_bytes(at.reader_side.ours.get(), kSize); });
  CHECK(at.ends());
  sends.join();
  reads.join();
  CHECK(at.end == BodyRelay::End::done);
  CHECK((got == body));
  const std::string behind =
      at.relay.take_left_over() + read_bytes(at.from.fd(), 4 - at.relay.left_over().size());
  CHECK(behind == "next");
  CHECK(is_silent(at.reader_side.ours.get(), 20));
}

TEST_CASE("a large body stops at its maximum, and nothing over it is sent") {
  constexpr std::size_t kMax = kSize / 2 + 1;
  const std::string body = noise(kSize, 3);
  Splicing at({Framing::length, kSize}, 1, kMax);
  std::thread sends([&] {  // until the gate hangs up
    for (std::size_t sent = 0; sent < kSize;) {
      const ssize_t taken = ::send(at.sender_side.ours.get(), body.data() + sent,
                                   std::min<std::size_t>(kSize - sent, 100'000), MSG_NOSIGNAL);
      if (taken <= 0) break;
      sent += static_cast<std::size_t>(taken);
    }
  });
  std::string got;
  std::thread reads([&] { got = read_rest(at.reader_side.ours.get()).bytes; });
  CHECK(at.ends());
  CHECK(at.end == BodyRelay::End::over_maximum);
  at.to.close();
  at.from.close();
  sends.join();
  reads.join();
  CHECK(at.relay.payload_bytes() <= kMax);
  CHECK(got.size() == at.relay.payload_bytes());
  CHECK((got == body.substr(0, got.size())));
}

/// Who ends a body at whose reader nothing is taken, and what it is then.
enum class Ender { stop, sender_resets, reader_resets };

void check_cut(Ender ender, BodyRelay::End end) {
  const std::string body = noise(4 * kSize, 4);
  Splicing at({Framing::until_close});
  const std::size_t taken = at.fill(body);
  REQUIRE(taken < body.size());
  REQUIRE_FALSE(at.end);
  REQUIRE(at.relay.payload_bytes() < taken);
  REQUIRE_FALSE(at.at.worker().pipes().take());  // the pipe is full
  std::string got;
  if (ender == Ender::stop) {
    at.relay.stop();
    at.from_stream.cancel();
    at.to_stream.cancel();
  } else if (ender == Ender::sender_resets) {
    reset(at.sender_side.ours);
  } else {
    got = read_bytes(at.reader_side.ours.get(), 1024 * 1024);
    reset(at.reader_side.ours);
  }
  std::thread reads([&] {
    if (ender != Ender::reader_resets) got = read_rest(at.reader_side.ours.get()).bytes;
  });
  CHECK(at.ends());
  at.to.close();
  reads.join();
  CHECK(at.end == end);
  if (ender == Ender::reader_resets) {
    CHECK(at.relay.payload_bytes() >= got.size());
  } else {
    CHECK(at.relay.payload_bytes() == got.size());  // what stayed in the pipe is not counted
  }
  CHECK(at.relay.payload_bytes() <= taken);
  CHECK((got == body.substr(0, got.size())));
  CHECK(at.at.worker().pipes().take().has_value());  // in place of the one with bytes in it
}

TEST_CASE("a large body that is cut ends, and what its reader gets is what was counted") {
  SUBCASE("stop()") { check_cut(Ender::stop, BodyRelay::End::stopped); }
  SUBCASE("the sender's reset") { check_cut(Ender::sender_resets, BodyRelay::End::truncated); }
  SUBCASE("the reader's reset") { check_cut(Ender::reader_resets, BodyRelay::End::not_taken); }
}

}  // namespace
}  // namespace sallyport
