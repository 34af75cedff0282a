#include "policy/aws/endpoint.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "policy/aws/builtin_sets.h"

namespace sallyport {
namespace {

using Columns = std::vector<std::string>;

/// The lines of a table below TOP, without comments, cut at tabs.
std::vector<Columns> table(const std::string& path) {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) + "/" + path);
  std::vector<Columns> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    Columns columns;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) columns.push_back(cell);
    rows.push_back(columns);
  }
  return rows;
}

std::optional<AwsHost> of(const Host& host) { return aws_host(host); }

TEST_CASE("Every host that the SDK makes for S3 is read as the SDK meant it") {
  const std::map<std::string, S3Form> forms = {
      {"vhost", S3Form::bucket},          {"path", S3Form::path},
      {"accelerate", S3Form::accelerate}, {"accesspoint", S3Form::access_point},
      {"express", S3Form::express},       {"express-control", S3Form::express_control},
      {"mrap", S3Form::multi_region},     {"object-lambda", S3Form::object_lambda},
      {"outposts", S3Form::outposts}};
  const auto rows = table("tests/data/aws/s3_host_vectors.tsv");
  REQUIRE(rows.size() == 74);
  for (const Columns& row : rows) {
    CAPTURE(row[0]);
    const auto host = Host::parse(row[0]);
    REQUIRE(host);
    const auto found = of(*host);
    REQUIRE(found);
    CHECK(found->s3_form == forms.at(row[2]));
    const bool is_in_path = row[2] == "path" || row[2] == "express-control";
    CHECK(std::string(found->bucket) + std::string(found->access_point) ==
          (is_in_path ? "" : row[3]));
    CHECK(found->account == row[4]);
    CHECK(found->region == row[5]);
    CHECK(found->signing_region == row[5]);
    CHECK(found->service == row[7]);
    CHECK(found->is_s3());
    CHECK(found->is_any_s3());
    CHECK(found->is_fips == (row[0].find("-fips") != std::string::npos));
    CHECK(found->is_dualstack == (row[0].find("dualstack") != std::string::npos));
  }
}

TEST_CASE("Every service is found at its endpoint, in every form and region") {
  const std::map<std::string, std::vector<std::string>> columns = {
      {"aws", {"us-east-1", "eu-central-1", "ap-southeast-7"}},
      {"aws_fips", {"us-east-1", "us-gov-west-1"}},
      {"aws_dual", {"us-west-2"}},
      {"aws_fips_dual", {"us-west-2"}},
      {"cn", {"cn-north-1"}},
      {"gov", {"us-gov-east-1"}},
      {"eusc", {"eusc-de-east-1"}}};
  const auto rows = table("policy/aws/data/endpoints.tsv");
  REQUIRE(rows.size() == 425);
  std::size_t hosts = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    for (std::size_t column = 3; column < std::min<std::size_t>(rows[i].size(), 10); ++column) {
      const std::string pattern = rows[i][column].substr(0, rows[i][column].find('/'));
      if (pattern.empty()) continue;
      const auto at = pattern.find("{r}");
      for (const std::string& region : columns.at(rows[0][column])) {
        std::string name = pattern;
        if (at != std::string::npos) name.replace(at, 3, region);
        CAPTURE(name);
        const auto host = Host::parse(name);
        REQUIRE(host);
        const auto found = of(*host);
        REQUIRE(found);
        ++hosts;
        const auto signing = found->signing_names;
        CHECK(std::find(signing.begin(), signing.end(), rows[i][2]) != signing.end());
        const auto models = found->models;
        CHECK(std::find(models.begin(), models.end(), rows[i][0]) != models.end());
        if (at != std::string::npos) CHECK(found->region == region);
        if (at != std::string::npos) CHECK(found->signing_region == region);
      }
    }
  }
  CHECK(hosts > 4000);
}

struct Row {
  std::string_view host;
  std::string_view service;
  std::string_view region;
  std::string_view signing_region;
  std::string_view partition;
  std::string_view account;
  std::string_view bucket;
};

constexpr Row kRows[] = {
    // One endpoint for the whole partition signs for one region.
    {"iam.amazonaws.com", "iam", "", "us-east-1", "aws", "", ""},
    {"sts.amazonaws.com", "sts", "", "us-east-1", "aws", "", ""},
    {"iam.us-gov.amazonaws.com", "iam", "", "us-gov-west-1", "aws-us-gov", "", ""},
    {"account.us-east-1.amazonaws.com", "account", "us-east-1", "us-east-1", "aws", "", ""},
    {"route53.amazonaws.com.cn", "route53", "", "cn-northwest-1", "aws-cn", "", ""},
    {"cloudfront.amazonaws.com", "cloudfront", "", "", "aws", "", ""},
    // The host shows the account.
    {"111122223333.dkr.ecr.us-east-1.amazonaws.com", "ecr", "us-east-1", "us-east-1", "aws",
     "111122223333", ""},
    {"111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn", "ecr", "cn-north-1", "cn-north-1",
     "aws-cn", "111122223333", ""},
    {"111122223333.dkr-ecr.eu-west-1.on.aws", "ecr", "eu-west-1", "eu-west-1", "aws",
     "111122223333", ""},
    {"my-domain-111122223333.d.codeartifact.us-east-1.amazonaws.com", "codeartifact", "us-east-1",
     "us-east-1", "aws", "111122223333", ""},
    {"111122223333.s3-control.us-east-1.amazonaws.com", "s3", "us-east-1", "us-east-1", "aws",
     "111122223333", ""},
    {"111122223333.ddb.us-east-1.amazonaws.com", "dynamodb", "us-east-1", "us-east-1", "aws",
     "111122223333", ""},
    {"111122223333.data-kinesis-fips.us-east-1.api.aws", "kinesis", "us-east-1", "us-east-1", "aws",
     "111122223333", ""},
    {"111122223333.cloudfront-kvs.global.api.aws", "cloudfront-keyvaluestore", "", "", "aws",
     "111122223333", ""},
    {"g-abc.us-east-1.neptune-graph.amazonaws.com", "neptune-graph", "us-east-1", "us-east-1",
     "aws", "", ""},
    {"public.ecr.aws", "ecr-public", "", "", "aws", "", ""},
    // S3's older and rarer names.
    {"b.s3-eu-west-1.amazonaws.com", "s3", "eu-west-1", "eu-west-1", "aws", "", "b"},
    {"a.b.c.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1", "eu-west-1", "aws", "", "a.b.c"},
    {"b.s3-external-1.amazonaws.com", "s3", "", "", "aws", "", "b"},
    {"s3.amazonaws.com", "s3", "", "", "aws", "", ""},
    {"us-east-1.s3.us-west-2.amazonaws.com", "s3", "us-west-2", "us-west-2", "aws", "",
     "us-east-1"},
    {"s3.s3.us-west-2.amazonaws.com", "s3", "us-west-2", "us-west-2", "aws", "", "s3"},
    {"b.bucket.vpce-0a1b.s3.us-east-1.vpce.amazonaws.com", "s3", "us-east-1", "us-east-1", "aws",
     "", "b"},
    {"ap-111122223333.accesspoint.vpce-0a1b.s3.us-east-1.vpce.amazonaws.com", "s3", "us-east-1",
     "us-east-1", "aws", "111122223333", ""},
    // Operations with a host prefix of their own.
    {"stream-logs.us-east-1.amazonaws.com", "logs", "us-east-1", "us-east-1", "aws", "", ""},
    {"management.deadline.us-east-1.amazonaws.com", "deadline", "us-east-1", "us-east-1", "aws", "",
     ""},
    {"oidc.us-east-1.amazonaws.com", "sso-oauth", "us-east-1", "us-east-1", "aws", "", ""},
    {"us-east-1.signin.aws.amazon.com", "signin", "us-east-1", "us-east-1", "aws", "", ""},
    {"signin.aws.amazon.com", "signin", "", "", "aws", "", ""},
    {"signin.amazonaws.cn", "signin", "", "", "aws-cn", "", ""},
    {"signin.amazonaws-us-gov.com", "signin", "", "", "aws-us-gov", "", ""},
};

TEST_CASE("A host shows service, region, account and bucket") {
  for (const Row& row : kRows) {
    CAPTURE(row.host);
    const auto host = Host::parse(row.host);
    REQUIRE(host);
    const auto found = of(*host);
    REQUIRE(found);
    CHECK(found->service == row.service);
    CHECK(found->region == row.region);
    CHECK(found->signing_region == row.signing_region);
    CHECK(text(found->partition) == row.partition);
    CHECK(found->account == row.account);
    CHECK(found->bucket == row.bucket);
  }
}

TEST_CASE("Other hosts are no AWS endpoints") {
  constexpr std::string_view kHosts[] = {"example.com",
                                         "amazonaws.com",
                                         "us-east-1.amazonaws.com",
                                         "no-such.us-east-1.amazonaws.com",
                                         "sts.us-east-1.amazonaws.com.attacker.example",
                                         "xsts.us-east-1.amazonaws.com",
                                         "x.sts.us-east-1.amazonaws.com",
                                         "sts.nowhere.amazonaws.com",
                                         "sts.cn-north-1.amazonaws.com",
                                         "sts.us-east-1.amazonaws.com.cn",
                                         "iam.us-east-1.amazonaws.com",
                                         "abc.execute-api.us-east-1.amazonaws.com",
                                         "abc.lambda-url.us-east-1.on.aws",
                                         "b.s3-website-us-east-1.amazonaws.com",
                                         "b.s3-website.us-east-1.amazonaws.com",
                                         "b.s3-control.us-east-1.amazonaws.com",
                                         "s3-accelerate.amazonaws.com",
                                         "s3-accesspoint.us-east-1.amazonaws.com",
                                         "ap-1234.s3-accesspoint.us-east-1.amazonaws.com",
                                         "mrap.accesspoint.s3-global.amazonaws.com",
                                         "a.b.mrap.accesspoint.s3-global.amazonaws.com",
                                         "11112222333.dkr.ecr.us-east-1.amazonaws.com",
                                         "x.dkr.ecr.us-east-1.amazonaws.com",
                                         "1.1.dkr.ecr.us-east-1.amazonaws.com",
                                         "111122223333.dkr.ecr.nowhere.amazonaws.com",
                                         "console.aws.amazon.com",
                                         "d-abc.studio.us-east-1.sagemaker.aws",
                                         "10.0.0.1",
                                         "stranger.signin.aws.amazon.com",
                                         "vpce-0a1b.s3.us-east-1.vpce.amazonaws.com"};
  for (const std::string_view name : kHosts) {
    CAPTURE(name);
    const auto host = Host::parse(name);
    REQUIRE(host);
    CHECK_FALSE(of(*host).has_value());
  }
}

/// Some host that the pattern matches.
std::string sample(const BuiltinPattern& pattern) {
  std::string name;
  for (const LabelSpec& label : labels_of(pattern.text).labels) {
    if (!name.empty()) name += '.';
    for (const LabelPart& part : label.parts) {
      switch (part.kind) {
        case LabelPart::Kind::literal:
          name += part.literal;
          break;
        case LabelPart::Kind::region:
          for (const KnownRegion& region : known_regions()) {
            if (!pattern.partitions.contains(region.partition)) continue;
            name += region.name;
            break;
          }
          break;
        case LabelPart::Kind::typed:
          name += part.tenant == TenantKind::account   ? "111122223333"
                  : part.tenant == TenantKind::outpost ? "op-1"
                                                       : "abc";
          break;
      }
    }
  }
  return name;
}

TEST_CASE("Every host of @aws-api is an AWS endpoint, and shows the account that is in it") {
  const auto patterns = builtin_set("aws-api");
  REQUIRE(patterns.size() > 5000);
  for (const BuiltinPattern& pattern : patterns) {
    const std::string name = sample(pattern);
    CAPTURE(name);
    const auto host = Host::parse(name);
    REQUIRE(host);
    const auto found = of(*host);
    REQUIRE(found);
    CHECK_FALSE(found->service.empty());
    CHECK(pattern.partitions.contains(found->partition));
    const bool has_account_label = pattern.text.find("<account>.") != std::string_view::npos;
    CHECK(found->account == (has_account_label ? "111122223333" : ""));
  }
}

TEST_CASE("An address literal and a name of 253 bytes are no AWS endpoints") {
  CHECK_FALSE(of(Host::of(*IpAddress::parse("2001:db8::1"))).has_value());
  std::string name;
  while (name.size() < 190) name += "us-east-1.us-east-1.us-east-1.us-east-1.";
  name += "amazonaws.com";
  const auto host = Host::parse(name);
  REQUIRE(host);
  CHECK_FALSE(of(*host).has_value());
}

TEST_CASE("the region of a VPC endpoint stands in its name") {
  struct NameAndRegion {
    std::string_view name;
    std::string_view region;
  };
  const NameAndRegion rows[] = {
      {"vpce-0a1b.s3.us-east-1.vpce.amazonaws.com", "us-east-1"},
      {"vpce-0a1b-use1a.sts.us-east-1.vpce.amazonaws.com", "us-east-1"},
      {"bucket.vpce-0a1b.s3.eu-central-1.vpce.amazonaws.com", "eu-central-1"},
      {"vpce-0a1b.s3.cn-north-1.vpce.amazonaws.com.cn", "cn-north-1"},
      {"vpce.us-east-1.example.org", ""},
      {"s3.us-east-1.amazonaws.com", ""},
      {"vpce.amazonaws.com", ""},
  };
  for (const NameAndRegion& row : rows) {
    CAPTURE(row.name);
    CHECK(vpc_endpoint_region(*Host::parse(row.name)) == row.region);
  }
}

}  // namespace
}  // namespace sallyport
