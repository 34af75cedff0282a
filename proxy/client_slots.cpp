#include "proxy/client_slots.h"

#include <algorithm>

namespace sallyport {
namespace {

/// More than this many times its limit may not wait for one client's places.
constexpr std::uint32_t kWaitingPerPlace = 4;

}  // namespace

ClientSlot& ClientSlot::operator=(ClientSlot&& other) noexcept {
  if (this != &other) {
    release();
    slots_ = std::exchange(other.slots_, nullptr);
    client_ = other.client_;
  }
  return *this;
}

void ClientSlot::release() {
  if (slots_ != nullptr) std::exchange(slots_, nullptr)->release(client_);
}

std::size_t ClientSlots::Hash::operator()(const IpAddress& address) const {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const std::uint8_t byte : address.bytes()) hash = (hash ^ byte) * 0x100000001b3ULL;
  return static_cast<std::size_t>(hash);
}

ClientSlots::Shard& ClientSlots::shard(const IpAddress& client) {
  return shards_[(Hash()(client) >> 7) % shards_.size()];
}

ClientSlots::Entry ClientSlots::enter(const IpAddress& address, ClientQueue& queue) {
  Shard& home = shard(address);
  const std::uint32_t limit = per_client_.load(std::memory_order_relaxed);
  const std::scoped_lock lock(home.mutex);
  Client& client = home.clients[address];
  if (client.open < limit && client.waiting.empty()) {
    ++client.open;
    return {.outcome = Entry::Outcome::admitted};
  }
  const std::size_t waiting_max = std::min<std::size_t>(
      std::size_t{limit} * kWaitingPerPlace, waiting_max_.load(std::memory_order_relaxed));
  if (client.waiting.size() >= waiting_max) {
    return {.outcome = Entry::Outcome::refused};
  }
  client.waiting.push_back({++home.last_ticket, &queue});
  return {.outcome = Entry::Outcome::waiting, .ticket = home.last_ticket};
}

bool ClientSlots::leave_queue(const IpAddress& address, std::uint64_t ticket) {
  Shard& home = shard(address);
  const std::scoped_lock lock(home.mutex);
  const auto client = home.clients.find(address);
  if (client == home.clients.end()) return false;
  auto& queue = client->second.waiting;
  const auto waiting = std::find_if(
      queue.begin(), queue.end(), [ticket](const Waiting& each) { return each.ticket == ticket; });
  if (waiting == queue.end()) return false;
  queue.erase(waiting);
  return true;
}

void ClientSlots::release(const IpAddress& address) {
  Shard& home = shard(address);
  const std::uint32_t limit = per_client_.load(std::memory_order_relaxed);
  const std::scoped_lock lock(home.mutex);
  const auto client = home.clients.find(address);
  if (client == home.clients.end()) return;
  auto& [open, queue] = client->second;
  --open;
  // More than one, where the limit was raised meanwhile; none, where it was lowered.
  while (open < limit && !queue.empty()) {
    const Waiting next = queue.front();
    queue.pop_front();
    ++open;
    next.queue->admit(address, next.ticket);
  }
  if (open == 0 && queue.empty()) home.clients.erase(client);
}

}  // namespace sallyport
