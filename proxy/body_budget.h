// The memory that request bodies take which are held back until they are judged: bounded in all and
// for each client, so that nobody's uploads starve others. One per worker, on its thread.
#pragma once

#include <cstddef>
#include <map>
#include <utility>

#include "policy/values/ip_address.h"

namespace sallyport {

class BodyBudget {
 public:
  /// So many of the largest bodies fit at once, so many of one client; of chunked ones half as
  /// many, which are held twice.
  static constexpr std::size_t kBodiesMax = 16;
  static constexpr std::size_t kBodiesOfClientMax = 4;

  /// What one body holds. Given back when it dies; the budget outlives it.
  class Share {
   public:
    Share(BodyBudget& budget, const IpAddress& client) : budget_(&budget), client_(client) {}
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)),
          client_(other.client_),
          held_(other.held_) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (budget_ != nullptr) budget_->give(client_, held_);
    }

    /// More bytes, where a body may have `body_max`; false: there is no room for them now.
    bool take(std::size_t bytes, std::size_t body_max) {
      if (!budget_->take(client_, bytes, body_max)) return false;
      held_ += bytes;
      return true;
    }

   private:
    BodyBudget* budget_;
    IpAddress client_;
    std::size_t held_ = 0;
  };

 private:
  bool take(const IpAddress& client, std::size_t bytes, std::size_t body_max) {
    std::size_t& of_client = of_clients_[client];
    const bool has_room =
        all_ + bytes <= kBodiesMax * body_max && of_client + bytes <= kBodiesOfClientMax * body_max;
    if (has_room) {
      all_ += bytes;
      of_client += bytes;
    } else if (of_client == 0) {
      of_clients_.erase(client);
    }
    return has_room;
  }

  void give(const IpAddress& client, std::size_t bytes) {
    const auto found = of_clients_.find(client);
    if (found == of_clients_.end()) return;
    all_ -= bytes;
    found->second -= bytes;
    if (found->second == 0) of_clients_.erase(found);
  }

  std::size_t all_ = 0;
  std::map<IpAddress, std::size_t> of_clients_;
};

}  // namespace sallyport
