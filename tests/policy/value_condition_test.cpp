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

ValueCondition inside(ConditionKind kind) { return {kind, {"one", "two"}}; }
ValueCondition outside(ConditionKind kind) { return {kind, {"one", "two"}, true}; }

AwsFacts of_kind(ConditionKind kind, ShownValues values) {
  switch (kind) {
    case signatures:
      return {.signatures = std::move(values)};
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
                       bool body_is_known = false) {
  const AwsFacts facts = of_kind(condition.kind, std::move(values));
  return said(
      judge_shown(condition, effect, &facts, {.is_request = true, .body_is_known = body_is_known}));
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
    {signatures, true, "no signature_not_allowed", "no signature_not_allowed"},
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
    // IAM does not look at the case of actions.
    CHECK(says(shown({"ONE"})) == (row.kind == actions ? "yes" : row.not_allowed));
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
    if (row.kind == resources) continue;  // by the host's bucket: below
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

TEST_CASE(
    "of several services that share a host one is enough for an allow, and all are for a deny") {
  const ValueCondition one{services, {"one"}};
  CHECK(of_host(one, Effect::allow, shown({"one", "three"})) == "waits request");
  CHECK(of_host(one, Effect::deny, shown({"one", "three"})) == "waits request");
  CHECK(of_host(one, Effect::deny, shown({"one"})) == "yes");
}

namespace {

std::string says(const ValueCondition& condition, const AwsFacts& facts,
                 Effect effect = Effect::allow) {
  return said(judge_shown(condition, effect, &facts, {.is_request = true}));
}

}  // namespace

TEST_CASE("unsigned requests pass by their actions alone, and a browser's preflight always") {
  const ValueCondition some{unsigned_actions, {"sts:AssumeRoleWith*"}};
  const ValueCondition none{unsigned_actions};
  const AwsFacts signed_one{.signatures = shown({"sigv4"}), .actions = shown({"s3:GetObject"})};
  const AwsFacts assumes{.actions = shown({"sts:AssumeRoleWithWebIdentity"}), .is_unsigned = true};
  const AwsFacts reads{.actions = shown({"s3:GetObject"}), .is_unsigned = true};
  const AwsFacts unknown{.actions = untold(), .is_unsigned = true};
  const AwsFacts asks{.actions = untold(), .is_unsigned = true, .is_preflight = true};
  CHECK(says(some, signed_one) == "yes");
  CHECK(says(none, signed_one) == "yes");
  CHECK(says(some, assumes) == "yes");
  CHECK(says(none, assumes) == "no unsigned_request");
  CHECK(says(some, reads) == "no unsigned_request");
  CHECK(says(some, unknown) == "no unsigned_request");
  CHECK(says(none, asks) == "yes");
  CHECK(says({actions, {"s3:GetObject"}}, asks) == "yes");
}

TEST_CASE("the signer of an unsigned request is asked for unless the rule takes such requests") {
  const AwsFacts nobody{.is_unsigned = true};
  CHECK(says({principal_accounts, {"one"}}, nobody) == "no principal_account_not_allowed");
  CHECK(says({.kind = principal_accounts, .values = {"one"}, .takes_unsigned = true}, nobody) ==
        "yes");
}

TEST_CASE("an id that shows no account is ours where the rule lists it") {
  const ValueCondition listed{
      .kind = principal_accounts, .values = {"one"}, .access_keys = {"KEY1", "KEY2"}};
  const AwsFacts known{.access_keys = shown({"KEY2"}), .principal_accounts = untold()};
  const AwsFacts other{.access_keys = shown({"KEY3"}), .principal_accounts = untold()};
  const AwsFacts foreign{.access_keys = shown({"KEY2"}), .principal_accounts = shown({"three"})};
  CHECK(says(listed, known) == "yes");
  CHECK(says(listed, other) == "no access_key_undecodable");
  CHECK(says(listed, foreign) == "no principal_account_not_allowed");
}

TEST_CASE("a deny asks about permissions that AWS asks for on the way, an allow does not") {
  const AwsFacts job{.actions = shown({"sagemaker:CreateTrainingJob"}),
                     .further_actions = {"iam:PassRole"}};
  CHECK(says({actions, {"sagemaker:*"}}, job) == "yes");
  CHECK(says({actions, {"iam:PassRole"}}, job, Effect::deny) == "yes");
  CHECK(says({actions, {"iam:GetRole"}}, job, Effect::deny) == "no action_not_allowed");
}

TEST_CASE("an action that cannot be told is denied, unless the service alone rules it out") {
  const AwsFacts at_s3{.actions = untold(), .action_services = {"s3", "iam"}};
  CHECK(says({actions, {"s3:PutObjectAcl"}}, at_s3, Effect::deny) == "yes");
  CHECK(says({actions, {"S3*:Put*"}}, at_s3, Effect::deny) == "yes");
  CHECK(says({actions, {"*"}}, at_s3, Effect::deny) == "yes");
  CHECK(says({actions, {"iam:PassRole"}}, at_s3, Effect::deny) == "yes");
  CHECK(says({actions, {"ec2:*", "kms:CreateGrant"}}, at_s3, Effect::deny) ==
        "no action_not_allowed");
  CHECK(says({actions, {"ec2:*"}}, {.actions = untold()}, Effect::deny) == "yes");
}

TEST_CASE("AWS's own accounts and buckets are inside where they are read or referred to") {
  constexpr const char* images = "763104351884";
  constexpr const char* bucket = "jumpstart-cache-prod-us-east-1";
  const auto takes = [](ConditionKind kind) {
    return ValueCondition{.kind = kind, .values = {"one"}, .takes_aws_managed = true};
  };
  const AwsFacts writes{.resource_accounts = shown({images}),
                        .referenced_accounts = shown({"one", images}),
                        .buckets = shown({bucket}),
                        .changed_buckets = {bucket}};
  CHECK(says(takes(referenced_accounts), writes) == "yes");
  CHECK(says(takes(resource_accounts), writes) == "no resource_account_not_allowed");
  CHECK(says(takes(buckets), writes) == "no resource_not_allowed");
  const AwsFacts reads{.principal_accounts = shown({images}),
                       .resource_accounts = shown({images}),
                       .buckets = shown({bucket}),
                       .reads_resources = true};
  CHECK(says(takes(resource_accounts), reads) == "yes");
  CHECK(says(takes(buckets), reads) == "yes");
  CHECK(says({buckets, {"one"}}, reads) == "no resource_not_allowed");
  CHECK(says(takes(principal_accounts), reads) == "no principal_account_not_allowed");
  AwsFacts presigned = reads;
  presigned.reads_aws_buckets = true;
  CHECK(says(takes(principal_accounts), presigned) == "yes");
}

TEST_CASE("the bucket's owner is asked for where a request can name it") {
  const ValueCondition owned{expected_bucket_owner, {"one"}};
  CHECK(says(owned, {.can_name_bucket_owner = true}) == "no resource_account_not_allowed");
  CHECK(says(owned, {.bucket_owners = shown({"one"}), .can_name_bucket_owner = true}) == "yes");
  CHECK(says(owned, {.bucket_owners = shown({"three"}), .can_name_bucket_owner = true}) ==
        "no resource_account_not_allowed");
  CHECK(says(owned, {}) == "yes");
}

TEST_CASE("resources that no object of the host's bucket can fit are told at the CONNECT") {
  const AwsFacts host{.buckets = shown({"ml-data"})};
  const auto of_pattern = [&](const char* pattern) {
    return said(judge_shown({resources, {pattern}}, Effect::allow, &host, {}));
  };
  CHECK(of_pattern("arn:aws:s3:::ml-data/*") == "waits request");
  CHECK(of_pattern("arn:aws:s3:::ml-*") == "waits request");
  CHECK(of_pattern("arn:aws:s3:::other/*") == "no resource_not_allowed");
  CHECK(of_pattern("arn:aws:s3:::ml-data-2/*") == "no resource_not_allowed");
}

TEST_CASE("nothing shown at all waits for the request") {
  CHECK(said(judge_shown(inside(actions), Effect::allow, nullptr, {})) == "waits request");
  CHECK(said(judge_shown(inside(actions), Effect::deny, nullptr, {})) == "waits request");
}

}  // namespace sallyport
