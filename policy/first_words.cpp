#include "policy/first_words.h"

#include <algorithm>

#include "policy/condition.h"
#include "policy/dial_choice.h"
#include "policy/monitor.h"

namespace sallyport {

bool may_pass_without_tls(const Snapshot& snapshot, const Facts& facts) noexcept {
  const ChosenFor who = chosen_for(snapshot, facts);
  if (who == ChosenFor::monitor_mode) return true;
  const Mode mode = who == ChosenFor::enforcing_rules ? Mode::enforce : Mode::monitor;
  const DialChoice choice = choose_address(snapshot, facts, who);
  return std::any_of(facts.matches.begin(), facts.matches.end(), [&](const RuleMatch& match) {
    const Rule& rule = snapshot.rules[match.rule];
    return rule.is_allow() && rule.mode == mode && rule.tls_is_optional &&
           evaluate(snapshot, match, facts, choice).truth != Truth::no;
  });
}

}  // namespace sallyport
