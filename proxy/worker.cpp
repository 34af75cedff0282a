#include "proxy/worker.h"

#include <algorithm>

#include "metrics/wall_clock.h"
#include "policy/decide.h"
#include "policy/dial_choice.h"
#include "policy/facts_of.h"
#include "proxy/resolver_config.h"

namespace sallyport {
namespace {

std::unique_ptr<TlsLegs> legs_of(const PolicyParts& policy) {
  return policy.tls ? std::make_unique<TlsLegs>(*policy.tls) : nullptr;
}

/// Larger than a hello of any kind, and what makes a bulk transfer worth a pipe.
constexpr std::size_t kScratchBytes = 64 * 1024;

constexpr std::chrono::milliseconds kDrainTick{100};
/// A tunnel without a byte for this long is idle when the gate drains.
constexpr std::chrono::seconds kIdleInDrain{2};
/// What is still being dialled or resolved then is given up.
constexpr std::chrono::seconds kGiveUpAfterEnd{1};
/// Records that are this far apart do not keep the memory of a busy gate.
constexpr std::chrono::seconds kQuietBeforeTrim{1};
/// Wall clocks step: an `until` is looked at again at least so often.
constexpr std::chrono::minutes kJudgingEvery{1};

}  // namespace

Worker::Worker(Gate& gate, WorkerCounters& counters, Recorder::Parts recorder, PolicyParts policy,
               const std::vector<int>& sockets, OwnAddresses own)
    : gate_(gate),
      counters_(counters),
      recorder_(std::move(recorder)),
      snapshot_(policy.snapshot),
      policy_hash_(std::make_shared<const std::string>(snapshot_->hash)),
      tls_(legs_of(policy)),
      own_(std::move(own)),
      scratch_(kScratchBytes),
      reactor_(executor()),
      deadlines_(executor(), snapshot_->timeouts),
      dns_health_(gate.log),
      resolver_(executor(), resolver_config(snapshot_->resolver),
                [this](Resolution::Outcome outcome, std::chrono::nanoseconds took) {
                  counters_.resolver_seconds.observe(took);
                  dns_health_.saw(outcome);
                }),
      pipes_(gate.pipes_per_worker),
      origins_(deadlines_, tls_buffers_),
      waiting_room_(*this),
      judging_(executor()),
      draining_(executor()),
      trimming_(executor()) {
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    listeners_.push_back(
        std::make_unique<Listener>(*this, static_cast<std::uint16_t>(i), sockets[i]));
  }
}

Worker::~Worker() {
  // Other workers' connections may not be handed to a room that is gone.
  waiting_room_.close();
  // Frames and handlers that never ran refer to the members below.
  session_tasks_.destroy_all();
  origins_.clear();
  context_.shutdown();
  while (!tunnels_.empty()) delete &tunnels_.front();
}

void Worker::run() {
  const auto work = asio::make_work_guard(context_);
  for (const auto& listener : listeners_) listener->start();
  schedule_judging();
  context_.run();
}

TimePoint Worker::now() const { return wall_clock(); }

bool Worker::is_own(const IpAddress& address) const {
  return std::binary_search(own_->begin(), own_->end(), address);
}

void Worker::session_failed(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& failure) {
    gate_.log.log_limited("session", OperatorLog::Level::error,
                          std::string("a session ended by a fault of ours: ") + failure.what());
  } catch (...) {
    gate_.log.log_limited("session", OperatorLog::Level::error,
                          "a session ended by a fault of ours");
  }
}

void Worker::adopt(PolicyParts policy) {
  asio::post(context_, [this, policy = std::move(policy)] {
    const SnapshotPtr& snapshot = policy.snapshot;
    const bool asks_others = snapshot->resolver != snapshot_->resolver;
    snapshot_ = snapshot;
    tls_ = legs_of(policy);
    policy_hash_ = std::make_shared<const std::string>(snapshot_->hash);
    deadlines_.configure(snapshot_->timeouts);
    if (asks_others) resolver_.configure(resolver_config(snapshot_->resolver));
    resolver_.reload();
    origins_.clear();  // another source address, way or bundle may hold
    judge_anew();
    schedule_judging();
  });
}

void Worker::adopt(OwnAddresses own) {
  asio::post(context_, [this, own = std::move(own)] { own_ = own; });
}

void Worker::judge_anew() {
  for (Session& session : sessions_) session.judge_anew();
  for (auto each = tunnels_.begin(); each != tunnels_.end();) {
    Tunnel& tunnel = *each++;  // a tunnel that is cut may be gone at once
    if (!tunnel.is_open()) continue;
    Facts& facts = tunnel.facts();
    renew(facts, *snapshot_, now());
    if (facts.host.is_literal()) {
      facts.host_is_own_address = is_own(facts.host.address().judged());
    }
    for (ResolvedAddress& address : facts.address->resolved) {
      address.is_own = is_own(address.address.judged());
    }
    tunnel.keep_to(terms_of(*snapshot_, facts));
    // An exchange that lives on as a tunnel is a WebSocket's.
    const bool may_stay =
        facts.kind == Facts::Kind::connect || websocket_may_stay(*snapshot_, facts);
    if (!may_stay || !decide(*snapshot_, facts).is_allow()) tunnel.cut(Reason::tunnel_revoked);
  }
}

void Worker::schedule_judging() {
  const TimePoint time = now();
  std::optional<TimePoint> next;
  for (const Rule& rule : snapshot_->rules) {
    if (rule.until && *rule.until > time && (!next || *rule.until < *next)) next = rule.until;
  }
  if (!next) {
    judging_.cancel();
    return;
  }
  judging_.expires_after(std::min<std::chrono::microseconds>(*next - time, kJudgingEvery));
  judging_.async_wait([this](error_code error) {
    if (error) return;
    judge_anew();
    schedule_judging();
  });
}

void Worker::trim_later() {
  if (is_trim_due_) return;
  is_trim_due_ = true;
  trimming_.expires_after(kQuietBeforeTrim);
  trimming_.async_wait([this, before = recorder_.written()](error_code error) {
    if (error) return;
    is_trim_due_ = false;
    if (recorder_.written() != before) return trim_later();
    recorder_.trim();
  });
}

void Worker::drain() {
  asio::post(context_, [this] { begin_drain(steady_clock::now()); });
}

void Worker::stop() {
  asio::post(context_, [this] { begin_drain(steady_clock::now() - snapshot_->timeouts.drain); });
}

void Worker::begin_drain(steady_clock::time_point time) {
  for (const auto& listener : listeners_) listener->close();
  drain_began_ = time;
  continue_drain();
}

void Worker::continue_drain() {
  const auto elapsed = steady_clock::now() - drain_began_;
  const steady_clock::duration whole = snapshot_->timeouts.drain;
  if (elapsed >= whole) {
    end_everything();
  } else if (elapsed >= whole * 2 / 3) {
    cut_share_of_tunnels(whole - elapsed);
  } else {
    cut_idle_tunnels();
  }
  cut_silent_sessions();
  if (is_empty() || elapsed >= whole + kGiveUpAfterEnd) {
    context_.stop();
    return;
  }
  draining_.expires_after(kDrainTick);
  draining_.async_wait([this](error_code error) {
    if (!error) continue_drain();
  });
}

void Worker::cut_idle_tunnels() {
  const auto idle_since = steady_clock::now() - kIdleInDrain;
  while (Watched* oldest = deadlines_.oldest(Phase::idle)) {
    if (oldest->armed_at() > idle_since) return;
    static_cast<Tunnel*>(oldest)->cut(Reason::draining);
  }
}

void Worker::cut_silent_sessions() {
  const auto silent_since = steady_clock::now() - kIdleInDrain;
  for (Session& session : sessions_) {
    if (session.is_silent_since(silent_since)) session.cut(Reason::draining);
  }
}

void Worker::cut_share_of_tunnels(steady_clock::duration left) {
  const auto ticks = static_cast<std::size_t>(left / kDrainTick) + 1;
  cut_tunnels((tunnels_.size() + ticks - 1) / ticks);
}

void Worker::cut_tunnels(std::size_t count) {
  for (auto each = tunnels_.begin(); each != tunnels_.end() && count > 0; --count) {
    Tunnel& tunnel = *each++;  // a tunnel that is cut may be gone at once
    if (tunnel.is_open()) tunnel.cut(Reason::draining);
  }
}

void Worker::end_everything() {
  waiting_room_.close();
  cut_tunnels(tunnels_.size());
  for (Session& session : sessions_) session.cut(Reason::draining);
}

bool Worker::is_empty() const {
  // Counted from accept to close: what was accepted a moment ago is in none of the lists yet.
  for (std::size_t i = 0; i < counters_.listeners(); ++i) {
    if (counters_.sessions(i) != 0) return false;
  }
  return tunnels_.empty() && sessions_.empty();
}

}  // namespace sallyport
