// What each client holds of something that all of a worker's clients share and that has a bound:
// names being looked up, sessions that wait for them. Of one half a client may take one more while
// it holds less than is free there, so that in the long run n greedy clients get 1/(n+1) of it each
// and as much stays free; the other half is for clients that hold nothing yet. So who asks for one
// at a time is kept out by no crowd smaller than that half. Not safe for threads.
#pragma once

#include <cstddef>
#include <map>

#include "policy/values/ip_address.h"

namespace sallyport {

class ClientShares {
 public:
  /// The client may take one more of `capacity` in all.
  bool has_room(const IpAddress& client, std::size_t capacity) const {
    const auto held = held_.find(client);
    if (held == held_.end()) return taken_ < capacity;
    const std::size_t shared = capacity / 2;
    return taken_ < shared && held->second < shared - taken_;
  }

  void take(const IpAddress& client) {
    ++held_[client];
    ++taken_;
  }

  /// REQUIRES: the client took what it gives back.
  void give_back(const IpAddress& client) {
    const auto held = held_.find(client);
    if (--held->second == 0) held_.erase(held);
    --taken_;
  }

 private:
  std::map<IpAddress, std::size_t> held_;  // none of them is 0
  std::size_t taken_ = 0;
};

}  // namespace sallyport
