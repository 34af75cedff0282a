#include "policy/nearest_miss.h"

namespace sallyport {

Verdict nearest_miss(const Snapshot& snapshot, const Facts& facts,
                     const DialChoice& choice) noexcept {
  Verdict nearest;
  nearest.reason = facts.host.is_literal() ? Reason::address_literal : Reason::host_not_allowed;
  std::uint32_t precision = 0;
  ConditionKind failed = ConditionKind::hosts;
  for (const RuleMatch& match : facts.matches) {
    const Rule& rule = snapshot.rules[match.rule];
    if (!rule.is_allow() || !rule.enforces() || !speaks_of_host(rule, facts)) continue;
    const Evaluation found = evaluate(snapshot, match, facts, choice);
    const bool is_nearer = nearest.rule == kNoRule || match.precision > precision ||
                           (match.precision == precision && found.failed > failed);
    if (!is_nearer) continue;
    nearest.reason = found.reason;
    nearest.rule = match.rule;
    precision = match.precision;
    failed = found.failed;
  }
  return nearest;
}

}  // namespace sallyport
