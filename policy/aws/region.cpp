#include "policy/aws/region.h"

#include <algorithm>
#include <array>

#include "policy/values/ascii.h"

namespace sallyport {
namespace {

constexpr KnownRegion kKnownRegions[] = {
    {"af-south-1", Partition::aws},
    {"ap-east-1", Partition::aws},
    {"ap-east-2", Partition::aws},
    {"ap-northeast-1", Partition::aws},
    {"ap-northeast-2", Partition::aws},
    {"ap-northeast-3", Partition::aws},
    {"ap-south-1", Partition::aws},
    {"ap-south-2", Partition::aws},
    {"ap-southeast-1", Partition::aws},
    {"ap-southeast-2", Partition::aws},
    {"ap-southeast-3", Partition::aws},
    {"ap-southeast-4", Partition::aws},
    {"ap-southeast-5", Partition::aws},
    {"ap-southeast-6", Partition::aws},
    {"ap-southeast-7", Partition::aws},
    {"ca-central-1", Partition::aws},
    {"ca-west-1", Partition::aws},
    {"cn-north-1", Partition::aws_cn},
    {"cn-northwest-1", Partition::aws_cn},
    {"eu-central-1", Partition::aws},
    {"eu-central-2", Partition::aws},
    {"eu-north-1", Partition::aws},
    {"eu-south-1", Partition::aws},
    {"eu-south-2", Partition::aws},
    {"eu-west-1", Partition::aws},
    {"eu-west-2", Partition::aws},
    {"eu-west-3", Partition::aws},
    {"eusc-de-east-1", Partition::aws_eusc},
    {"il-central-1", Partition::aws},
    {"me-central-1", Partition::aws},
    {"me-south-1", Partition::aws},
    {"mx-central-1", Partition::aws},
    {"sa-east-1", Partition::aws},
    {"us-east-1", Partition::aws},
    {"us-east-2", Partition::aws},
    {"us-gov-east-1", Partition::aws_us_gov},
    {"us-gov-west-1", Partition::aws_us_gov},
    {"us-west-1", Partition::aws},
    {"us-west-2", Partition::aws},
};

/// Two letters each.
constexpr std::string_view kAwsContinents = "us eu ap sa ca me af il mx";

/// `\w` of the regular expressions, for canonical (lower-case) text.
bool is_word(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; }

/// True for `\w+-\d+`, what every region ends with.
bool is_place_and_number(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == text.size()) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(dash), is_word) &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(dash) + 1, text.end(), is_digit);
}

}  // namespace

std::string_view text(Partition partition) {
  switch (partition) {
    case Partition::aws:
      return "aws";
    case Partition::aws_cn:
      return "aws-cn";
    case Partition::aws_us_gov:
      return "aws-us-gov";
    case Partition::aws_eusc:
      return "aws-eusc";
  }
  return "";
}

PartitionSet partition_of_region(std::string_view label) {
  // Asked of every label of every host: most are ruled out by their end.
  if (label.size() < 6 || !is_digit(label.back())) return {};
  const auto shaped = [label](std::string_view prefix, Partition partition) {
    const bool is_of_it =
        label.starts_with(prefix) && is_place_and_number(label.substr(prefix.size()));
    return is_of_it ? PartitionSet::of(partition) : PartitionSet{};
  };
  if (label[2] != '-') return shaped("eusc-de-", Partition::aws_eusc);
  const std::string_view continent = label.substr(0, 2);
  if (continent == "cn") return shaped("cn-", Partition::aws_cn);
  if (const auto gov = shaped("us-gov-", Partition::aws_us_gov); !gov.is_empty()) return gov;
  const auto at = kAwsContinents.find(continent);
  const bool is_aws =
      at != std::string_view::npos && at % 3 == 0 && is_place_and_number(label.substr(3));
  return is_aws ? PartitionSet::of(Partition::aws) : PartitionSet{};
}

bool may_begin_region(std::string_view text) {
  constexpr std::string_view kBegins[] = {"us", "eu", "ap", "sa", "ca",  "me",
                                          "af", "il", "mx", "cn", "eusc"};
  const std::string_view first = text.substr(0, text.find('-'));
  return std::any_of(std::begin(kBegins), std::end(kBegins), [&](std::string_view begin) {
    return first.size() == text.size() ? begin.starts_with(text) : begin == first;
  });
}

bool is_region(std::string_view label) { return !partition_of_region(label).is_empty(); }

std::span<const KnownRegion> known_regions() { return kKnownRegions; }

bool is_known_region(std::string_view label) {
  return std::any_of(std::begin(kKnownRegions), std::end(kKnownRegions),
                     [label](const KnownRegion& region) { return region.name == label; });
}

}  // namespace sallyport
