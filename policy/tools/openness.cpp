#include "policy/tools/openness.h"

#include <algorithm>
#include <span>

#include "policy/aws/builtin_sets.h"
#include "policy/aws/endpoint.h"
#include "policy/aws/s3_host.h"
#include "policy/aws/tenancy.h"
#include "policy/loader/keys.h"
#include "policy/loader/pattern_cover.h"
#include "policy/quoted.h"
#include "policy/tools/public_suffix.h"

namespace sallyport {
namespace {

constexpr std::string_view kApiSet = "aws-api";

/// Stand-ins for labels that a pattern leaves open.
constexpr std::string_view kSomeLabel = "x";
constexpr std::string_view kSomeRegion = "us-east-1";
constexpr std::string_view kSomeZone = "use1-az4";
constexpr std::string_view kSomeOutpost = "op-0123456789abcdef0";
constexpr std::string_view kSomeAccount = "999999999999";

std::string some_region(const FilledPart& part) {
  if (!part.one_of.empty()) return part.one_of.front();
  for (const KnownRegion& region : known_regions()) {
    if (part.partitions.contains(region.partition)) return std::string(region.name);
  }
  return std::string(kSomeRegion);
}

std::string some_text(const FilledPart& part) {
  switch (part.kind) {
    case FilledPart::Kind::literal:
      return part.literal;
    case FilledPart::Kind::region:
      return some_region(part);
    case FilledPart::Kind::shape:
      break;
  }
  switch (part.tenant) {
    case TenantKind::account:
      return std::string(kSomeAccount);
    case TenantKind::availability_zone:
      return std::string(kSomeZone);
    case TenantKind::outpost:
      return std::string(kSomeOutpost);
    default:
      return std::string(kSomeLabel);
  }
}

/// The label can be a stranger's: `*`, or typed and not filled by `organization`.
bool is_open_label(const PatternLabel& label) {
  if (label.parts.empty() || label.kind() == PatternLabel::Kind::shape) return true;
  return std::any_of(label.parts.begin(), label.parts.end(), [](const FilledPart& part) {
    return part.kind == FilledPart::Kind::shape && !is_open_kind(part.tenant);
  });
}

/// A set's patterns with every label open, one for one.
std::vector<HostPattern> everybodys(std::string_view set) {
  std::vector<HostPattern> patterns;
  for (const FilledPattern& each : fill(set, SetPlace::deny_hosts, {}, false).patterns) {
    patterns.push_back(HostPattern::of(each));
  }
  return patterns;
}

/// A key by which a pin is written, and what is written there.
struct Pin {
  Block block;
  std::string_view key;
  std::string_view text;
};

constexpr Pin kAccountPin{Block::rule, "aws",
                          "`aws: {principal_accounts: organization}` on requests that are read"};
constexpr Pin kBucketsPin{Block::rule, "aws", "`aws: {buckets: [...]}` with literal buckets"};
constexpr Pin kOwnerPin{Block::rule, "aws", "`aws: {require_expected_bucket_owner: true}`"};
constexpr Pin kRoutePin{Block::destinations, "routes",
                        "a route with `endpoint_policy: pinned` to a VPC endpoint"};
constexpr Pin kReadPin{Block::top, "interception",
                       "`urls` or `methods` on the rule, so that its requests are read"};

bool is_loadable(const Pin& pin) {
  const Key* key = find_key(pin.block, pin.key);
  return key != nullptr && key->state == KeyState::works;
}

void append(std::string& text, std::string_view pin) {
  if (!text.empty()) text += ", or ";
  text += pin;
}

/// `now`: what closes it in every version; may be empty.
std::string remedy(std::string_view now, std::span<const Pin> pins) {
  std::string at_hand(now);
  std::string later;
  for (const Pin& pin : pins) append(is_loadable(pin) ? at_hand : later, pin.text);
  std::string text =
      at_hand.empty() ? "nothing in this version closes it" : "close it by " + at_hand;
  if (!later.empty()) text += " (later versions: " + later + ")";
  return text;
}

/// `example.org`; empty where there are no two, or not both are literal.
std::string last_two_labels(const HostPattern& pattern) {
  if (pattern.kind == HostPattern::Kind::host) {
    const std::string_view name = pattern.the_host->text();
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) return {};
    const auto before = name.rfind('.', dot - 1);
    return std::string(before == std::string_view::npos ? name : name.substr(before + 1));
  }
  const std::size_t count = pattern.labels.size();
  if (count < 2) return {};
  const PatternLabel& first = pattern.labels[count - 2];
  const PatternLabel& last = pattern.labels[count - 1];
  const bool are_literal =
      first.kind() == PatternLabel::Kind::literal && last.kind() == PatternLabel::Kind::literal;
  return are_literal ? first.literal() + "." + last.literal() : std::string();
}

/// Some AWS API host may end so. To look at the set as it is written costs little, to fill it more.
bool may_end_api(std::string_view suffix) {
  if (suffix.empty()) return true;
  const auto patterns = builtin_set(kApiSet);
  return std::any_of(patterns.begin(), patterns.end(), [suffix](const BuiltinPattern& each) {
    const auto dot = each.text.rfind('.');
    const auto other = dot == std::string_view::npos ? dot : each.text.rfind('.', dot - 1);
    const auto end = each.text.substr(other == std::string_view::npos ? 0 : other + 1);
    return end == suffix || end.find_first_of("{<*") != std::string_view::npos;
  });
}

}  // namespace

/// One host that the pattern matches, and the pattern as policy/aws/tenancy.h reads it.
struct OpennessJudge::Sample {
  explicit Sample(const HostPattern& pattern) {
    wildcards.leading_wildcard = has_wild = pattern.leading_wildcard;
    if (pattern.kind == HostPattern::Kind::host) {
      read(*pattern.the_host);
      return;
    }
    std::string name(pattern.leading_wildcard ? kSomeLabel : "");
    labels.reserve(pattern.labels.size());
    for (const PatternLabel& label : pattern.labels) {
      std::string text;
      for (const FilledPart& part : label.parts) text += some_text(part);
      // `*` within mostly stands for a region.
      if (label.parts.empty()) text = kSomeRegion;
      if (!name.empty()) name += '.';
      name += text;
      const bool is_open = is_open_label(label);
      has_wild = has_wild || is_open;
      labels.push_back(std::move(text));
      is_wild.push_back(is_open);
      wildcards.labels.push_back(is_open ? std::string_view("*") : std::string_view(labels.back()));
    }
    host = Host::parse_name(name);
  }
  void read(const Host& named) {
    for (const std::string_view label : split_labels(named.text())) labels.emplace_back(label);
    is_wild.assign(labels.size(), false);
    wildcards.labels.assign(labels.begin(), labels.end());
    host = named;
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  /// The labels from `place` on.
  std::string name_from(std::size_t place) const {
    std::string name;
    for (std::size_t i = place; i < labels.size(); ++i) {
      if (!name.empty()) name += '.';
      name += labels[i];
    }
    return name;
  }

  std::vector<std::string> labels;
  std::vector<bool> is_wild;
  bool has_wild = false;  ///< some label may be a stranger's
  WildcardPattern wildcards;
  std::optional<Host> host;
};

std::string remedy_of(RiskKind kind) {
  constexpr std::string_view kNames = "naming the hosts themselves instead of a wildcard";
  constexpr Pin kS3[] = {kBucketsPin, kOwnerPin, kRoutePin};
  constexpr Pin kApi[] = {kAccountPin, kRoutePin};
  constexpr Pin kFrontEnd[] = {kReadPin, kRoutePin};
  constexpr Pin kSignIn[] = {kRoutePin};
  switch (kind) {
    case RiskKind::any_name:
    case RiskKind::rentable:
      return remedy(kNames, {});
    case RiskKind::expression:
      return remedy("writing names and `*.` patterns instead", {});
    case RiskKind::s3:
      return remedy("", kS3);
    case RiskKind::api:
      return remedy(
          "naming a host that shows one of `organization.accounts`, where the service has one",
          kApi);
    case RiskKind::front_end:
      return remedy("", kFrontEnd);
    case RiskKind::sign_in:
      return remedy(
          "naming the hosts that show an account or alias of `organization`, where they suffice",
          kSignIn);
  }
  return {};
}

std::optional<Risk> OpennessJudge::risk_of(const HostPattern& pattern, bool is_read) {
  switch (pattern.kind) {
    case HostPattern::Kind::any:
      return Risk{RiskKind::any_name, "it matches every name, also one that a stranger registers"};
    case HostPattern::Kind::regex:
      return Risk{RiskKind::expression,
                  "an expression may match a name that a stranger registers, and nobody can tell"};
    case HostPattern::Kind::host:
      if (pattern.the_host->is_literal()) return std::nullopt;
      break;
    case HostPattern::Kind::labels:
      break;
  }
  // A list of a million names is mostly of others.
  const bool may_be_aws = may_end_aws_name(last_two_labels(pattern));
  if (!may_be_aws && pattern.is_exact()) return std::nullopt;
  const Sample sample(pattern);
  return may_be_aws ? risk_of_name(pattern, sample, is_read) : rentable_name(sample, false);
}

std::optional<Risk> OpennessJudge::risk_of_name(const HostPattern& pattern, const Sample& sample,
                                                bool is_read) {
  const bool is_read_by_name = is_read && pattern.is_exact();
  const auto s3 = sample.host ? s3_host(sample.host->text()) : std::nullopt;
  if (s3 && !(s3->form == S3Form::website && is_read_by_name)) {
    return Risk{RiskKind::s3,
                "bucket names are global: anyone can register one, and in a tunnel the Host "
                "inside TLS chooses the bucket"};
  }
  if (auto rentable = rentable_name(sample, true)) return rentable;
  const auto api = sample.host ? aws_host(*sample.host) : std::nullopt;
  const bool is_own = shows_own_account(pattern) || (api && is_own_account(api->account));
  if (!is_own) {
    if (is_shared_by_all(pattern, sample, api.has_value())) {
      return Risk{RiskKind::sign_in,
                  "all accounts share these hosts: a stranger's account can sign in there, which "
                  "only the policy of a VPC endpoint can prevent"};
    }
    if (api) {
      return Risk{RiskKind::api,
                  "any account's key works at the API of " + std::string(api->service)};
    }
  }
  if (sample.host && !is_read_by_name) {
    if (const auto why = shared_front_end(*sample.host); !why.empty()) {
      return Risk{RiskKind::front_end, std::string(why)};
    }
  }
  if (!is_own && sample.has_wild && meets_api(pattern)) {
    return Risk{RiskKind::api, "it covers AWS API hosts, where any account's key works"};
  }
  if (!is_own && is_unknown_api(sample)) {
    return Risk{RiskKind::api,
                "no table knows this host of AWS, so it is taken for an API, where any account's "
                "key works"};
  }
  return std::nullopt;
}

std::optional<Risk> OpennessJudge::rentable_name(const Sample& sample, bool may_be_aws) {
  if (!sample.has_wild) return std::nullopt;
  const auto below = [](std::string name) -> std::optional<Risk> {
    if (!anyone_can_register_below(name)) return std::nullopt;
    return Risk{RiskKind::rentable, "anyone can register a name below " + quoted(name)};
  };
  if (sample.wildcards.leading_wildcard) {
    if (auto risk = below(sample.name_from(0))) return risk;
  }
  for (std::size_t place = 0; place + 1 < sample.labels.size(); ++place) {
    if (!sample.is_wild[place]) continue;
    if (auto risk = below(sample.name_from(place + 1))) return risk;
  }
  if (!may_be_aws) return std::nullopt;
  const auto why = tenant_owned(sample.wildcards);
  if (why.empty()) return std::nullopt;
  return Risk{RiskKind::rentable, std::string(why)};
}

bool OpennessJudge::is_own_account(std::string_view account) const {
  const auto& own = organization_.accounts;
  return own && !account.empty() && std::find(own->begin(), own->end(), account) != own->end();
}

bool OpennessJudge::shows_own_account(const HostPattern& pattern) const {
  // A console's host has what tells its sessions apart behind the account and a hyphen.
  const auto shows = [this](std::string_view label) {
    return is_own_account(label.substr(0, label.find('-')));
  };
  if (pattern.kind == HostPattern::Kind::host) {
    const auto labels = split_labels(pattern.the_host->text());
    return std::any_of(labels.begin(), labels.end(), shows);
  }
  return std::any_of(pattern.labels.begin(), pattern.labels.end(), [&](const auto& label) {
    if (label.parts.empty() || label.parts.front().kind != FilledPart::Kind::literal) return false;
    return shows(label.parts.front().literal);
  });
}

bool OpennessJudge::meets_api(const HostPattern& pattern) {
  // Names of other domains, which most are, are told apart by their last labels.
  const std::string suffix = last_two_labels(pattern);
  if (!may_end_api(suffix)) return false;
  if (api_patterns_.empty()) {
    for (HostPattern& api : everybodys(kApiSet)) {
      api_patterns_[last_two_labels(api)].push_back(std::move(api));
    }
  }
  const auto meets = [&](const auto& group) {
    if (!suffix.empty() && !group.first.empty() && suffix != group.first) return false;
    if (!effort_.take(group.second.size())) return true;  // too long to tell: it may
    return std::any_of(group.second.begin(), group.second.end(),
                       [&](const HostPattern& api) { return may_overlap(pattern, api); });
  };
  return std::any_of(api_patterns_.begin(), api_patterns_.end(), meets);
}

bool OpennessJudge::is_shared_by_all(const HostPattern& pattern, const Sample& sample,
                                     bool is_api) {
  fill_builtin_patterns();
  // An API in any region (`sts.*.amazonaws.com`) is judged by one of its hosts: as a pattern it
  // overlaps with names that no API has.
  const bool asks_pattern = !sample.host || (sample.has_wild && !is_api);
  return std::any_of(
      shared_patterns_.begin(), shared_patterns_.end(), [&](const HostPattern& shared) {
        return asks_pattern ? may_overlap(pattern, shared) : shared.matches(*sample.host, true);
      });
}

bool OpennessJudge::is_unknown_api(const Sample& sample) {
  if (!sample.host || !is_below_api_suffix(sample.host->text())) return false;
  if (is_one_tenants(*sample.host)) return false;
  fill_builtin_patterns();
  return std::none_of(harmless_patterns_.begin(), harmless_patterns_.end(),
                      [&](const HostPattern& each) { return each.matches(*sample.host, true); });
}

void OpennessJudge::fill_builtin_patterns() {
  if (!shared_patterns_.empty()) return;
  for (const std::string_view set : builtin_set_names()) {
    if (set == kApiSet) continue;
    const auto builtin = builtin_set(set);
    const bool is_api = kind_of_set(set) == SetKind::api;
    const auto patterns = everybodys(set);
    for (std::size_t i = 0; i < builtin.size(); ++i) {
      if (builtin[i].deny_only) continue;
      if (builtin[i].tenant == Tenant::path) {
        shared_patterns_.push_back(patterns[i]);
      } else if (builtin[i].tenant == Tenant::none && !is_api) {
        harmless_patterns_.push_back(patterns[i]);
      }
    }
  }
}

}  // namespace sallyport
