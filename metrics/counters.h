// What one worker counts. Its own thread alone writes; the collector reads from another. Plain
// integers, but for the tables of blocks, whose mutex is taken on a block and at a scrape.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "metrics/attempt_record.h"
#include "metrics/counts.h"
#include "metrics/top_hosts.h"

namespace sallyport {

inline constexpr std::size_t kDecisionCount = 3;

class WorkerCounters {
 public:
  using BlockKey = std::tuple<Reason, std::string, std::string>;  // reason, rule, client name
  using Blocks = std::map<BlockKey, std::uint64_t>;

  /// `listeners`: how many there are. `top_hosts`: how many are shown; 0: none is counted.
  WorkerCounters(std::size_t listeners, std::size_t top_hosts);

  // By the worker's Recorder alone.
  void count(const AttemptRecord& record);
  /// Counts a block within a tunnel, whose opening was counted: no further attempt.
  void count_block(const AttemptRecord& record);
  void tunnel_began() { tunnels_.add(1); }
  void tunnel_ended(Reason reason, std::uint64_t bytes_up, std::uint64_t bytes_down);

  // By the worker, as it happens.
  void session_began(std::uint16_t listener) { add_sessions(listener, 1); }
  void session_ended(std::uint16_t listener) { add_sessions(listener, -1); }
  LatencyHistogram decision_seconds{decision_bounds()};
  LatencyHistogram connect_seconds{wait_bounds()};
  LatencyHistogram resolver_seconds{wait_bounds()};
  Count tls_ech;
  Count leaf_cache_hits;
  Count leaf_cache_misses;

  // Any thread.
  std::size_t listeners() const { return listener_count_; }
  std::int64_t requests(std::size_t listener, Decision decision, Reason reason) const;
  std::int64_t sessions(std::size_t listener) const {
    return listeners_[listener].sessions.value();
  }
  std::int64_t tunnels() const { return tunnels_.value(); }
  std::int64_t tunnels_closed(Reason reason) const;
  std::int64_t bytes_up() const { return bytes_up_.value(); }
  std::int64_t bytes_down() const { return bytes_down_.value(); }
  std::int64_t dns_queries(Decision decision) const;
  Blocks blocks() const;
  std::vector<TopHosts::Entry> blocked_hosts() const;

 private:
  using ByReason = std::array<Count, kReasonCount>;
  struct ListenerCounters {
    std::array<ByReason, kDecisionCount> requests;
    Count sessions;
  };

  void add_sessions(std::uint16_t listener, std::int64_t n);

  std::size_t listener_count_;
  std::unique_ptr<ListenerCounters[]> listeners_;
  Count tunnels_;
  ByReason tunnels_closed_;
  Count bytes_up_;
  Count bytes_down_;
  std::array<Count, kDecisionCount> dns_queries_;

  mutable std::mutex mutex_;  // guards the two below
  Blocks blocks_;
  TopHosts blocked_hosts_;
};

}  // namespace sallyport
