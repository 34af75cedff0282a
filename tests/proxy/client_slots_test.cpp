#include "proxy/client_slots.h"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

const IpAddress kAnn = IpAddress::v4({10, 0, 0, 1});
const IpAddress kBob = IpAddress::v4({10, 0, 0, 2});

using Outcome = ClientSlots::Entry::Outcome;

struct Queue final : ClientQueue {
  void admit(const IpAddress& client, std::uint64_t ticket) override {
    CHECK(client == kAnn);
    admitted.push_back(ticket);
  }
  std::vector<std::uint64_t> admitted;
};

/// Enters `count` connections of Ann's: the tickets of those that wait.
std::vector<std::uint64_t> enter(ClientSlots& slots, Queue& queue, int count) {
  std::vector<std::uint64_t> tickets;
  for (int i = 0; i < count; ++i) {
    const ClientSlots::Entry entry = slots.enter(kAnn, queue);
    if (entry.outcome == Outcome::waiting) tickets.push_back(entry.ticket);
  }
  return tickets;
}

TEST_CASE("up to the limit are admitted, four times as many wait, the next is refused") {
  ClientSlots slots(2);
  Queue queue;
  CHECK(slots.enter(kAnn, queue).outcome == Outcome::admitted);
  CHECK(slots.enter(kAnn, queue).outcome == Outcome::admitted);
  for (int i = 0; i < 8; ++i) CHECK(slots.enter(kAnn, queue).outcome == Outcome::waiting);
  CHECK(slots.enter(kAnn, queue).outcome == Outcome::refused);
  CHECK(slots.enter(kBob, queue).outcome == Outcome::admitted);
}

TEST_CASE("each that ends lets the first that waits in, in order of arrival") {
  ClientSlots slots(1);
  Queue queue;
  const auto tickets = enter(slots, queue, 4);
  REQUIRE(tickets.size() == 3);
  for (int i = 0; i < 3; ++i) slots.release(kAnn);
  CHECK(queue.admitted == tickets);
  // The last of them holds the place.
  CHECK(slots.enter(kAnn, queue).outcome == Outcome::waiting);
  slots.release(kAnn);
  slots.release(kAnn);
  CHECK(slots.enter(kAnn, queue).outcome == Outcome::admitted);
}

TEST_CASE("who comes while others wait waits too, even with a place free") {
  ClientSlots slots(1);
  Queue queue;
  enter(slots, queue, 2);
  slots.configure(5, 100);
  CHECK(slots.enter(kAnn, queue).outcome == Outcome::waiting);
}

TEST_CASE("a ticket can be given back until its turn has come") {
  ClientSlots slots(1);
  Queue queue;
  const auto tickets = enter(slots, queue, 3);
  CHECK(slots.leave_queue(kAnn, tickets[0]));
  CHECK_FALSE(slots.leave_queue(kAnn, tickets[0]));
  CHECK_FALSE(slots.leave_queue(kBob, tickets[1]));
  slots.release(kAnn);
  CHECK(queue.admitted == std::vector{tickets[1]});
  CHECK_FALSE(slots.leave_queue(kAnn, tickets[1]));
}

TEST_CASE("a higher limit lets in all that it has places for at the next end") {
  ClientSlots slots(1);
  Queue queue;
  const auto tickets = enter(slots, queue, 4);
  slots.configure(3, 100);
  slots.release(kAnn);
  CHECK(queue.admitted == tickets);
}

TEST_CASE("under a lower limit the next come in when enough have ended") {
  ClientSlots slots(3);
  Queue queue;
  const auto tickets = enter(slots, queue, 4);
  slots.configure(1, 100);
  slots.release(kAnn);
  slots.release(kAnn);
  CHECK(queue.admitted.empty());
  slots.release(kAnn);
  CHECK(queue.admitted == tickets);
}

TEST_CASE("a slot is given up once, by whoever holds it last") {
  ClientSlots slots(1);
  Queue queue;
  slots.enter(kAnn, queue);
  {
    ClientSlot slot(&slots, kAnn);
    ClientSlot moved(std::move(slot));
    ClientSlot assigned;
    assigned = std::move(moved);
    CHECK(slots.enter(kAnn, queue).outcome == Outcome::waiting);
  }
  CHECK(queue.admitted.size() == 1);
  slots.release(kAnn);
  slots.release(kBob);  // never came: nothing happens
  CHECK(slots.enter(kAnn, queue).outcome == Outcome::admitted);
}

TEST_CASE("places stay exact when many threads come and go") {
  ClientSlots slots(4);
  struct Counting final : ClientQueue {
    void admit(const IpAddress&, std::uint64_t) override { ++admitted; }
    std::atomic<int> admitted{0};
  } queue;
  std::atomic<int> in{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 2000; ++n) {
        const auto entry = slots.enter(kAnn, queue);
        if (entry.outcome == Outcome::admitted) {
          ++in;
          slots.release(kAnn);
        } else if (entry.outcome == Outcome::waiting && slots.leave_queue(kAnn, entry.ticket)) {
          ++in;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int left = queue.admitted; left > 0; --left) slots.release(kAnn);
  CHECK(in + queue.admitted == 8000);
  for (int i = 0; i < 4; ++i) CHECK(slots.enter(kAnn, queue).outcome == Outcome::admitted);
  CHECK(slots.enter(kAnn, queue).outcome == Outcome::waiting);
}

}  // namespace
}  // namespace sallyport
