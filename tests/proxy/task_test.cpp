#include "proxy/task.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "proxy/async_event.h"
#include "tests/proxy/run_task.h"

namespace sallyport {
namespace {

task<int> seven() { co_return 7; }

task<int> after(AsyncEvent& event, int value) {
  co_await event.next();
  co_return value;
}

task<int> sum_of(AsyncEvent& event) {
  const int first = co_await seven();
  const int second = co_await after(event, 10);
  const int third = co_await seven();
  co_return first + second + third;
}

TEST_CASE("a task runs within its caller until its first wait, and its caller goes on at its end") {
  RootTask::List tasks;
  AsyncEvent event;
  int result = 0;
  test::run_task(tasks, sum_of(event), [&](int sum) { result = sum; });
  CHECK(result == 0);
  event.notify();
  CHECK(result == 24);
  event.notify();  // nobody waits
  CHECK(result == 24);
}

task<> note(bool& has_run) {
  has_run = true;
  co_return;
}

TEST_CASE("a task that was never awaited did nothing, and is freed") {
  bool has_run = false;
  { const task<> lazy = note(has_run); }
  CHECK_FALSE(has_run);
}

task<std::unique_ptr<std::string>> boxed(const char* text) {
  co_return std::make_unique<std::string>(text);
}

TEST_CASE("a result may be a type that only moves") {
  RootTask::List tasks;
  std::string got;
  test::run_task(tasks, boxed("moved"), [&](std::unique_ptr<std::string> text) { got = *text; });
  CHECK(got == "moved");
}

task<int> fails_after(AsyncEvent& event) {
  co_await event.next();
  throw std::runtime_error("late");
}

task<std::string> what_of(AsyncEvent& event) {
  try {
    co_await fails_after(event);
  } catch (const std::runtime_error& error) {
    co_return error.what();
  }
  co_return "nothing";
}

TEST_CASE("an exception reaches who awaits, also after a wait") {
  RootTask::List tasks;
  AsyncEvent event;
  std::string told;
  test::run_task(tasks, what_of(event), [&](std::string what) { told = std::move(what); });
  event.notify();
  CHECK(told == "late");
}

/// Counts those that live.
struct Counted {
  explicit Counted(int& of) : count(of) { ++count; }
  Counted(const Counted&) = delete;
  ~Counted() { --count; }
  int& count;
};

task<int> holds_until(AsyncEvent& event, int& living) {
  const Counted held(living);
  const int value = co_await after(event, 1);
  co_return value;
}

TEST_CASE("a list that is destroyed frees all frames of the tasks that still wait") {
  int living = 0;
  int ended = 0;
  AsyncEvent events[3];
  {
    RootTask::List tasks;
    for (AsyncEvent& event : events) {
      test::run_task(tasks, holds_until(event, living), [&](int) { ++ended; });
    }
    CHECK(living == 3);
    events[1].notify();
    CHECK(living == 2);
    CHECK(ended == 1);
  }
  CHECK(living == 0);
  CHECK(ended == 1);
}

task<int> many_in_a_row(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await seven();
  co_return sum;
}

TEST_CASE("a loop over tasks that never wait needs no stack") {
  RootTask::List tasks;
  int result = 0;
  test::run_task(tasks, many_in_a_row(1'000'000), [&](int sum) { result = sum; });
  CHECK(result == 7'000'000);
}

}  // namespace
}  // namespace sallyport
