#include "policy/value_condition.h"

#include <algorithm>

namespace sallyport {
namespace {

/// Where the values of a condition stand, and what is said where they fail or cannot be told.
struct ValueKind {
  ConditionKind kind;
  ShownValues AwsFacts::*values;
  Reason not_allowed;
  Reason untold;
  /// An allow holds where none is shown.
  bool may_be_absent;
};

constexpr ValueKind kKinds[] = {
    {ConditionKind::principal_accounts, &AwsFacts::principal_accounts,
     Reason::principal_account_not_allowed, Reason::access_key_undecodable, false},
    {ConditionKind::regions, &AwsFacts::regions, Reason::region_not_allowed,
     Reason::region_not_allowed, false},
    {ConditionKind::services, &AwsFacts::services, Reason::service_not_allowed,
     Reason::service_not_allowed, false},
    {ConditionKind::actions, &AwsFacts::actions, Reason::action_not_allowed, Reason::action_unknown,
     false},
    {ConditionKind::resource_accounts, &AwsFacts::resource_accounts,
     Reason::resource_account_not_allowed, Reason::resource_account_not_allowed, true},
    {ConditionKind::referenced_accounts, &AwsFacts::referenced_accounts,
     Reason::resource_account_not_allowed, Reason::resource_account_not_allowed, true},
    {ConditionKind::buckets, &AwsFacts::buckets, Reason::resource_not_allowed,
     Reason::resource_unknown, true},
    {ConditionKind::resources, &AwsFacts::resources, Reason::resource_not_allowed,
     Reason::resource_unknown, false},
};

const ValueKind& kind_of(ConditionKind kind) noexcept {
  const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                   [kind](const ValueKind& each) { return each.kind == kind; });
  return found == std::end(kKinds) ? kKinds[0] : *found;
}

bool is_inside(const ValueCondition& condition, const std::string& value) noexcept {
  const bool is_listed =
      std::binary_search(condition.values.begin(), condition.values.end(), value);
  return is_listed != condition.is_negated;
}

/// A request that shows no signer's account is signed by nobody of ours.
bool holds_for_nobody(const ValueCondition& condition) noexcept {
  return condition.is_negated && condition.kind == ConditionKind::principal_accounts;
}

Judgement no(Reason reason) noexcept { return {Truth::no, reason, Stage::body}; }
Judgement waits_for(Stage fact) noexcept { return {Truth::unknown, Reason::allowed, fact}; }

Judgement judge_allow(const ValueCondition& condition, const ValueKind& kind,
                      const std::vector<std::string>& values) noexcept {
  if (values.empty()) {
    const bool holds = kind.may_be_absent || holds_for_nobody(condition);
    return holds ? Judgement{} : no(kind.not_allowed);
  }
  const bool all_inside = std::all_of(values.begin(), values.end(), [&](const std::string& value) {
    return is_inside(condition, value);
  });
  return all_inside ? Judgement{} : no(kind.not_allowed);
}

Judgement judge_deny(const ValueCondition& condition, const ValueKind& kind,
                     const std::vector<std::string>& values) noexcept {
  if (values.empty()) return holds_for_nobody(condition) ? Judgement{} : no(kind.not_allowed);
  const bool any_inside = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    return is_inside(condition, value);
  });
  return any_inside ? Judgement{} : no(kind.not_allowed);
}

/// What the host alone already decides, before the request.
Judgement judge_host(const ValueCondition& condition, const ValueKind& kind, Effect effect,
                     const ShownValues& shown) noexcept {
  if (shown.values.empty()) return waits_for(Stage::request);
  if (effect == Effect::allow) {
    const Judgement judged = judge_allow(condition, kind, shown.values);
    return judged.truth == Truth::no ? judged : waits_for(Stage::request);
  }
  const bool is_told_by_host =
      kind.kind == ConditionKind::services || kind.kind == ConditionKind::regions;
  return is_told_by_host ? judge_deny(condition, kind, shown.values) : waits_for(Stage::request);
}

}  // namespace

Judgement judge_shown(const ValueCondition& condition, Effect effect, const AwsFacts* shown,
                      ShownBy by) noexcept {
  const ValueKind& kind = kind_of(condition.kind);
  if (!shown) return waits_for(Stage::request);
  const ShownValues& values = shown->*kind.values;
  if (!by.is_request) return judge_host(condition, kind, effect, values);
  if (values.state == ShownValues::State::in_body && !by.body_was_read) {
    return waits_for(Stage::body);
  }
  if (values.state != ShownValues::State::shown) {
    if (effect == Effect::deny) return {};
    return no(values.state == ShownValues::State::in_body ? Reason::body_not_judgeable
                                                          : kind.untold);
  }
  return effect == Effect::allow ? judge_allow(condition, kind, values.values)
                                 : judge_deny(condition, kind, values.values);
}

}  // namespace sallyport
