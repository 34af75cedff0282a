#include "proxy/stream.h"

#include <unistd.h>

#include <optional>

#include "tests/proxy/loopback.h"
#include "tests/proxy/run_task.h"
#include "tests/proxy/scripted_stream.h"

namespace sallyport {
namespace {

using test::kFull;
using test::kNeverRoom;
using test::Room;
using test::ScriptedStream;

struct Sleeper final : Watched {
  void expire() override {}
};

/// write_all() to a stream with that room.
struct Writing {
  Writing(std::string_view bytes, const Room& room) : stream(context.get_executor(), {}, room) {
    deadlines.arm(watched, Phase::transfer);
    test::run_task(tasks, write_all(stream, bytes, deadlines, watched),
                   [this](std::size_t unsent) { result = unsent; });
    turn();
  }
  /// All that can happen without a cancel().
  void turn() {
    context.restart();
    context.poll();
  }
  const char* outcome() const { return !result ? "waits" : *result == 0 ? "sent" : "failed"; }

  io_context context{1};
  Deadlines deadlines{context.get_executor(), Timeouts()};
  Sleeper watched;
  ScriptedStream stream;
  std::optional<std::size_t> result;  ///< how many bytes were not sent
  RootTask::List tasks;
};

TEST_CASE("all is sent, in order, however little is taken at a time") {
  struct Row {
    const char* bytes;
    Room room;
    const char* sent;
    const char* outcome;
  };
  const Row rows[] = {
      {"hello", {}, "hello", "sent"},
      {"hello", {5, test::kGone}, "hello", "sent"},  // whole in one: nobody asks further
      {"hello", {1, 2, 1, 1}, "hello", "sent"},
      {"hello", {kFull, 5}, "hello", "sent"},
      {"hello", {2, kFull, kFull, 1, kFull, 2}, "hello", "sent"},
      {"", {test::kGone}, "", "sent"},  // nothing to send: nothing is tried
      {"", {kNeverRoom}, "", "sent"},
      {"hello", {test::kGone}, "", "failed"},
      {"hello", {3, test::kGone, 2}, "hel", "failed"},
      {"hello", {3, kFull, test::kGone, 2}, "hel", "failed"},
      {"hello", {3, test::kBroken, 2}, "hel", "failed"},  // the wait itself fails
      {"hello", {kNeverRoom}, "", "waits"},
      {"hello", {4, kNeverRoom}, "hell", "waits"},
  };
  for (const Row& row : rows) {
    Writing writing(row.bytes, row.room);
    CAPTURE(row.bytes);
    CAPTURE(doctest::toString(row.room.size()));
    CHECK(writing.stream.sent() == row.sent);
    CHECK(std::string(writing.outcome()) == row.outcome);
    if (writing.result)
      CHECK(*writing.result == std::string(row.bytes + writing.stream.sent().size()).size());
    writing.stream.cancel();
    writing.turn();
  }
}

TEST_CASE("a wait that is cancelled ends it, and what was taken stays taken") {
  for (const Room& room : {Room{kNeverRoom}, Room{4, kNeverRoom}, Room{2, kFull, 2, kNeverRoom}}) {
    Writing writing("hello", room);
    REQUIRE(writing.stream.has_writer());
    const std::string sent = writing.stream.sent();
    writing.stream.cancel();
    CHECK_FALSE(writing.result);  // soon, never from within
    writing.turn();
    CHECK(std::string(writing.outcome()) == "failed");
    CHECK(writing.stream.sent() == sent);
  }
}

TEST_CASE("bytes that are taken begin the deadline anew; a wait alone does not") {
  Writing waits("hello", {kNeverRoom});
  const auto armed_at = waits.watched.armed_at();
  Sleeper sender;
  waits.deadlines.arm(sender, Phase::transfer);
  const auto sender_armed_at = sender.armed_at();
  ::usleep(1'100'000);  // a deadline is exact to a second
  ScriptedStream open(waits.context.get_executor(), {});
  std::optional<std::size_t> unsent;
  test::run_task(waits.tasks, write_all(open, "x", waits.deadlines, sender),
                 [&unsent](std::size_t how) { unsent = how; });
  CHECK(unsent == 0);
  CHECK(sender.armed_at() - sender_armed_at >= std::chrono::seconds(1));
  CHECK(waits.watched.armed_at() == armed_at);
  CHECK(waits.deadlines.oldest(Phase::transfer) == &waits.watched);
  waits.stream.cancel();
  waits.turn();
  CHECK(std::string(waits.outcome()) == "failed");
  CHECK(waits.watched.armed_at() == armed_at);
}

TEST_CASE("a stream of TCP gives and takes the bytes of its socket") {
  io_context context{1};
  Reactor reactor(context.get_executor());
  test::Connection made = test::connection();
  Socket socket(reactor, made.gates.release());
  SocketStream stream(socket);
  CHECK(stream.plain_socket() == &socket);
  char buffer[16];
  CHECK(stream.read(buffer) == -1);
  CHECK(sys::would_block());
  test::send_all(made.ours.get(), "ping");
  std::optional<error_code> told;
  stream.when(Reactor::Until::readable, ReadyHandler([&told](error_code how) { told = how; }));
  while (!told) context.run_one();
  CHECK_FALSE(*told);
  REQUIRE(stream.read(buffer) == 4);
  CHECK(std::string_view(buffer, 4) == "ping");
  CHECK(stream.write("po", "ng") == 4);
  CHECK(stream.write("!", {}) == 1);
  CHECK(test::read_bytes(made.ours.get(), 5) == "pong!");

  told.reset();
  stream.when(Reactor::Until::readable, ReadyHandler([&told](error_code how) { told = how; }));
  stream.cancel();
  CHECK_FALSE(told);
  while (!told) context.run_one();
  CHECK(*told == asio::error::operation_aborted);
  made.ours.close();
  while (stream.read(buffer) < 0 && sys::would_block()) ::usleep(1000);
  CHECK(stream.read(buffer) == 0);
}

}  // namespace
}  // namespace sallyport
