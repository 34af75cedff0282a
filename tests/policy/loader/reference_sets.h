// The tables of built-in host sets and of their labels in POLICY.md, written from policy/aws. What
// a set is for stands here, since the tables of the gate have no words for it. Pure; used by one
// test.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/builtin_sets.h"
#include "policy/aws/fill.h"

namespace sallyport::test {

struct SetWords {
  std::string_view name;
  std::string_view words;
};

inline constexpr SetWords kSetWords[] = {
    {"aws-sign-in",
     "sign-in pages, which all accounts share, and the endpoint of `aws login`; the captcha "
     "buckets "
     "and `*.cloudfront.net` of AWS's own list are in it only to block"},
    {"iam-identity-center",
     "the access portal of IAM Identity Center, its sign-in, tokens and static files"},
    {"aws-console",
     "the management console, the parts that it loads, Health, documentation and status pages"},
    {"aws-console-tenants",
     "hosts below `*.aws.amazon.com` by which data leaves or a stranger's account answers: "
     "QuickSight, Support, Q chat, sign-in pages and consoles of an account; for `except_hosts`"},
    {"sagemaker-studio",
     "Studio, its apps, notebook instances, labeling portals and the MLflow UI"},
    {"sagemaker-studio-lab",
     "Studio Lab, whose accounts anyone has for free; for a deny. Its runtimes share Studio's "
     "names "
     "in us-east-2 and are told apart by path alone, so they are not in it"},
    {"sagemaker-unified-studio",
     "Unified Studio and DataZone; the wide wildcards of AWS's own list are in it only to block"},
    {"sagemaker-api",
     "SageMaker's APIs: control plane, runtime, feature store, metrics, A2I, edge, geospatial"},
    {"s3", "all forms of S3 hosts: buckets, access points, Outposts, control, path style"},
    {"s3-website",
     "S3's website endpoints: plain HTTP, anonymous, anybody's content; for a deny alone"},
    {"ecr",
     "container registries: ECR's API, the accounts' registries, layers, the public gallery"},
    {"sts", "the Security Token Service, regional and global"},
    {"cloudwatch-logs", "CloudWatch Logs, and its live tail"},
    {"cloudwatch", "CloudWatch metrics"},
    {"kms", "the Key Management Service"},
    {"secretsmanager", "Secrets Manager"},
    {"codeartifact",
     "CodeArtifact's API, the repositories of its domains, and where they redirect"},
    {"bedrock", "Bedrock: control plane, model runtime, agents"},
    {"aws-api", "every service endpoint of AWS that the gate's tables know"},
};

inline std::string_view words_of_set(std::string_view name) {
  for (const SetWords& set : kSetWords) {
    if (set.name == name) return set.words;
  }
  return {};
}

inline std::string_view words_of_kind(TenantKind kind) {
  switch (kind) {
    case TenantKind::account:
      return "an account id in front of a console's host";
    case TenantKind::account_or_alias:
      return "an account's own sign-in page; a region is no alias";
    case TenantKind::directory_or_alias:
      return "a portal below `awsapps.com`: a directory id `d-...`, or its alias";
    case TenantKind::identity_center_instance:
      return "a portal's instance, `ssoins-...`";
    case TenantKind::studio_label:
      return "a Studio domain `d-...`, or the opaque label under which it serves an app";
    case TenantKind::unified_studio_domain:
      return "a domain of Unified Studio, `dzd-...` or `dzd_...`";
    case TenantKind::notebook:
      return "a notebook instance";
    case TenantKind::labeling_portal:
      return "a labeling portal";
    case TenantKind::mlflow_app:
      return "an MLflow UI";
    default:
      return {};
  }
}

/// The kinds of labels in the set for which its place and `organization` matter, in their order.
inline std::set<TenantKind> pinned_kinds(std::string_view set) {
  std::set<TenantKind> kinds;
  if (kind_of_set(set) == SetKind::api) return kinds;
  for (const BuiltinPattern& pattern : builtin_set(set)) {
    for (const LabelSpec& label : labels_of(pattern.text).labels) {
      for (const LabelPart& part : label.parts) {
        const bool is_typed = part.kind == LabelPart::Kind::typed;
        if (is_typed && !is_open_kind(part.tenant)) kinds.insert(part.tenant);
      }
    }
  }
  return kinds;
}

inline std::string label_code(TenantKind kind) { return "`<" + std::string(text(kind)) + ">`"; }

inline std::string listed(const std::vector<std::string>& items) {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "" : ", ") + item;
  return list;
}

/// How many of the set's patterns hold only where it blocks.
inline std::string patterns_text(std::string_view set) {
  const auto patterns = builtin_set(set);
  const auto count = std::count_if(patterns.begin(), patterns.end(),
                                   [](const BuiltinPattern& each) { return each.deny_only; });
  const auto total = static_cast<std::ptrdiff_t>(patterns.size());
  std::string words = std::to_string(total);
  if (count == total) return words + ", only to block";
  return count == 0 ? words : words + ", " + std::to_string(count) + " only to block";
}

/// `organization.regions` decides which of its hosts the set has.
inline bool is_narrowed_by_regions(std::string_view set) {
  const auto patterns = builtin_set(set);
  return kind_of_set(set) != SetKind::sign_in &&
         std::any_of(patterns.begin(), patterns.end(), [](const BuiltinPattern& each) {
           return each.text.find("{r}") != std::string_view::npos;
         });
}

inline std::string sets_table() {
  std::string table =
      "| set | what it is for | labels | `regions` narrow it | patterns |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const std::string_view name : builtin_set_names()) {
    std::vector<std::string> labels;
    for (const TenantKind kind : pinned_kinds(name)) labels.push_back(label_code(kind));
    table += "| `@" + std::string(name) + "` | " + std::string(words_of_set(name)) + " | " +
             listed(labels) + " | " + (is_narrowed_by_regions(name) ? "yes" : "no") + " | " +
             patterns_text(name) + " |\n";
  }
  return table;
}

inline std::string labels_table() {
  std::set<TenantKind> kinds;
  for (const std::string_view name : builtin_set_names()) kinds.merge(pinned_kinds(name));
  std::string table =
      "| label | what it names | filled by `organization.` | in |\n"
      "| --- | --- | --- | --- |\n";
  for (const TenantKind kind : kinds) {
    std::vector<std::string> keys;
    for (const std::string_view key : organization_keys(kind)) {
      keys.push_back("`" + std::string(key) + "`");
    }
    std::vector<std::string> sets;
    for (const std::string_view name : builtin_set_names()) {
      if (pinned_kinds(name).contains(kind)) sets.push_back("`@" + std::string(name) + "`");
    }
    table += "| " + label_code(kind) + " | " + std::string(words_of_kind(kind)) + " | " +
             (keys.empty() ? "nothing: always left out of an allow" : listed(keys)) + " | " +
             listed(sets) + " |\n";
  }
  return table;
}

/// The keys by which `organization` fills the set, as filling it says where nothing is written.
inline std::set<std::string_view> keys_left_out(std::string_view set, SetPlace place) {
  std::set<std::string_view> keys;
  for (const LeftOutPattern& pattern : fill(set, place, {}, false).left_out) {
    keys.insert(pattern.keys.begin(), pattern.keys.end());
  }
  return keys;
}

}  // namespace sallyport::test
