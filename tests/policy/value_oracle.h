// Conditions on shown values (accounts, actions, buckets ...), written down a second time from
// SEMANTICS.md section 2. A part of rule_oracle.h.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "policy/rule.h"
#include "policy/truth.h"
#include "policy/values/facts.h"

namespace sallyport::oracle {

struct ValueAnswer {
  Truth truth = Truth::yes;
  Reason reason = Reason::allowed;
  Stage waits_for = Stage::body;
};

inline const ShownValues& values_of(const AwsFacts& facts, ConditionKind kind) {
  switch (kind) {
    case ConditionKind::principal_accounts:
      return facts.principal_accounts;
    case ConditionKind::regions:
      return facts.regions;
    case ConditionKind::services:
      return facts.services;
    case ConditionKind::actions:
      return facts.actions;
    case ConditionKind::resource_accounts:
      return facts.resource_accounts;
    case ConditionKind::referenced_accounts:
      return facts.referenced_accounts;
    case ConditionKind::buckets:
      return facts.buckets;
    default:
      return facts.resources;
  }
}

/// Section 4: what is said of a value that is not allowed.
inline Reason reason_of(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::principal_accounts:
      return Reason::principal_account_not_allowed;
    case ConditionKind::regions:
      return Reason::region_not_allowed;
    case ConditionKind::services:
      return Reason::service_not_allowed;
    case ConditionKind::actions:
      return Reason::action_not_allowed;
    case ConditionKind::resource_accounts:
    case ConditionKind::referenced_accounts:
      return Reason::resource_account_not_allowed;
    default:
      return Reason::resource_not_allowed;
  }
}

/// What is said where it cannot be told.
inline Reason untold_reason_of(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::principal_accounts:
      return Reason::access_key_undecodable;
    case ConditionKind::actions:
      return Reason::action_unknown;
    case ConditionKind::buckets:
    case ConditionKind::resources:
      return Reason::resource_unknown;
    default:
      return reason_of(kind);
  }
}

/// An allow needs all shown values, a deny any.
inline bool holds(const ValueCondition& asked, bool is_allow,
                  const std::vector<std::string>& values) {
  if (values.empty()) {
    if (asked.kind == ConditionKind::principal_accounts) return asked.is_negated;
    const bool is_true_where_none_is_shown = asked.kind == ConditionKind::resource_accounts ||
                                             asked.kind == ConditionKind::referenced_accounts ||
                                             asked.kind == ConditionKind::buckets;
    return is_allow && is_true_where_none_is_shown;
  }
  std::size_t fitting = 0;
  for (const std::string& value : values) {
    const bool is_listed = std::count(asked.values.begin(), asked.values.end(), value) > 0;
    if (is_listed != asked.is_negated) ++fitting;
  }
  return is_allow ? fitting == values.size() : fitting > 0;
}

/// The condition as the facts stand. On a host that is an AWS endpoint.
inline ValueAnswer judge_value(const ValueCondition& asked, bool is_allow, const Facts& facts) {
  const auto found = [&](bool it, Reason reason) {
    return ValueAnswer{it ? Truth::yes : Truth::no, reason, {}};
  };
  const ValueAnswer unknown{Truth::unknown, Reason::allowed, Stage::request};
  if (!facts.request) {
    const ShownValues& by_host = values_of(*facts.host_shows, asked.kind);
    if (by_host.values.empty()) return unknown;
    const bool is_held = holds(asked, is_allow, by_host.values);
    if (is_allow) return is_held ? unknown : found(false, reason_of(asked.kind));
    const bool is_told_by_host =
        asked.kind == ConditionKind::services || asked.kind == ConditionKind::regions;
    return is_told_by_host ? found(is_held, reason_of(asked.kind)) : unknown;
  }
  if (!facts.request->aws) return found(!is_allow, Reason::action_unknown);
  const ShownValues& by_request = values_of(*facts.request->aws, asked.kind);
  switch (by_request.state) {
    case ShownValues::State::shown:
      return found(holds(asked, is_allow, by_request.values), reason_of(asked.kind));
    case ShownValues::State::in_body:
      if (!facts.body_was_read) return {Truth::unknown, Reason::allowed, Stage::body};
      return found(!is_allow, Reason::body_not_judgeable);
    case ShownValues::State::untold:
      break;
  }
  return found(!is_allow, untold_reason_of(asked.kind));
}

}  // namespace sallyport::oracle
