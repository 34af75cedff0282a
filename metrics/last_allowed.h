// Which host each client was allowed last. Bounded: where too many clients are remembered, those
// allowed longest ago are forgotten. Not for use by several threads at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/values/facts.h"

namespace sallyport {

class LastAllowed {
 public:
  /// After that a client's next host has nothing to do with the last one.
  static constexpr std::chrono::seconds kSpan{5};

  /// REQUIRES: clients_max of 2 at least.
  explicit LastAllowed(std::size_t clients_max) : clients_max_(clients_max) {}

  /// The client was allowed this host, in an attempt that began and ended then.
  void note(std::string_view client, std::string_view host, TimePoint began, TimePoint ended);

  /// The host that the client was allowed last, in an attempt that began before `time` and had not
  /// ended longer than kSpan ago; `""` where there is none. Valid until the next note().
  std::string_view before(std::string_view client, TimePoint time) const;

  std::size_t size() const { return clients_.size(); }

 private:
  struct Visit {
    std::string host;
    TimePoint began;
    TimePoint ended;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view client) const {
      return std::hash<std::string_view>()(client);
    }
  };

  void make_room(TimePoint now);

  std::size_t clients_max_;
  std::unordered_map<std::string, Visit, Hash, std::equal_to<>> clients_;
};

}  // namespace sallyport
