#include "policy/guard.h"

#include <algorithm>

namespace sallyport {
namespace {

bool any_contains(const std::vector<Network>& networks, const IpAddress& address) noexcept {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.contains(address); });
}

/// Never to be dialled, whatever a policy says.
bool is_banned(const ResolvedAddress& address) noexcept {
  return address.is_own || address.address_class == AddressClass::forbidden;
}

}  // namespace

bool passes_guard(const Snapshot& snapshot, const ResolvedAddress& address) noexcept {
  if (is_banned(address)) return false;
  return address.address_class == AddressClass::global || address.is_routed ||
         any_contains(snapshot.destinations.allow_networks, address.address.judged());
}

bool rule_accepts(const Snapshot& snapshot, const Rule& rule,
                  const ResolvedAddress& address) noexcept {
  if (is_banned(address)) return false;
  if (rule.networks.empty()) return passes_guard(snapshot, address);
  const bool is_lifted = rule.is_allow() && rule.enforces();
  return any_contains(rule.networks, address.address.judged()) &&
         (is_lifted || passes_guard(snapshot, address));
}

std::span<const ResolvedAddress> candidates(const Facts& facts, ResolvedAddress& dialled) noexcept {
  if (!facts.keeps_way()) return {};
  const AddressFacts& known = *facts.address;
  if (!known.dialled) return known.resolved;
  bool is_found = false;
  for (const ResolvedAddress& each : known.resolved) {
    if (each.address != *known.dialled) continue;
    const bool is_own = (is_found && dialled.is_own) || each.is_own;
    dialled = each;
    dialled.is_own = is_own;
    is_found = true;
  }
  if (!is_found) dialled = ResolvedAddress(*known.dialled, false);
  return {&dialled, 1};
}

bool accepts_some(const Snapshot& snapshot, const Rule& rule, const Facts& facts) noexcept {
  if (!facts.knows_address()) return false;
  ResolvedAddress dialled;
  const auto addresses = candidates(facts, dialled);
  return std::any_of(addresses.begin(), addresses.end(), [&](const ResolvedAddress& address) {
    return rule_accepts(snapshot, rule, address);
  });
}

bool literal_is_forbidden(const Snapshot& snapshot, const Facts& facts) noexcept {
  return facts.host.is_literal() &&
         !passes_guard(snapshot, {facts.host.address(), facts.host_is_own_address});
}

}  // namespace sallyport
