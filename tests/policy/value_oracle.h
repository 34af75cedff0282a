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
    case ConditionKind::signatures:
      return facts.signatures;
    case ConditionKind::access_keys:
      return facts.access_keys;
    case ConditionKind::principal_accounts:
      return facts.principal_accounts;
    case ConditionKind::regions:
      return facts.regions;
    case ConditionKind::services:
      return facts.services;
    case ConditionKind::actions:
    case ConditionKind::unsigned_actions:
      return facts.actions;
    case ConditionKind::resource_accounts:
      return facts.resource_accounts;
    case ConditionKind::referenced_accounts:
      return facts.referenced_accounts;
    case ConditionKind::expected_bucket_owner:
      return facts.bucket_owners;
    case ConditionKind::buckets:
      return facts.buckets;
    default:
      return facts.resources;
  }
}

/// Section 4: what is said of a value that is not allowed.
inline Reason reason_of(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::signatures:
      return Reason::signature_not_allowed;
    case ConditionKind::unsigned_actions:
      return Reason::unsigned_request;
    case ConditionKind::access_keys:
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
    case ConditionKind::expected_bucket_owner:
      return Reason::resource_account_not_allowed;
    default:
      return Reason::resource_not_allowed;
  }
}

/// What is said where it cannot be told.
inline Reason untold_reason_of(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::access_keys:
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

/// `*` is any run, `?` one; the obvious way, which takes exponential time.
inline bool glob(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    return glob(pattern.substr(1), text) || (!text.empty() && glob(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
         glob(pattern.substr(1), text.substr(1));
}

inline std::vector<std::string> parts_of(std::string_view arn) {
  std::vector<std::string> parts(1);
  for (const char c : arn) {
    if (c == ':' && parts.size() < 6) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  parts.resize(6);
  return parts;
}

inline bool arn_glob(const std::string& pattern, const std::string& arn) {
  if (pattern == "*") return true;
  const auto of_pattern = parts_of(pattern);
  const auto of_arn = parts_of(arn);
  for (std::size_t i = 0; i < 6; ++i) {
    if (!glob(of_pattern[i], of_arn[i])) return false;
  }
  return true;
}

inline std::string folded(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

inline bool is_listed(const ValueCondition& asked, const std::string& value) {
  for (const std::string& each : asked.values) {
    switch (asked.kind) {
      case ConditionKind::actions:
      case ConditionKind::unsigned_actions:
        if (glob(folded(each), folded(value))) return true;
        break;
      case ConditionKind::resources:
        if (arn_glob(each, value)) return true;
        break;
      default:
        if (each == value) return true;
    }
  }
  return false;
}

/// An allow needs all shown values, a deny any.
inline bool holds(const ValueCondition& asked, bool is_allow, const ShownTexts& values,
                  const AwsFacts& facts) {
  std::size_t fitting = 0;
  for (const std::string& value : values) {
    if (is_listed(asked, value) != asked.is_negated) ++fitting;
  }
  if (!is_allow && asked.kind == ConditionKind::actions) {
    for (const std::string& value : facts.further_actions) {
      if (is_listed(asked, value) != asked.is_negated) return true;
    }
  }
  if (values.empty()) {
    if (asked.kind == ConditionKind::principal_accounts) return asked.is_negated;
    const bool is_true_where_none_is_shown =
        asked.kind == ConditionKind::signatures || asked.kind == ConditionKind::resource_accounts ||
        asked.kind == ConditionKind::referenced_accounts || asked.kind == ConditionKind::buckets;
    return is_allow && is_true_where_none_is_shown;
  }
  return is_allow ? fitting == values.size() : fitting > 0;
}

/// Some object of the bucket, or it itself, is what some pattern means; tried with a few.
inline bool some_object_fits(const ValueCondition& asked, const std::string& bucket) {
  for (const std::string& pattern : asked.values) {
    if (pattern == "*") return true;
    const std::string resource = parts_of(pattern)[5];
    const std::string from = resource.substr(std::min(resource.size(), bucket.size() + 1));
    for (const std::string& object :
         {std::string(), "/" + from, "/" + resource, "/" + resource + "x"}) {
      std::string tried = bucket + object;
      for (char& c : tried) c = c == '*' || c == '?' ? 'q' : c;
      if (glob(resource, tried)) return true;
    }
  }
  return false;
}

/// What an allow does not ask of some requests.
inline bool is_spared(const ValueCondition& asked, const AwsFacts& facts) {
  switch (asked.kind) {
    case ConditionKind::unsigned_actions:
      return facts.is_preflight || (!facts.is_unsigned && !facts.may_be_unsigned);
    case ConditionKind::principal_accounts:
      return asked.takes_unsigned && facts.is_unsigned;
    case ConditionKind::actions:
      return facts.is_preflight;
    case ConditionKind::expected_bucket_owner:
      return !facts.can_name_bucket_owner;
    default:
      return false;
  }
}

/// The condition before the request, on a host that is an AWS endpoint.
inline Truth judge_host(const ValueCondition& asked, bool is_allow, const AwsFacts& shown) {
  if (asked.kind == ConditionKind::resources && is_allow) {
    const auto& buckets = shown.buckets.values;
    const bool may =
        asked.is_negated || buckets.empty() || some_object_fits(asked, buckets.front());
    return may ? Truth::unknown : Truth::no;
  }
  const auto& values = values_of(shown, asked.kind).values;
  if (values.empty()) return Truth::unknown;
  const bool is_service = asked.kind == ConditionKind::services;
  const bool all = holds(asked, true, values, shown);
  const bool any = holds(asked, false, values, shown);
  if (is_allow) return (is_service ? any : all) ? Truth::unknown : Truth::no;
  if (!is_service && asked.kind != ConditionKind::regions) return Truth::unknown;
  return all ? Truth::yes : any ? Truth::unknown : Truth::no;
}

/// Some pattern of a deny's `actions` may mean an action of the services that answer at the host.
inline bool may_be_meant(const ValueCondition& asked, const AwsFacts& facts) {
  if (asked.kind != ConditionKind::actions || asked.is_negated || facts.action_services.empty()) {
    return true;
  }
  for (const std::string& pattern : asked.values) {
    for (std::string_view service : facts.action_services) {
      if (glob(folded(pattern.substr(0, pattern.find(':'))), service)) return true;
    }
  }
  return false;
}

/// The condition as the facts stand. On a host that is an AWS endpoint.
inline ValueAnswer judge_value(const ValueCondition& asked, bool is_allow, const Facts& facts) {
  const auto found = [&](bool it, Reason reason) {
    return ValueAnswer{it ? Truth::yes : Truth::no, reason, {}};
  };
  if (!facts.request) {
    const Truth by_host = judge_host(asked, is_allow, *facts.host_shows);
    return {by_host, reason_of(asked.kind), Stage::request};
  }
  if (!facts.request->aws) return found(!is_allow, Reason::action_unknown);
  const AwsFacts& aws = *facts.request->aws;
  if (is_allow && is_spared(asked, aws)) return found(true, Reason::allowed);
  const ShownValues& by_request = values_of(aws, asked.kind);
  const bool is_denied_untold = !is_allow && may_be_meant(asked, aws);
  switch (by_request.state) {
    case ShownValues::State::shown:
      return found(holds(asked, is_allow, by_request.values, aws), reason_of(asked.kind));
    case ShownValues::State::in_body:
      if (!facts.body_is_known) {
        // Whether it is unsigned, stands there, too.
        if (is_allow && asked.kind == ConditionKind::unsigned_actions && !aws.is_unsigned) {
          return {Truth::unknown, Reason::allowed, Stage::body};
        }
        // What the head shows may be enough.
        const bool is_enough = !by_request.values.empty() &&
                               holds(asked, is_allow, by_request.values, aws) != is_allow;
        if (is_enough) return found(!is_allow, reason_of(asked.kind));
        return {Truth::unknown, Reason::allowed, Stage::body};
      }
      return found(is_denied_untold, is_allow ? Reason::body_not_judgeable : reason_of(asked.kind));
    case ShownValues::State::untold:
      break;
  }
  return found(is_denied_untold, is_allow ? untold_reason_of(asked.kind) : reason_of(asked.kind));
}

}  // namespace sallyport::oracle
