#include "policy/value_condition.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/attempt_builder.h"

namespace sallyport {
namespace {

using enum ConditionKind;

std::string said(const Judgement& judged) {
  switch (judged.truth) {
    case Truth::yes:
      return "yes";
    case Truth::no:
      return "no " + std::string(text(judged.reason));
    case Truth::unknown:
      break;
  }
  return "waits " + std::string(text(judged.waits_for));
}

ValueCondition inside(ConditionKind kind) { return {kind, {"one", "two"}, false}; }
ValueCondition outside(ConditionKind kind) { return {kind, {"one", "two"}, true}; }

AwsFacts of_kind(ConditionKind kind, ShownValues values) {
  switch (kind) {
    case principal_accounts:
      return {.principal_accounts = std::move(values)};
    case regions:
      return {.regions = std::move(values)};
    case services:
      return {.services = std::move(values)};
    case actions:
      return {.actions = std::move(values)};
    case resource_accounts:
      return {.resource_accounts = std::move(values)};
    case referenced_accounts:
      return {.referenced_accounts = std::move(values)};
    case buckets:
      return {.buckets = std::move(values)};
    default:
      return {.resources = std::move(values)};
  }
}

std::string of_request(const ValueCondition& condition, Effect effect, ShownValues values,
                       bool body_was_read = false) {
  const AwsFacts facts = of_kind(condition.kind, std::move(values));
  return said(
      judge_shown(condition, effect, &facts, {.is_request = true, .body_was_read = body_was_read}));
}

std::string of_host(const ValueCondition& condition, Effect effect, ShownValues values) {
  const AwsFacts facts = of_kind(condition.kind, std::move(values));
  return said(judge_shown(condition, effect, &facts, {}));
}

struct KindRow {
  ConditionKind kind;
  bool holds_where_none_is_shown;
  const char* not_allowed;
  const char* untold;
};

const std::vector<KindRow> kKinds = {
    {principal_accounts, false, "no principal_account_not_allowed", "no access_key_undecodable"},
    {regions, false, "no region_not_allowed", "no region_not_allowed"},
    {services, false, "no service_not_allowed", "no service_not_allowed"},
    {actions, false, "no action_not_allowed", "no action_unknown"},
    {resource_accounts, true, "no resource_account_not_allowed", "no resource_account_not_allowed"},
    {referenced_accounts, true, "no resource_account_not_allowed",
     "no resource_account_not_allowed"},
    {buckets, true, "no resource_not_allowed", "no resource_unknown"},
    {resources, false, "no resource_not_allowed", "no resource_unknown"},
};

}  // namespace

TEST_CASE("an allow needs all of the values that a request shows") {
  for (const KindRow& row : kKinds) {
    CAPTURE(text(row.kind));
    const auto says = [&](ShownValues values) {
      return of_request(inside(row.kind), Effect::allow, std::move(values));
    };
    CHECK(says(shown({"one"})) == "yes");
    CHECK(says(shown({"one", "two"})) == "yes");
    CHECK(says(shown({"one", "three"})) == row.not_allowed);
    CHECK(says(shown({"three"})) == row.not_allowed);
    CHECK(says(shown({""})) == row.not_allowed);
    CHECK(says(shown({"ONE"})) == row.not_allowed);
    CHECK(says(shown({})) == (row.holds_where_none_is_shown ? "yes" : row.not_allowed));
  }
}

TEST_CASE("a deny holds by any of them, and by none where none is shown") {
  for (const KindRow& row : kKinds) {
    CAPTURE(text(row.kind));
    const auto says = [&](ShownValues values) {
      return of_request(inside(row.kind), Effect::deny, std::move(values));
    };
    CHECK(says(shown({"one"})) == "yes");
    CHECK(says(shown({"three", "two"})) == "yes");
    CHECK(says(shown({"three"})) == row.not_allowed);
    CHECK(says(shown({})) == row.not_allowed);
  }
}

TEST_CASE("{not: ...} holds in a deny where one shown value is outside") {
  for (const KindRow& row : kKinds) {
    CAPTURE(text(row.kind));
    const auto says = [&](ShownValues values) {
      return of_request(outside(row.kind), Effect::deny, std::move(values));
    };
    CHECK(says(shown({"three"})) == "yes");
    CHECK(says(shown({"one", "three"})) == "yes");
    CHECK(says(shown({"one", "two"})) == row.not_allowed);
    // Of the signer alone: where no account is shown it is nobody of ours.
    const bool is_signer = row.kind == principal_accounts;
    CHECK(says(shown({})) == (is_signer ? "yes" : row.not_allowed));
  }
}

TEST_CASE("{not: ...} in an allow needs all values outside, and some value but of the signer") {
  for (const KindRow& row : kKinds) {
    CAPTURE(text(row.kind));
    const auto says = [&](ShownValues values) {
      return of_request(outside(row.kind), Effect::allow, std::move(values));
    };
    CHECK(says(shown({"three", "four"})) == "yes");
    CHECK(says(shown({"one", "three"})) == row.not_allowed);
    const bool holds = row.holds_where_none_is_shown || row.kind == principal_accounts;
    CHECK(says(shown({})) == (holds ? "yes" : row.not_allowed));
  }
}

TEST_CASE("what cannot be told is false in an allow and true in a deny, negated or not") {
  for (const KindRow& row : kKinds) {
    CAPTURE(text(row.kind));
    for (const ValueCondition& condition : {inside(row.kind), outside(row.kind)}) {
      CHECK(of_request(condition, Effect::allow, untold()) == row.untold);
      CHECK(of_request(condition, Effect::deny, untold()) == "yes");
    }
  }
}

TEST_CASE("what stands in the body waits for it, and counts against where it could not be judged") {
  for (const KindRow& row : kKinds) {
    CAPTURE(text(row.kind));
    for (const ValueCondition& condition : {inside(row.kind), outside(row.kind)}) {
      CHECK(of_request(condition, Effect::allow, in_body()) == "waits body");
      CHECK(of_request(condition, Effect::deny, in_body()) == "waits body");
      CHECK(of_request(condition, Effect::allow, in_body(), true) == "no body_not_judgeable");
      CHECK(of_request(condition, Effect::deny, in_body(), true) == "yes");
    }
  }
}

TEST_CASE("what the host shows rules an allow out at once, and never lets it pass alone") {
  for (const KindRow& row : kKinds) {
    CAPTURE(text(row.kind));
    const auto says = [&](ShownValues values) {
      return of_host(inside(row.kind), Effect::allow, std::move(values));
    };
    CHECK(says(shown({"three"})) == row.not_allowed);
    CHECK(says(shown({"one"})) == "waits request");
    CHECK(says(shown({})) == "waits request");
  }
}

TEST_CASE("a deny by service or region needs no request where the host shows them") {
  for (const KindRow& row : kKinds) {
    CAPTURE(text(row.kind));
    const auto says = [&](ShownValues values) {
      return of_host(inside(row.kind), Effect::deny, std::move(values));
    };
    const bool is_told = row.kind == services || row.kind == regions;
    CHECK(says(shown({"one"})) == (is_told ? "yes" : "waits request"));
    CHECK(says(shown({"three"})) == (is_told ? row.not_allowed : "waits request"));
    CHECK(says(shown({})) == "waits request");
  }
}

TEST_CASE("nothing shown at all waits for the request") {
  CHECK(said(judge_shown(inside(actions), Effect::allow, nullptr, {})) == "waits request");
  CHECK(said(judge_shown(inside(actions), Effect::deny, nullptr, {})) == "waits request");
}

}  // namespace sallyport
