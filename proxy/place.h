// What a connection takes up while it lives: one of all connections, one of its client's, one
// session of its listener in the metrics. Given back when it dies, by the session or by the tunnel
// it became.
#pragma once

#include <cstdint>
#include <utility>

#include "metrics/counters.h"
#include "proxy/client_slots.h"
#include "proxy/gate.h"

namespace sallyport {

class Place {
 public:
  Place(Gate& gate, WorkerCounters& counters, std::uint16_t listener)
      : gate_(&gate), counters_(&counters), listener_(listener) {
    gate_->connections.fetch_add(1, std::memory_order_relaxed);
    counters_->session_began(listener_);
  }
  Place(Place&& other) noexcept
      : gate_(std::exchange(other.gate_, nullptr)),
        counters_(other.counters_),
        listener_(other.listener_),
        slot_(std::move(other.slot_)) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (gate_ == nullptr) return;
    counters_->session_ended(listener_);
    gate_->connections.fetch_sub(1, std::memory_order_relaxed);
  }

  /// The connection's turn within its client's limit has come.
  void take_slot(ClientSlot slot) { slot_ = std::move(slot); }

 private:
  Gate* gate_;
  WorkerCounters* counters_;
  std::uint16_t listener_;
  ClientSlot slot_;
};

}  // namespace sallyport
