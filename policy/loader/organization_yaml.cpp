#include "policy/loader/organization_yaml.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "policy/aws/region.h"
#include "policy/loader/aws_value_text.h"
#include "policy/quoted.h"
#include "policy/values/host.h"

namespace sallyport {
namespace {

using Values = OrganizationLabels::Values;

// Each value stands in every pattern that it fills. AWS has some 40 regions, and the largest
// organizations some thousand accounts.
constexpr std::size_t kValuesMax = 10'000;
constexpr std::size_t kRegionsMax = 200;

/// A value of one list: empty if it is right, else what would be right.
using Check = std::string (*)(const YamlNode& item);

std::string check_account(const YamlNode& item) {
  std::string error;
  parse_account(item, error);
  return error;
}

/// A value that other rooms of the policy read, too.
template <auto kParse>
std::string as_check(const YamlNode& item) {
  std::string error;
  return kParse(item.text, error) ? std::string() : error;
}

/// One label of a host name, as it is filled into the patterns of a set.
std::string check_label(const YamlNode& item) {
  const auto host = Host::parse_name("x." + item.text + ".example.org");
  const bool is_label = host && item.text.find('.') == std::string::npos;
  if (is_label && host->text() == "x." + item.text + ".example.org") return {};
  return quoted(item.text) + " is no label of a host name: a-z, 0-9, '_' and '-', up to 63";
}

std::string check_alias(const YamlNode& item) {
  if (is_known_region(item.text)) {
    return quoted(item.text) + " is a region, and would be read as one; it is no alias";
  }
  return check_label(item);
}

Values read_values(const Fields& fields, std::string_view key, Check check,
                   Diagnostics& diagnostics) {
  const YamlNode* node = fields.find(key);
  if (node == nullptr) return std::nullopt;
  const std::size_t values_max = key == "regions" ? kRegionsMax : kValuesMax;
  if (node->items.size() > values_max) {
    diagnostics.error(node->mark, "`" + std::string(key) + "` has more than " +
                                      std::to_string(values_max) + " values; list fewer");
    return std::nullopt;
  }
  std::vector<std::string> values;
  for (const YamlNode& item : node->items) {
    if (!item.is_scalar()) continue;  // told already
    if (std::string error = check(item); !error.empty()) {
      diagnostics.error(item.mark, std::move(error));
    } else {
      values.push_back(item.text);
    }
  }
  return values;
}

}  // namespace

OrganizationLabels read_organization(const Fields& top, Diagnostics& diagnostics) {
  OrganizationLabels labels;
  const auto fields = top.below("organization", Block::organization);
  if (!fields) return labels;
  const auto read = [&](std::string_view key, Check check) {
    return read_values(*fields, key, check, diagnostics);
  };
  labels.accounts = read("accounts", check_account);
  labels.buckets = read("buckets", as_check<parse_bucket>);
  labels.regions = read("regions", as_check<parse_region>);
  labels.sign_in_aliases = read("sign_in_aliases", check_alias);
  labels.identity_center = read("identity_center", check_label);
  labels.studio_domains = read("studio_domains", check_label);
  labels.studio_hosts = read("studio_hosts", check_label);
  labels.notebooks = read("notebooks", check_label);
  return labels;
}

std::vector<std::string> read_no_proxy(const Fields& top) {
  return top.list(
      "no_proxy", [](std::string_view text, std::string& error) -> std::optional<std::string> {
        // NO_PROXY takes IPv6 without brackets, and only so.
        if (const auto address = IpAddress::parse(text)) return address->text();
        if (const auto name = Host::parse_name(text)) return std::string(name->text());
        error = quoted(text) +
                " is no host name or address; write mlflow.internal or 10.0.0.4, without a port, "
                "range or '*'";
        return std::nullopt;
      });
}

}  // namespace sallyport
