#include "policy/aws/tenancy.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "policy/aws/generated_tables.h"
#include "policy/aws/region.h"
#include "policy/aws/s3_host.h"

namespace sallyport {
namespace {

// domains.yaml, `partitions`: dns and dual.
constexpr std::string_view kApiSuffixes[] = {
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".api.amazonwebservices.eu",
};

constexpr std::string_view kSharedS3 = "S3: the Host inside TLS, or the path, chooses the bucket";

WildcardPattern split(std::string_view text) {
  WildcardPattern pattern;
  if (text.starts_with("*.")) {
    pattern.leading_wildcard = true;
    text.remove_prefix(2);
  }
  for (;;) {
    const auto dot = text.find('.');
    pattern.labels.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return pattern;
    text.remove_prefix(dot + 1);
  }
}

/// True if some label fits both: `own` is a table's (literal, `*`, or with `{r}` in it), `label` a
/// pattern's or a host's.
bool can_meet(std::string_view own, std::string_view label) {
  if (own == "*" || label == "*") return true;
  const auto at = own.find("{r}");
  if (at == std::string_view::npos) return own == label;
  const auto before = own.substr(0, at);
  const auto after = own.substr(at + 3);
  if (label.size() < before.size() + after.size()) return false;
  return label.starts_with(before) && label.ends_with(after) &&
         is_region(label.substr(before.size(), label.size() - before.size() - after.size()));
}

/// True if the labels that both have, counted from the right, can meet.
bool meet_from_right(std::span<const std::string_view> own,
                     std::span<const std::string_view> labels) {
  const std::size_t count = std::min(own.size(), labels.size());
  for (std::size_t i = 1; i <= count; ++i) {
    if (!can_meet(own[own.size() - i], labels[labels.size() - i])) return false;
  }
  return true;
}

/// The labels of a tenant-owned suffix; the tenant's label stands left of them.
std::vector<std::string_view> suffix_labels(const SuffixRow& row) {
  WildcardPattern suffix = split(row.text);
  if (suffix.leading_wildcard) suffix.labels.insert(suffix.labels.begin(), "*");
  return std::move(suffix.labels);
}

/// True if a wildcard of the pattern can stand at the label below the suffix.
bool opens(const WildcardPattern& pattern, const std::vector<std::string_view>& suffix) {
  const auto& labels = pattern.labels;
  if (!meet_from_right(suffix, labels)) return false;
  if (labels.size() <= suffix.size()) return pattern.leading_wildcard;
  return labels[labels.size() - suffix.size() - 1] == "*";
}

/// The last two labels of a table's text, or the last alone where the other is not literal.
std::string_view literal_end(std::string_view text) {
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return text;
  const auto before = text.rfind('.', dot - 1);
  const auto end = before == std::string_view::npos ? text : text.substr(before + 1);
  const bool is_literal = end.find_first_of("*{<") == std::string_view::npos;
  return is_literal ? end : text.substr(dot + 1);
}

/// The ends of all names in the tables, sorted.
std::vector<std::string_view> all_ends() {
  // S3's names are read by shape (s3_host.h).
  std::vector<std::string_view> ends = {"amazonaws.com", "com.cn", "amazonaws.eu"};
  for (const BuiltinSet& set : generated_sets()) {
    for (const BuiltinPattern& each : set.patterns) ends.push_back(literal_end(each.text));
  }
  for (const BuiltinPattern& each : generated_api_patterns()) {
    ends.push_back(literal_end(each.text));
  }
  for (const SuffixRow& row : generated_tenant_suffixes()) ends.push_back(literal_end(row.text));
  for (const SuffixRow& row : generated_front_ends()) ends.push_back(literal_end(row.text));
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

/// `{r}.amazonaws.com`, which the public suffix list has for the oldest instances: services have
/// their names there, too.
bool is_all_of_a_region(std::string_view suffix) {
  constexpr std::string_view kRegion = "{r}";
  return suffix.starts_with(kRegion) &&
         std::find(std::begin(kApiSuffixes), std::end(kApiSuffixes),
                   suffix.substr(kRegion.size())) != std::end(kApiSuffixes);
}

}  // namespace

bool may_end_aws_name(std::string_view end) {
  static const std::vector<std::string_view> ends = all_ends();
  const auto dot = end.rfind('.');
  if (dot == std::string_view::npos) return true;
  return std::binary_search(ends.begin(), ends.end(), end) ||
         std::binary_search(ends.begin(), ends.end(), end.substr(dot + 1));
}

std::string_view tenant_owned(const WildcardPattern& pattern) {
  for (const SuffixRow& row : generated_tenant_suffixes()) {
    if (opens(pattern, suffix_labels(row))) return row.meaning;
  }
  return {};
}

bool is_below_api_suffix(std::string_view name) {
  return std::any_of(std::begin(kApiSuffixes), std::end(kApiSuffixes),
                     [&](std::string_view suffix) { return name.ends_with(suffix); });
}

bool is_one_tenants(const Host& host) {
  if (host.is_literal()) return false;
  const std::vector<std::string_view> labels = split(host.text()).labels;
  for (const SuffixRow& row : generated_tenant_suffixes()) {
    if (is_all_of_a_region(row.text)) continue;
    const std::vector<std::string_view> suffix = suffix_labels(row);
    if (labels.size() <= suffix.size() || !meet_from_right(suffix, labels)) continue;
    // Below the region of a VPC endpoint stands a service of AWS, or one that a customer offers.
    const std::string_view below = labels[labels.size() - suffix.size() - 1];
    const bool is_vpc_endpoint = suffix.size() > 1 && suffix[1] == "vpce";
    if (!is_vpc_endpoint || below.starts_with("vpce-svc-")) return true;
  }
  return false;
}

std::string_view shared_front_end(const Host& host) {
  if (host.is_literal()) return {};
  if (s3_host(host.text())) return kSharedS3;
  const WildcardPattern name = split(host.text());
  for (const SuffixRow& row : generated_front_ends()) {
    const WildcardPattern suffix = split(row.text);
    if (name.labels.size() >= suffix.labels.size() && meet_from_right(suffix.labels, name.labels)) {
      return row.meaning;
    }
  }
  return {};
}

}  // namespace sallyport
