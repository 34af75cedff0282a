#include "policy/explain.h"

#include <algorithm>

#include "policy/dial_choice.h"

namespace sallyport {

std::vector<Considered> explain(const Snapshot& snapshot, const Facts& facts) {
  const DialChoice choice = choose_address(snapshot, facts, chosen_for(snapshot, facts));
  std::vector<Considered> all;
  all.reserve(snapshot.rules.size());
  for (RuleIndex rule = 0; rule < snapshot.rules.size(); ++rule) {
    Considered& considered = all.emplace_back();
    considered.rule = rule;
    const auto match = std::find_if(facts.matches.begin(), facts.matches.end(),
                                    [rule](const RuleMatch& each) { return each.rule == rule; });
    if (match == facts.matches.end()) continue;
    const Evaluation found = evaluate(snapshot, *match, facts, choice);
    switch (found.truth) {
      case Truth::yes:
        considered.outcome = Considered::Outcome::matched;
        break;
      case Truth::no:
        considered.condition = found.failed;
        considered.reason = found.reason;
        break;
      case Truth::unknown:
        considered.outcome = Considered::Outcome::waits_for;
        considered.fact = found.waits_for;
        break;
    }
  }
  return all;
}

std::string_view unfilled_key(const Snapshot& snapshot, const Host& host) {
  const auto found =
      std::find_if(snapshot.left_out.begin(), snapshot.left_out.end(),
                   [&](const LeftOut& each) { return each.pattern.matches(host, false); });
  return found == snapshot.left_out.end() ? std::string_view() : std::string_view(found->keys);
}

}  // namespace sallyport
