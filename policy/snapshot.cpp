#include "policy/snapshot.h"

#include <algorithm>
#include <atomic>

namespace sallyport {

std::uint64_t Snapshot::next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

std::optional<std::uint32_t> Snapshot::client_of(const IpAddress& address) const {
  for (std::uint32_t i = 0; i < clients.size(); ++i) {
    const auto& networks = clients[i].networks;
    const bool is_inside =
        std::any_of(networks.begin(), networks.end(),
                    [&](const Network& network) { return network.contains(address); });
    if (is_inside) return i;
  }
  return std::nullopt;
}

std::string_view Snapshot::rule_name(RuleIndex rule) const {
  return rule < rules.size() ? std::string_view(rules[rule].name) : std::string_view();
}

}  // namespace sallyport
