// How many connections each client has open, over all workers, and who waits for a place
// (`limits.connections_per_client`; SEMANTICS.md section 11, Many tunnels at once). Thread-safe;
// its locks are touched at accept and at close alone.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "policy/values/ip_address.h"

namespace sallyport {

class ClientSlots;

/// A client's connection as its limit counts it; gives its place on when it dies.
class ClientSlot {
 public:
  ClientSlot() = default;
  ClientSlot(ClientSlots* slots, const IpAddress& client) : slots_(slots), client_(client) {}
  ClientSlot(ClientSlot&& other) noexcept
      : slots_(std::exchange(other.slots_, nullptr)), client_(other.client_) {}
  ClientSlot& operator=(ClientSlot&& other) noexcept;
  ~ClientSlot() { release(); }

  void release();

 private:
  ClientSlots* slots_ = nullptr;
  IpAddress client_;
};

/// Where a connection waits for its turn.
class ClientQueue {
 public:
  /// The turn of the connection with this ticket has come: its place is taken. Called by the thread
  /// that gave the place up, so it may only post to the queue's own worker.
  virtual void admit(const IpAddress& client, std::uint64_t ticket) = 0;

 protected:
  ~ClientQueue() = default;
};

class ClientSlots {
 public:
  explicit ClientSlots(std::uint32_t per_client) : per_client_(per_client) {}

  /// A new limit; holds for who comes from now on.
  /// Never more than `waiting_max` wait for one client's places.
  void configure(std::uint32_t per_client, std::uint32_t waiting_max) {
    per_client_.store(per_client, std::memory_order_relaxed);
    waiting_max_.store(waiting_max, std::memory_order_relaxed);
  }

  struct Entry {
    enum class Outcome : std::uint8_t { admitted, waiting, refused };
    Outcome outcome = Outcome::admitted;
    std::uint64_t ticket = 0;  ///< of who waits
  };

  /// Takes a place (the caller makes the ClientSlot), or a ticket in the order of arrival; refused
  /// where four times the limit wait already.
  Entry enter(const IpAddress& client, ClientQueue& queue);

  /// Gives a ticket back; false: its turn has come already, and admit() was or is being called.
  bool leave_queue(const IpAddress& client, std::uint64_t ticket);

  /// Gives a place up: to the first that waits, if there is one.
  void release(const IpAddress& client);

 private:
  struct Waiting {
    std::uint64_t ticket;
    ClientQueue* queue;
  };
  struct Client {
    std::uint32_t open = 0;
    std::deque<Waiting> waiting;
  };
  struct Hash {
    std::size_t operator()(const IpAddress& address) const;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<IpAddress, Client, Hash> clients;
    std::uint64_t last_ticket = 0;
  };
  Shard& shard(const IpAddress& client);

  std::atomic<std::uint32_t> per_client_;
  std::atomic<std::uint32_t> waiting_max_{0xffffffff};
  std::array<Shard, 64> shards_;
};

}  // namespace sallyport
