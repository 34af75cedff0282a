// The host names of S3 read a second time, slowly and plainly: one regular expression for each form
// that domains.yaml, supplements.yaml and the Public Suffix List have (policy/aws/data), tried one
// after the other. The oracle of s3_host_fuzz.cpp; nothing here comes from the gate's reader.
#pragma once

#include <cstddef>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "policy/aws/region.h"
#include "policy/aws/s3_host.h"

namespace sallyport::fuzz {

struct PlainS3Host {
  S3Form form = S3Form::none;
  std::string bucket;
  std::string access_point;
  std::string account;
  std::string region;
  Partition partition = Partition::aws;
  bool is_fips = false;
  bool is_dualstack = false;
};

/// A form, and what its groups are: bucket, access point, account, region, fips, dualstack. In the
/// pattern B is a bucket's labels, N one label, A an account, R a region.
struct PlainS3Form {
  S3Form form;
  const char* groups;
  const char* pattern;
};

inline constexpr PlainS3Form kPlainS3Forms[] = {
    {S3Form::path, "fdr", "s3(-fips)?\\.(dualstack\\.)?R"},
    {S3Form::bucket, "bfdr", "B\\.s3(-fips)?\\.(dualstack\\.)?R"},
    {S3Form::path, "fdr", "s3-deprecated(-fips)?\\.(dualstack\\.)?R"},
    {S3Form::bucket, "bfdr", "B\\.s3-deprecated(-fips)?\\.(dualstack\\.)?R"},
    {S3Form::path, "fr", "s3-(fips-)?R"},
    {S3Form::bucket, "bfr", "B\\.s3-(fips-)?R"},
    {S3Form::path, "", "s3|s3-1|s3-external-1"},
    {S3Form::bucket, "b", "B\\.(?:s3|s3-1|s3-external-1)"},
    {S3Form::accelerate, "bd", "B\\.s3-accelerate(\\.dualstack)?"},
    {S3Form::access_point, "pafdr", "N-A\\.s3-accesspoint(-fips)?\\.(dualstack\\.)?R"},
    {S3Form::object_lambda, "pafdr", "N-A\\.s3-object-lambda(-fips)?\\.(dualstack\\.)?R"},
    // What answers for an object: the host is a route, and shows no account.
    {S3Form::object_lambda, ".fdr", "N\\.s3-object-lambda(-fips)?\\.(dualstack\\.)?R"},
    {S3Form::outposts, "pafdr",
     "N-A\\.(?:op-[a-z0-9_-]+|ec2)\\.s3-outposts(-fips)?\\.(dualstack\\.)?R"},
    // An alias instead of a name and an account.
    {S3Form::outposts, ".fdr",
     "N\\.(?:op-[a-z0-9_-]+|ec2)\\.s3-outposts(-fips)?\\.(dualstack\\.)?R"},
    {S3Form::multi_region, "b", "([a-z0-9_-]+\\.mrap)\\.accesspoint\\.s3-global"},
    {S3Form::express_control, "fdr", "s3express-control(-fips)?\\.(dualstack\\.)?R"},
    // Whatever stands for the zone: no stranger can have a name there.
    {S3Form::express, "bfdr",
     "B\\.s3express-(?!control(?:-fips)?\\.)(fips-)?[a-z0-9_-]+\\.(dualstack\\.)?R"},
    {S3Form::control, "fdr", "s3-control(-fips)?\\.(dualstack\\.)?R"},
    {S3Form::control, "afdr", "A\\.s3-control(-fips)?\\.(dualstack\\.)?R"},
    {S3Form::website, "bdr", "B\\.s3-website\\.(dualstack\\.)?R"},
    {S3Form::website, "br", "B\\.s3-website-R"},
    {S3Form::website, "dr", "s3-website\\.(dualstack\\.)?R"},
    {S3Form::website, "r", "s3-website-R"},
    {S3Form::bucket, "br", "B\\.bucket\\.vpce-[a-z0-9_-]+\\.s3\\.R\\.vpce"},
    {S3Form::access_point, "par", "N-A\\.accesspoint\\.vpce-[a-z0-9_-]+\\.s3\\.R\\.vpce"},
};

struct PlainPartition {
  Partition partition;
  const char* suffix;
  const char* region;
};

/// botocore's partitions, with the regular expressions of their regions.
inline constexpr PlainPartition kPlainPartitions[] = {
    {Partition::aws, ".amazonaws.com", "((?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z0-9_]+-[0-9]+)"},
    {Partition::aws_us_gov, ".amazonaws.com", "(us-gov-[a-z0-9_]+-[0-9]+)"},
    {Partition::aws_cn, ".amazonaws.com.cn", "(cn-[a-z0-9_]+-[0-9]+)"},
    {Partition::aws_eusc, ".amazonaws.eu", "(eusc-de-[a-z0-9_]+-[0-9]+)"},
};

/// The pattern with its capitals written out.
inline std::regex plain_s3_regex(const PlainS3Form& form, const PlainPartition& partition) {
  std::string text;
  for (const char* at = form.pattern; *at != '\0'; ++at) {
    if (*at == 'B') text += "([a-z0-9_.-]+)";
    if (*at == 'N') text += "([a-z0-9_-]+)";
    if (*at == 'A') text += "([0-9]{12})";
    if (*at == 'R') text += partition.region;
    if (*at < 'A' || *at > 'Z') text += *at;
  }
  return std::regex(text);
}

inline void put_group(PlainS3Host& found, char group, const std::string& value) {
  if (group == 'b') found.bucket = value;
  if (group == 'p') found.access_point = value;
  if (group == 'a') found.account = value;
  if (group == 'r') found.region = value;
  if (group == 'f') found.is_fips = !value.empty();
  if (group == 'd') found.is_dualstack = !value.empty();
}

/// Reads a canonical name.
inline std::optional<PlainS3Host> plain_s3_host(const std::string& host) {
  for (const PlainPartition& partition : kPlainPartitions) {
    const std::string suffix = partition.suffix;
    if (host.size() <= suffix.size() || !host.ends_with(suffix)) continue;
    const std::string name = host.substr(0, host.size() - suffix.size());
    static std::vector<std::regex> compiled;  // in the order of the two loops, made once
    const auto row = static_cast<std::size_t>(&partition - kPlainPartitions);
    if (compiled.empty()) {
      for (const PlainPartition& each : kPlainPartitions) {
        for (const PlainS3Form& form : kPlainS3Forms) {
          compiled.push_back(plain_s3_regex(form, each));
        }
      }
    }
    for (std::size_t i = 0; i < std::size(kPlainS3Forms); ++i) {
      std::smatch match;
      if (!std::regex_match(name, match, compiled[row * std::size(kPlainS3Forms) + i])) continue;
      PlainS3Host found;
      found.form = kPlainS3Forms[i].form;
      found.partition = partition.partition;
      const std::string groups = kPlainS3Forms[i].groups;
      for (std::size_t g = 0; g < groups.size(); ++g) {
        put_group(found, groups[g], match[g + 1]);
      }
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace sallyport::fuzz
