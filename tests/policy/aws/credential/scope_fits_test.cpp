#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "policy/aws/credential/credentials.h"
#include "policy/aws/endpoint.h"

namespace sallyport {
namespace {

struct Row {
  std::string_view host;
  std::string_view region;
  std::string_view service;
  bool fits;
};

constexpr Row kRows[] = {
    {"s3.us-east-1.amazonaws.com", "us-east-1", "s3", true},
    {"bkt.s3.eu-west-1.amazonaws.com", "eu-west-1", "s3", true},
    {"bkt.s3.eu-west-1.amazonaws.com", "us-east-1", "s3", false},
    {"bkt.s3.eu-west-1.amazonaws.com", "eu-west-1", "sts", false},
    {"bkt.s3.eu-west-1.amazonaws.com", "eu-west-1", "s3express", false},
    // S3's global names take any region.
    {"s3.amazonaws.com", "us-east-1", "s3", true},
    {"bkt.s3.amazonaws.com", "eu-central-1", "s3", true},
    {"bkt.s3-accelerate.amazonaws.com", "eu-central-1", "s3", true},
    {"mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com", "", "s3", true},
    {"123456789012.s3-control.us-east-1.amazonaws.com", "us-east-1", "s3", true},
    {"123456789012.s3-control.us-east-1.amazonaws.com", "us-east-1", "s3control", false},
    {"b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "us-east-1", "s3express",
     true},
    {"b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "us-east-1", "s3", true},
    // Services that sign under another's name.
    {"api.sagemaker.us-east-1.amazonaws.com", "us-east-1", "sagemaker", true},
    {"runtime.sagemaker.us-east-1.amazonaws.com", "us-east-1", "sagemaker", true},
    {"featurestore-runtime.sagemaker.us-east-1.amazonaws.com", "us-east-1", "sagemaker", true},
    {"metrics.sagemaker.us-east-1.amazonaws.com", "us-east-1", "sagemaker", true},
    {"edge.sagemaker.us-east-1.amazonaws.com", "us-east-1", "sagemaker", true},
    {"a2i-runtime.sagemaker.us-east-1.amazonaws.com", "us-east-1", "sagemaker", true},
    {"sagemaker-geospatial.us-west-2.amazonaws.com", "us-west-2", "sagemaker-geospatial", true},
    {"sagemaker-geospatial.us-west-2.amazonaws.com", "us-west-2", "sagemaker", false},
    {"bedrock-runtime.us-east-1.amazonaws.com", "us-east-1", "bedrock", true},
    {"bedrock-agent-runtime.us-east-1.amazonaws.com", "us-east-1", "bedrock", true},
    {"email.us-east-1.amazonaws.com", "us-east-1", "ses", true},
    {"email.us-east-1.amazonaws.com", "us-east-1", "email", false},
    {"iot.us-east-1.amazonaws.com", "us-east-1", "iot", true},
    {"iot.us-east-1.amazonaws.com", "us-east-1", "execute-api", true},  // older clients
    {"oidc.us-east-1.amazonaws.com", "us-east-1", "awsssooidc", true},
    {"oidc.us-east-1.amazonaws.com", "us-east-1", "sso-oauth", true},
    {"importexport.amazonaws.com", "us-east-1", "IngestionService", true},
    {"importexport.amazonaws.com", "us-east-1", "importexport", true},
    {"sqs.us-east-1.amazonaws.com", "us-east-1", "execute-api", false},
    // Global services sign for one region.
    {"iam.amazonaws.com", "us-east-1", "iam", true},
    {"iam.amazonaws.com", "eu-west-1", "iam", false},
    {"sts.amazonaws.com", "us-east-1", "sts", true},
    {"route53.amazonaws.com", "us-east-1", "route53", true},
    {"iam.us-gov.amazonaws.com", "us-gov-west-1", "iam", true},
    {"sts.us-west-2.amazonaws.com", "us-east-1", "sts", false},
    // SigV4A names no region; SigV2 nothing at all.
    {"bkt.s3.eu-west-1.amazonaws.com", "", "s3", true},
    {"sqs.us-east-1.amazonaws.com", "", "", true},
};

bool fits(std::string_view host, std::string_view region, std::string_view service) {
  const auto name = Host::parse(host);
  const auto aws = aws_host(*name);
  REQUIRE(aws);
  Credential credential;
  credential.region = region;
  credential.service = service;
  return scope_fits(credential, *aws);
}

TEST_CASE("A scope is used at its own service and region, and at the known exceptions") {
  for (const Row& row : kRows) {
    CAPTURE(row.host);
    CAPTURE(row.service);
    CAPTURE(row.region);
    CHECK(fits(row.host, row.region, row.service) == row.fits);
  }
}

TEST_CASE("A host that shows no service takes any scope") {
  Credential credential;
  credential.service = "s3";
  CHECK(scope_fits(credential, AwsHost{}));
}

TEST_CASE("Every service of the endpoints' table may be used under its signing name") {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) + "/policy/aws/data/endpoints.tsv");
  int services = 0;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> columns;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) columns.push_back(cell);
    if (line.starts_with('#') || columns.size() < 4 || columns[3].empty() ||
        columns[0] == "service") {
      continue;
    }
    std::string host = columns[3].substr(0, columns[3].find('/'));
    const auto at = host.find("{r}");
    if (at == std::string::npos) continue;  // global ones are in endpoint_test.cpp
    host.replace(at, 3, "us-east-1");
    CAPTURE(host);
    CHECK(fits(host, "us-east-1", columns[2]));
    CHECK_FALSE(fits(host, "eu-west-1", columns[2]));
    CHECK_FALSE(fits(host, "us-east-1", "no-such-service"));
    ++services;
  }
  CHECK(services > 350);
}

}  // namespace
}  // namespace sallyport
