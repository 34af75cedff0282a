// How many refused CONNECTs of a client are explained within TLS: a handshake costs more than a
// refusal. One per worker, on its thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>

#include "policy/values/ip_address.h"

namespace sallyport {

class ExplanationBudget {
 public:
  using Clock = std::chrono::steady_clock;

  /// A second, of one client.
  static constexpr unsigned kPerSecond = 4;
  /// Clients a second; those that come later are not explained to.
  static constexpr std::size_t kClientsMax = 256;

  /// One more for the client; false: it has had its share of this second.
  bool take(const IpAddress& client, Clock::time_point now) {
    if (now - second_ >= std::chrono::seconds(1)) {
      second_ = now;
      taken_.clear();
    }
    if (taken_.size() == kClientsMax && !taken_.contains(client)) return false;
    unsigned& taken = taken_[client];
    if (taken == kPerSecond) return false;
    ++taken;
    return true;
  }

 private:
  Clock::time_point second_{};
  std::map<IpAddress, unsigned> taken_;
};

}  // namespace sallyport
