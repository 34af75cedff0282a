#include "proxy/deadlines.h"

#include <string>
#include <thread>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using std::chrono::milliseconds;

Timeouts timeouts(milliseconds header, milliseconds idle = milliseconds(60'000)) {
  Timeouts made;
  made.header = header;
  made.idle = idle;
  return made;
}

/// Writes its name down when it expires.
struct Sleeper final : Watched {
  Sleeper(std::string its_name, std::string& expired) : name(std::move(its_name)), log(expired) {}
  void expire() override { log += name; }
  std::string name;
  std::string& log;
};

/// Arms itself anew once.
struct Snoozer final : Watched {
  explicit Snoozer(Deadlines& of) : deadlines(of) {}
  void expire() override {
    if (++expiries == 1) deadlines.arm(*this, Phase::header);
  }
  Deadlines& deadlines;
  int expiries = 0;
};

/// Dies of its expiry, as a tunnel does.
struct Mayfly final : Watched {
  explicit Mayfly(bool& is_gone) : gone(is_gone) {}
  ~Mayfly() override { gone = true; }
  void expire() override { delete this; }
  bool& gone;
};

struct Fixture {
  explicit Fixture(const Timeouts& spans) : deadlines(context.get_executor(), spans) {}
  void run(int ms) {
    context.restart();
    context.run_for(milliseconds(ms));
  }
  io_context context{1};
  Deadlines deadlines;
  std::string expired;
  Sleeper a{"a", expired};
  Sleeper b{"b", expired};
  Sleeper c{"c", expired};
};

TEST_CASE("who is armed expires once, after the phase's span, first armed first") {
  Fixture at(timeouts(milliseconds(150)));
  at.deadlines.arm(at.b, Phase::header);
  at.deadlines.arm(at.a, Phase::header);
  at.deadlines.arm(at.c, Phase::idle);
  at.run(50);
  CHECK(at.expired.empty());
  at.run(400);
  CHECK(at.expired == "ba");
  at.run(200);
  CHECK(at.expired == "ba");
}

TEST_CASE("the shorter span expires first, whichever was armed first") {
  Fixture at(timeouts(milliseconds(100), milliseconds(300)));
  at.deadlines.arm(at.a, Phase::idle);
  at.deadlines.arm(at.b, Phase::header);
  at.run(600);
  CHECK(at.expired == "ba");
}

TEST_CASE("who is disarmed, or dies, or is armed anew elsewhere does not expire") {
  Fixture at(timeouts(milliseconds(100)));
  at.deadlines.arm(at.a, Phase::header);
  at.deadlines.disarm(at.a);
  at.deadlines.disarm(at.b);  // was not armed: nothing happens
  at.deadlines.arm(at.c, Phase::header);
  at.deadlines.arm(at.c, Phase::idle);
  {
    Sleeper dies("d", at.expired);
    at.deadlines.arm(dies, Phase::header);
  }
  at.run(400);
  CHECK(at.expired.empty());
}

TEST_CASE("expiring may arm anew, and may be the end") {
  Fixture at(timeouts(milliseconds(100)));
  Snoozer snoozer(at.deadlines);
  bool is_gone = false;
  at.deadlines.arm(snoozer, Phase::header);
  at.deadlines.arm(*new Mayfly(is_gone), Phase::header);
  at.run(200);
  CHECK(is_gone);
  CHECK(snoozer.expiries >= 1);
  at.run(400);
  CHECK(snoozer.expiries == 2);
}

TEST_CASE("a shorter span after a reload holds for who is armed already") {
  Fixture at(timeouts(milliseconds(60'000)));
  at.deadlines.arm(at.a, Phase::header);
  at.deadlines.configure(timeouts(milliseconds(50)));
  at.run(400);
  CHECK(at.expired == "a");
}

TEST_CASE("touch begins the span anew, looked at once a second; who is not armed stays so") {
  Fixture at(timeouts(milliseconds(60'000)));
  at.deadlines.arm(at.a, Phase::idle);
  at.deadlines.arm(at.b, Phase::idle);
  const auto armed = at.a.armed_at();
  at.deadlines.touch(at.a);
  CHECK(at.a.armed_at() == armed);
  CHECK(at.deadlines.oldest(Phase::idle) == &at.a);
  std::this_thread::sleep_for(milliseconds(1050));
  at.deadlines.touch(at.a);
  CHECK(at.a.armed_at() > armed + std::chrono::seconds(1));
  CHECK(at.deadlines.oldest(Phase::idle) == &at.b);
  at.deadlines.touch(at.c);
  CHECK(at.deadlines.oldest(Phase::header) == nullptr);
}

}  // namespace
}  // namespace sallyport
