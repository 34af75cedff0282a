#include "policy/value_condition.h"

#include <algorithm>

#include "policy/aws/managed/aws_managed.h"
#include "policy/iam_pattern.h"

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
    {ConditionKind::signatures, &AwsFacts::signatures, Reason::signature_not_allowed,
     Reason::signature_not_allowed, true},  // unsigned_actions judges requests without
    {ConditionKind::unsigned_actions, &AwsFacts::actions, Reason::unsigned_request,
     Reason::unsigned_request, false},
    {ConditionKind::access_keys, &AwsFacts::access_keys, Reason::principal_account_not_allowed,
     Reason::access_key_undecodable, false},
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
    {ConditionKind::expected_bucket_owner, &AwsFacts::bucket_owners,
     Reason::resource_account_not_allowed, Reason::resource_account_not_allowed, false},
    {ConditionKind::buckets, &AwsFacts::buckets, Reason::resource_not_allowed,
     Reason::resource_unknown, true},
    {ConditionKind::resources, &AwsFacts::resources, Reason::resource_not_allowed,
     Reason::resource_unknown, false},
};

constexpr std::size_t place_of(ConditionKind kind) {
  return static_cast<std::size_t>(kind) - static_cast<std::size_t>(ConditionKind::signatures);
}

// In the order of ConditionKind, all of them.
static_assert(std::size(kKinds) == place_of(ConditionKind::resources) + 1);
static_assert(std::all_of(std::begin(kKinds), std::end(kKinds), [](const ValueKind& each) {
  return &each == &kKinds[place_of(each.kind)];
}));

const ValueKind& kind_of(ConditionKind kind) noexcept { return kKinds[place_of(kind)]; }

/// The value is one that AWS itself runs, used as such values may be.
bool is_aws_managed(ConditionKind kind, const std::string& value, const AwsFacts& shown) noexcept {
  switch (kind) {
    case ConditionKind::principal_accounts:
      return shown.reads_aws_buckets && is_aws_managed_account(value);
    case ConditionKind::resource_accounts:
      return shown.reads_resources && is_aws_managed_account(value);
    case ConditionKind::referenced_accounts:
      return is_aws_managed_account(value);
    case ConditionKind::buckets:
      return !std::binary_search(shown.changed_buckets.begin(), shown.changed_buckets.end(),
                                 value) &&
             is_aws_managed_bucket(value);
    default:
      return false;
  }
}

bool is_listed(const ValueCondition& condition, const std::string& value) noexcept {
  const auto& listed = condition.values;
  switch (condition.kind) {
    case ConditionKind::unsigned_actions:
    case ConditionKind::actions:
      return std::any_of(listed.begin(), listed.end(), [&](const std::string& pattern) {
        return action_matches(pattern, value);
      });
    case ConditionKind::resources:
      return std::any_of(listed.begin(), listed.end(),
                         [&](const std::string& pattern) { return arn_matches(pattern, value); });
    default:
      return std::binary_search(listed.begin(), listed.end(), value);
  }
}

bool is_inside(const ValueCondition& condition, const std::string& value,
               const AwsFacts& shown) noexcept {
  const bool is_within =
      is_listed(condition, value) ||
      (condition.takes_aws_managed && is_aws_managed(condition.kind, value, shown));
  return is_within != condition.is_negated;
}

bool any_inside(const ValueCondition& condition, const ShownTexts& values,
                const AwsFacts& shown) noexcept {
  return std::any_of(values.begin(), values.end(),
                     [&](const std::string& value) { return is_inside(condition, value, shown); });
}

/// A request that shows no signer's account is signed by nobody of ours.
bool holds_for_nobody(const ValueCondition& condition) noexcept {
  return condition.is_negated && condition.kind == ConditionKind::principal_accounts;
}

Judgement no(Reason reason) noexcept { return {Truth::no, reason, Stage::body}; }
Judgement waits_for(Stage fact) noexcept { return {Truth::unknown, Reason::allowed, fact}; }

Judgement judge_allow(const ValueCondition& condition, const ValueKind& kind,
                      const ShownTexts& values, const AwsFacts& shown) noexcept {
  if (values.empty()) {
    const bool holds = kind.may_be_absent || holds_for_nobody(condition);
    return holds ? Judgement{} : no(kind.not_allowed);
  }
  const bool all_inside = std::all_of(values.begin(), values.end(), [&](const std::string& value) {
    return is_inside(condition, value, shown);
  });
  return all_inside ? Judgement{} : no(kind.not_allowed);
}

Judgement judge_deny(const ValueCondition& condition, const ValueKind& kind,
                     const ShownTexts& values, const AwsFacts& shown) noexcept {
  const bool holds =
      values.empty() ? holds_for_nobody(condition) : any_inside(condition, values, shown);
  const bool holds_further =
      kind.kind == ConditionKind::actions && any_inside(condition, shown.further_actions, shown);
  return holds || holds_further ? Judgement{} : no(kind.not_allowed);
}

/// What the host alone already decides, before the request.
Judgement judge_host(const ValueCondition& condition, const ValueKind& kind, Effect effect,
                     const AwsFacts& shown) noexcept {
  const ShownTexts& values = (shown.*kind.values).values;
  if (kind.kind == ConditionKind::resources && effect == Effect::allow) {
    const auto& buckets = shown.buckets.values;
    const bool may_fit =
        condition.is_negated || buckets.empty() ||
        std::any_of(condition.values.begin(), condition.values.end(), [&](const auto& pattern) {
          return arn_may_be_of_bucket(pattern, buckets.front());
        });
    return may_fit ? waits_for(Stage::request) : no(kind.not_allowed);
  }
  if (values.empty()) return waits_for(Stage::request);
  // Of several services that share the host, the credential's scope will name one.
  const bool is_service = kind.kind == ConditionKind::services;
  if (effect == Effect::allow) {
    const Judgement judged = is_service ? judge_deny(condition, kind, values, shown)
                                        : judge_allow(condition, kind, values, shown);
    return judged.truth == Truth::no ? judged : waits_for(Stage::request);
  }
  const bool is_told_by_host = is_service || kind.kind == ConditionKind::regions;
  if (!is_told_by_host) return waits_for(Stage::request);
  const bool all_inside = judge_allow(condition, kind, values, shown).truth == Truth::yes;
  if (all_inside) return {};
  return any_inside(condition, values, shown) ? waits_for(Stage::request) : no(kind.not_allowed);
}

/// What the head already decides, of values of which more stand in the body.
Judgement judge_head(const ValueCondition& condition, const ValueKind& kind, Effect effect,
                     const AwsFacts& shown) noexcept {
  const auto& values = (shown.*kind.values).values;
  const bool is_decided =
      !values.empty() &&
      (effect == Effect::allow ? judge_allow(condition, kind, values, shown).truth == Truth::no
                               : judge_deny(condition, kind, values, shown).truth == Truth::yes);
  if (!is_decided) return waits_for(Stage::body);
  return effect == Effect::allow ? no(kind.not_allowed) : Judgement{};
}

/// An allow does not ask it of some requests.
bool is_not_asked(const ValueCondition& condition, const AwsFacts& shown) noexcept {
  switch (condition.kind) {
    case ConditionKind::unsigned_actions:
      return shown.is_preflight || (!shown.is_unsigned && !shown.may_be_unsigned);
    case ConditionKind::principal_accounts:
      return condition.takes_unsigned && shown.is_unsigned;
    case ConditionKind::actions:
      return shown.is_preflight;
    case ConditionKind::expected_bucket_owner:
      return !shown.can_name_bucket_owner;
    default:
      return false;
  }
}

/// The service alone rules it out: whatever the action is, it is none of another service.
bool is_of_another_service(const ValueCondition& condition, const AwsFacts& shown) noexcept {
  if (condition.kind != ConditionKind::actions || condition.is_negated) return false;
  const auto& services = shown.action_services;
  const auto may_be = [&](const std::string& pattern) {
    const auto service = std::string_view(pattern).substr(0, pattern.find(':'));
    return std::any_of(services.begin(), services.end(),
                       [service](std::string_view each) { return action_matches(service, each); });
  };
  return !services.empty() &&
         std::none_of(condition.values.begin(), condition.values.end(), may_be);
}

/// The signer shows no account, and is one of ours by name.
bool is_known_key(const ValueCondition& condition, const AwsFacts& shown) noexcept {
  const auto& known = condition.access_keys;
  const auto& ids = shown.access_keys.values;
  return !ids.empty() && std::all_of(ids.begin(), ids.end(), [&](const std::string& id) {
    return std::binary_search(known.begin(), known.end(), id);
  });
}

}  // namespace

Judgement judge_shown(const ValueCondition& condition, Effect effect, const AwsFacts* shown,
                      ShownBy by) noexcept {
  const ValueKind& kind = kind_of(condition.kind);
  if (!shown) return waits_for(Stage::request);
  if (!by.is_request) return judge_host(condition, kind, effect, *shown);
  if (effect == Effect::allow && is_not_asked(condition, *shown)) return {};
  const ShownValues& values = shown->*kind.values;
  if (values.state == ShownValues::State::in_body && !by.body_is_known) {
    // A credential may stand there, too.
    const bool may_be_signed = effect == Effect::allow && !shown->is_unsigned &&
                               condition.kind == ConditionKind::unsigned_actions;
    return may_be_signed ? waits_for(Stage::body) : judge_head(condition, kind, effect, *shown);
  }
  if (values.state != ShownValues::State::shown) {
    if (effect == Effect::deny) {
      return is_of_another_service(condition, *shown) ? no(kind.not_allowed) : Judgement{};
    }
    if (is_known_key(condition, *shown)) return {};
    return no(values.state == ShownValues::State::in_body ? Reason::body_not_judgeable
                                                          : kind.untold);
  }
  return effect == Effect::allow ? judge_allow(condition, kind, values.values, *shown)
                                 : judge_deny(condition, kind, values.values, *shown);
}

}  // namespace sallyport
