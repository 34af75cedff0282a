#include "proxy/deadlines.h"

#include <algorithm>
#include <ctime>

namespace sallyport {
namespace {

/// Expiries are this exact; fewer wake-ups are cheaper than earlier ones.
constexpr std::chrono::milliseconds kGrain{100};
/// How long a refused client may take to read its answer and go.
constexpr std::chrono::seconds kLinger{2};
/// How long a connection above its client's limit waits for its turn (SEMANTICS.md section 11).
constexpr std::chrono::seconds kWaitForSlot{10};

/// The steady clock as of the last tick of the kernel, some milliseconds ago at most, at a fifth of
/// the price.
steady_clock::time_point coarse_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                  std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace

Deadlines::Deadlines(executor ex, const Timeouts& timeouts) : timer_(ex) { configure(timeouts); }

void Deadlines::configure(const Timeouts& timeouts) {
  spans_ = {timeouts.header,       kWaitForSlot,  timeouts.connect,
            timeouts.client_hello, timeouts.idle, kLinger,
            timeouts.response,     timeouts.idle, timeouts.keep_alive,
            timeouts.origin_idle};
  for (const List& each : lists_) {
    if (!each.empty()) schedule(steady_clock::now() + kGrain);
  }
}

void Deadlines::arm(Watched& watched, Phase phase) {
  disarm(watched);
  watched.phase_ = phase;
  watched.armed_at_ = coarse_now();
  list(phase).push_back(watched);
  schedule(watched.armed_at_ + span(phase));
}

void Deadlines::touch(Watched& watched) {
  if (!watched.DeadlineHook::is_linked()) return;
  const auto now = coarse_now();
  if (now - watched.armed_at_ < std::chrono::seconds(1)) return;
  watched.DeadlineHook::unlink();
  watched.armed_at_ = now;
  list(watched.phase_).push_back(watched);
}

void Deadlines::disarm(Watched& watched) {
  if (watched.DeadlineHook::is_linked()) watched.DeadlineHook::unlink();
}

Watched* Deadlines::oldest(Phase phase) {
  List& members = list(phase);
  return members.empty() ? nullptr : &members.front();
}

void Deadlines::schedule(steady_clock::time_point at) {
  if (at >= due_) return;
  due_ = at;
  timer_.expires_at(at);
  timer_.async_wait([this](error_code error) {
    if (!error) check();
  });
}

void Deadlines::check() {
  const auto now = steady_clock::now();
  due_ = steady_clock::time_point::max();
  auto next = due_;
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    while (!lists_[i].empty()) {
      Watched& first = lists_[i].front();
      if (now - first.armed_at_ < spans_[i]) {
        next = std::min(next, first.armed_at_ + spans_[i]);
        break;
      }
      lists_[i].pop_front();
      first.expire();
    }
  }
  if (next != steady_clock::time_point::max()) schedule(std::max(next, now + kGrain));
}

}  // namespace sallyport
