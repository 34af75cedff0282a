#include "policy/tools/openness.h"

#include <algorithm>
#include <span>

#include "policy/aws/builtin_sets.h"
#include "policy/aws/endpoint.h"
#include "policy/aws/s3_host.h"
#include "policy/aws/tenancy.h"
#include "policy/loader/pattern_cover.h"
#include "policy/quoted.h"
#include "policy/tools/public_suffix.h"

namespace sallyport {
namespace {

constexpr std::string_view kApiSet = "aws-api";
constexpr std::string_view kS3Set = "s3";

constexpr char kS3Sentence[] =
    "bucket names are global: anyone can register one, and in a tunnel the Host inside TLS chooses "
    "the bucket";
constexpr char kAnyApiSentence[] = "it covers AWS API hosts, where any account's key works";

Risk risk_of_api(const AwsHost& api) {
  return {RiskKind::api, "any account's key works at the API of " + std::string(api.service)};
}

/// A set's patterns with every label open, one for one.
std::vector<HostPattern> everybodys(std::string_view set) {
  std::vector<HostPattern> patterns;
  for (const FilledPattern& each : fill(set, SetPlace::deny_hosts, {}, false).patterns) {
    patterns.push_back(HostPattern::of(each));
  }
  return patterns;
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

std::optional<Risk> OpennessJudge::risk_of_endpoints(const HostPattern& pattern, AwsPins pins) {
  const bool is_wide =
      pattern.kind == HostPattern::Kind::any || pattern.kind == HostPattern::Kind::regex;
  if (!pins.buckets && (is_wide || meets_s3(pattern))) return Risk{RiskKind::s3, kS3Sentence};
  if (pins.signer) return std::nullopt;
  if (is_wide) return Risk{RiskKind::api, kAnyApiSentence};
  if (pattern.kind == HostPattern::Kind::host && pattern.the_host->is_literal()) {
    return std::nullopt;
  }
  const PatternSample sample(pattern);
  const auto api = sample.host ? aws_host(*sample.host) : std::nullopt;
  if (shows_own_account(pattern) || (api && is_own_account(api->account))) return std::nullopt;
  if (api) return api->is_s3() ? std::nullopt : std::optional(risk_of_api(*api));
  if (!sample.has_wild || !meets_api(pattern)) return std::nullopt;
  return Risk{RiskKind::api, kAnyApiSentence};
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
  const PatternSample sample(pattern);
  return may_be_aws ? risk_of_name(pattern, sample, is_read) : rentable_name(sample, false);
}

std::optional<Risk> OpennessJudge::risk_of_name(const HostPattern& pattern,
                                                const PatternSample& sample, bool is_read) {
  const bool is_read_by_name = is_read && pattern.is_exact();
  const auto s3 = sample.host ? s3_host(sample.host->text()) : std::nullopt;
  if (s3 && !(s3->form == S3Form::website && is_read_by_name)) {
    return Risk{RiskKind::s3, kS3Sentence};
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
    if (api) return risk_of_api(*api);
  }
  if (sample.host && !is_read_by_name) {
    if (const auto why = shared_front_end(*sample.host); !why.empty()) {
      return Risk{RiskKind::front_end, std::string(why)};
    }
  }
  if (!is_own && sample.has_wild && meets_api(pattern)) {
    return Risk{RiskKind::api, kAnyApiSentence};
  }
  if (!is_own && is_unknown_api(sample)) {
    return Risk{RiskKind::api,
                "no table knows this host of AWS, so it is taken for an API, where any account's "
                "key works"};
  }
  return std::nullopt;
}

std::optional<Risk> OpennessJudge::rentable_name(const PatternSample& sample, bool may_be_aws) {
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

bool OpennessJudge::meets_s3(const HostPattern& pattern) {
  if (pattern.kind == HostPattern::Kind::host) {
    return !pattern.the_host->is_literal() && s3_host(pattern.the_host->text()).has_value();
  }
  if (!may_end_api(last_two_labels(pattern))) return false;
  if (s3_patterns_.empty()) s3_patterns_ = everybodys(kS3Set);
  return std::any_of(s3_patterns_.begin(), s3_patterns_.end(),
                     [&](const HostPattern& s3) { return may_overlap(pattern, s3); });
}

bool OpennessJudge::is_shared_by_all(const HostPattern& pattern, const PatternSample& sample,
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

bool OpennessJudge::is_unknown_api(const PatternSample& sample) {
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
