#include "policy/dial_choice.h"

#include <algorithm>

#include <boost/container/small_vector.hpp>

#include "policy/guard.h"

namespace sallyport {
namespace {

/// Counts them all.
constexpr std::uint32_t kAllRules = 0xffffffff;

/// How many rules would have this address dialled, and whether the guard passes it for one of them.
struct Acceptance {
  std::uint32_t rules = 0;
  bool passes_guard = false;
};

/// Stops counting at `enough` rules.
Acceptance acceptance(const Snapshot& snapshot, const Facts& facts, ChosenFor who,
                      const ResolvedAddress& address, std::uint32_t enough) noexcept {
  const bool guard_passes = passes_guard(snapshot, address);
  Acceptance found{.passes_guard = guard_passes};
  if (who == ChosenFor::monitor_mode) {
    found.rules = found.passes_guard ? 1 : 0;
    return found;
  }
  const Mode mode = who == ChosenFor::enforcing_rules ? Mode::enforce : Mode::monitor;
  for (const RuleMatch& match : facts.matches) {
    const Rule& rule = snapshot.rules[match.rule];
    if (!rule.is_allow() || rule.mode != mode) continue;
    const bool is_accepted =
        rule.networks.empty() ? guard_passes : rule_accepts(snapshot, rule, address);
    if (!is_accepted) continue;
    // Judged with the address left open, so that the choice does not depend on itself, and by what
    // was known when a CONNECT was dialled, so that its first bytes do not change the choice.
    const Evaluation found_open = evaluate(snapshot, match, facts, DialChoice{}, Seen::before_dial);
    if (found_open.truth == Truth::no) continue;
    found.passes_guard = true;
    if (++found.rules == enough) break;
  }
  return found;
}

}  // namespace

bool is_monitored(const Snapshot& snapshot, const Facts& facts) noexcept {
  if (facts.client_index) {
    const auto& mode = snapshot.clients[*facts.client_index].mode;
    if (mode) return *mode == Mode::monitor;
  }
  return snapshot.mode == Mode::monitor;
}

ChosenFor chosen_for(const Snapshot& snapshot, const Facts& facts) noexcept {
  if (!facts.lifted) return ChosenFor::enforcing_rules;
  return is_monitored(snapshot, facts) ? ChosenFor::monitor_mode : ChosenFor::monitor_rules;
}

DialChoice choose_address(const Snapshot& snapshot, const Facts& facts, ChosenFor who) noexcept {
  if (!facts.knows_address()) return {};
  if (facts.address->is_assumed) return {.state = DialChoice::State::assumed, .address = {}};
  DialChoice choice{.state = DialChoice::State::forbidden, .address = {}};
  std::uint32_t most = 0;
  ResolvedAddress dialled;
  const auto addresses = candidates(facts, dialled);
  // A lone address, such as the one that was dialled, has no rival: one rule decides.
  const std::uint32_t enough = addresses.size() == 1 ? 1 : kAllRules;
  for (const ResolvedAddress& address : addresses) {
    const Acceptance found = acceptance(snapshot, facts, who, address, enough);
    if (found.rules > most) {
      most = found.rules;
      choice = {DialChoice::State::chosen, address};
    } else if (found.passes_guard && most == 0) {
      choice.state = DialChoice::State::refused;
    }
  }
  return choice;
}

AddressList dial_order(const Snapshot& snapshot, const Facts& facts) {
  if (!facts.knows_address() || !facts.follows_route()) return {};
  struct Candidate {
    IpAddress address;
    std::uint32_t rules;
  };
  boost::container::small_vector<Candidate, 8> candidates;
  const ChosenFor who = chosen_for(snapshot, facts);
  for (const ResolvedAddress& address : facts.address->resolved) {
    const std::uint32_t rules = acceptance(snapshot, facts, who, address, kAllRules).rules;
    if (rules > 0) candidates.push_back({address.address, rules});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.rules > b.rules; });
  AddressList order;
  order.reserve(candidates.size());
  for (const Candidate& each : candidates) order.push_back(each.address);
  return order;
}

}  // namespace sallyport
