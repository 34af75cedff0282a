#include "metrics/counters.h"

namespace sallyport {
namespace {

// Rule and client names come from policies, so their number is bounded; over many reloads it might
// still grow, and what is beyond this many series is counted without names.
constexpr std::size_t kBlockSeriesMax = 4096;
// The sketch is more precise than what is shown of it.
constexpr std::size_t kSketchFactor = 8;

std::size_t index(Decision decision) { return static_cast<std::size_t>(decision); }
std::size_t index(Reason reason) { return static_cast<std::size_t>(reason); }

}  // namespace

WorkerCounters::WorkerCounters(std::size_t listeners, std::size_t top_hosts)
    : listener_count_(listeners),
      listeners_(std::make_unique<ListenerCounters[]>(listeners)),
      blocked_hosts_(top_hosts * kSketchFactor) {}

void WorkerCounters::count(const AttemptRecord& record) {
  if (record.listener < listener_count_) {
    listeners_[record.listener].requests[index(record.decision)][index(record.reason)].add();
  }
  if (record.event == Event::dns) dns_queries_[index(record.decision)].add();
  bytes_up_.add(static_cast<std::int64_t>(record.bytes_up.value_or(0)));
  bytes_down_.add(static_cast<std::int64_t>(record.bytes_down.value_or(0)));
  if (record.decision == Decision::block) count_block(record);
}

void WorkerCounters::count_block(const AttemptRecord& record) {
  const std::lock_guard lock(mutex_);
  BlockKey key(record.reason, record.rule, record.client_name);
  if (auto found = blocks_.find(key); found != blocks_.end()) {
    ++found->second;
  } else if (blocks_.size() < kBlockSeriesMax) {
    blocks_.emplace(std::move(key), 1);
  } else {
    ++blocks_[BlockKey(record.reason, "", "")];
  }
  if (record.host_is_canonical) blocked_hosts_.count(record.host);
}

void WorkerCounters::tunnel_ended(Reason reason, std::uint64_t bytes_up, std::uint64_t bytes_down) {
  tunnels_.add(-1);
  tunnels_closed_[index(reason)].add();
  bytes_up_.add(static_cast<std::int64_t>(bytes_up));
  bytes_down_.add(static_cast<std::int64_t>(bytes_down));
}

void WorkerCounters::add_sessions(std::uint16_t listener, std::int64_t n) {
  if (listener < listener_count_) listeners_[listener].sessions.add(n);
}

std::int64_t WorkerCounters::requests(std::size_t listener, Decision decision,
                                      Reason reason) const {
  return listeners_[listener].requests[index(decision)][index(reason)].value();
}

std::int64_t WorkerCounters::tunnels_closed(Reason reason) const {
  return tunnels_closed_[index(reason)].value();
}

std::int64_t WorkerCounters::dns_queries(Decision decision) const {
  return dns_queries_[index(decision)].value();
}

WorkerCounters::Blocks WorkerCounters::blocks() const {
  const std::lock_guard lock(mutex_);
  return blocks_;
}

std::vector<TopHosts::Entry> WorkerCounters::blocked_hosts() const {
  const std::lock_guard lock(mutex_);
  return blocked_hosts_.entries();
}

}  // namespace sallyport
