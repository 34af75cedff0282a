// A worker whose turns the test takes itself, one after the other, in its own thread.
#pragma once

#include <algorithm>
#include <string>

#include "tests/proxy/running_worker.h"

namespace sallyport::test {

class IdleWorker {
 public:
  explicit IdleWorker(const RunningWorker::Options& options = {}) : running_(options) {}

  Worker& worker() { return running_.worker(); }
  executor turns() { return worker().executor(); }
  /// One turn, and then other sessions use the buffers that all share. False: nothing is to be
  /// done.
  bool turn() {
    const bool did = context().poll_one() > 0;
    std::ranges::fill(worker().scratch(), '#');
    worker().head_buffer().assign(worker().head_buffer().size(), '#');
    return did;
  }
  /// All turns, until nothing moves without somebody else.
  void settle() {
    while (turn()) {
    }
  }
  /// Turns as sockets and time bring them, until that holds; false after ten seconds.
  template <class Condition>
  bool run_until(Condition condition) {
    const auto end = steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && steady_clock::now() < end) {
      context().run_one_for(std::chrono::milliseconds(10));
    }
    return condition();
  }
  void run_for(std::chrono::milliseconds span) { context().run_for(span); }

 private:
  io_context& context() { return worker().executor().context(); }

  RunningWorker running_;
};

}  // namespace sallyport::test
