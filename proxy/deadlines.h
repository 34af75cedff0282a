// The deadlines of a worker's sessions: one list a phase and one timer for all (SPEED.md rule 9).
// All members of a list have the same span, so the one that was armed first expires first. One per
// worker, on its thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include <boost/intrusive/list.hpp>

#include "policy/snapshot.h"
#include "proxy/net.h"

namespace sallyport {

/// What a session is doing; each has one time limit.
enum class Phase : std::uint8_t {
  header,
  waiting_for_slot,
  connect,
  client_hello,
  idle,  ///< of tunnels, and of nobody else: a drain takes them from there
  linger,
  response,
  transfer,  ///< of an exchange's bodies; its span is `idle`'s
  keep_alive,
  origin_idle,
};
inline constexpr std::size_t kPhaseCount = 10;

using DeadlineHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<class Deadlines>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Somebody with a deadline. Unlinks itself when it dies.
class Watched : public DeadlineHook {
 public:
  virtual ~Watched() = default;

  /// The deadline passed; called once, on the worker, and not armed any more.
  virtual void expire() = 0;

  steady_clock::time_point armed_at() const { return armed_at_; }

 private:
  friend class Deadlines;
  Phase phase_ = Phase::header;
  steady_clock::time_point armed_at_{};
};

class Deadlines {
 public:
  Deadlines(executor ex, const Timeouts& timeouts);

  /// Other spans; they hold from the next check on for who is armed already.
  void configure(const Timeouts& timeouts);

  /// The span of `phase` begins now.
  void arm(Watched& watched, Phase phase);
  /// The same phase begins anew; cheap, and exact to a second.
  void touch(Watched& watched);
  void disarm(Watched& watched);

  /// The one that has been in `phase` for longest; null if there is none.
  Watched* oldest(Phase phase);

 private:
  using List = boost::intrusive::list<Watched, boost::intrusive::base_hook<DeadlineHook>,
                                      boost::intrusive::constant_time_size<false>>;

  void schedule(steady_clock::time_point at);
  void check();
  List& list(Phase phase) { return lists_[static_cast<std::size_t>(phase)]; }
  steady_clock::duration span(Phase phase) const { return spans_[static_cast<std::size_t>(phase)]; }

  std::array<List, kPhaseCount> lists_;
  std::array<steady_clock::duration, kPhaseCount> spans_{};
  steady_timer timer_;
  steady_clock::time_point due_ = steady_clock::time_point::max();
};

}  // namespace sallyport
