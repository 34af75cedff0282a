#include "policy/aws/tenancy.h"

#include <fstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

/// A pattern as a policy file writes it.
WildcardPattern pattern(std::string_view text) {
  WildcardPattern read;
  if (text.starts_with("*.")) {
    read.leading_wildcard = true;
    text.remove_prefix(2);
  }
  for (;;) {
    const auto dot = text.find('.');
    read.labels.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return read;
    text.remove_prefix(dot + 1);
  }
}

struct PatternRow {
  std::string_view pattern;
  bool is_tenant_owned;
  bool is_shared_sign_in;
};

constexpr PatternRow kPatterns[] = {
    {"*.s3.us-east-1.amazonaws.com", true, false},
    {"*.s3.us-west-9.amazonaws.com", true, false},
    {"*.amazonaws.com", true, true},
    {"*.com", true, true},
    {"*.studio.us-east-1.sagemaker.aws", true, false},
    {"*.sagemaker.aws", true, false},
    {"*.cloudfront.net", true, false},
    {"*.awsapps.com", true, true},  // start.<region>.us-gov-home.awsapps.com
    {"*.execute-api.eu-west-1.amazonaws.com", true, false},
    {"*.es.amazonaws.com", true, false},
    {"*.eu-west-1.es.amazonaws.com", true, false},
    {"*.dkr.ecr.eu-west-1.amazonaws.com", true, false},
    {"*.d.codeartifact.eu-west-1.amazonaws.com", true, false},
    {"*.vpce.amazonaws.com", true, false},
    {"*.ap-south-1.elb.amazonaws.com", true, false},
    {"*.aws.amazon.com", true, true},
    {"*.signin.aws.amazon.com", true, true},
    {"*.elasticbeanstalk.com", true, false},
    {"*.on.aws", true, false},
    // `*` within: open where it stands at the tenant's label.
    {"*.studio.*.sagemaker.aws", true, false},
    {"d-abc.studio.*.sagemaker.aws", false, false},
    {"*.cloudfront.*", true, false},
    // Names written out, and what lies below one customer's own label.
    {"d-abc.studio.us-east-1.sagemaker.aws", false, false},
    {"d111111abcdef8.cloudfront.net", false, false},
    {"*.d-abc.awsapps.com", false, false},
    {"my-bucket.s3.us-east-1.amazonaws.com", false, false},
    {"signin.aws.amazon.com", false, true},
    {"eu-west-1.signin.aws.amazon.com", false, true},
    {"acme-data.signin.aws.amazon.com", false, false},
    {"aws.amazon.com", false, false},
    {"*.console.aws.amazon.com", false, true},
    {"s3.console.aws.amazon.com", false, true},
    {"docs.aws.amazon.com", false, false},
    {"oidc.us-east-1.amazonaws.com", false, true},
    {"sts.us-east-1.amazonaws.com", false, false},
    {"*.awsstatic.com", false, false},
    {"*.example.org", false, false},
    {"example.org", false, false},
    {"*.amazon.com", true, true},
    {"*.xamazonaws.com", false, false},
};

TEST_CASE("A pattern is tenant-owned or shared by what a stranger could be behind it") {
  for (const PatternRow& row : kPatterns) {
    CAPTURE(row.pattern);
    CHECK(tenant_owned(pattern(row.pattern)).empty() == !row.is_tenant_owned);
    CHECK(shared_sign_in(pattern(row.pattern)).empty() == !row.is_shared_sign_in);
  }
}

TEST_CASE("A wildcard over any suffix of the list is tenant-owned") {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) +
                     "/policy/aws/data/psl_aws_tenant_suffixes.txt");
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::string suffix = line.substr(0, line.find('\t'));
    const bool is_china = suffix.ends_with(".cn");
    if (const auto at = suffix.find("{r}"); at != std::string::npos) {
      suffix.replace(at, 3, is_china ? "cn-north-1" : "eu-west-1");
    }
    if (suffix.starts_with("*.")) suffix.replace(0, 1, "abc");
    CAPTURE(suffix);
    CHECK_FALSE(tenant_owned(pattern("*." + suffix)).empty());
    ++count;
  }
  CHECK(count == 77);
}

struct HostRow {
  std::string_view host;
  std::string_view front_end;  ///< begins with this; empty: none
  bool is_shared_sign_in;
};

constexpr HostRow kHosts[] = {
    {"my-bucket.s3.us-east-1.amazonaws.com", "S3", false},
    {"s3.us-east-1.amazonaws.com", "S3", false},
    {"ap-111122223333.s3-accesspoint.us-east-1.amazonaws.com", "S3", false},
    {"b.s3-website-us-east-1.amazonaws.com", "S3", false},
    {"d111111abcdef8.cloudfront.net", "CloudFront", false},
    {"abc.execute-api.us-east-1.amazonaws.com", "API Gateway", false},
    {"abc.execute-api.cn-north-1.amazonaws.com.cn", "API Gateway", false},
    {"abc.lambda-url.us-east-1.on.aws", "Lambda", false},
    {"my-lb-1.us-east-1.elb.amazonaws.com", "load balancers", false},
    {"my-nlb-1.elb.us-east-1.amazonaws.com", "load balancers", false},
    {"a1.awsglobalaccelerator.com", "Global Accelerator", false},
    {"main.d1.amplifyapp.com", "Amplify", false},
    {"sts.us-east-1.amazonaws.com", "", false},
    {"111122223333.dkr.ecr.us-east-1.amazonaws.com", "", false},
    {"d-abc.studio.us-east-1.sagemaker.aws", "", false},
    {"us-east-1.signin.aws", "", true},
    {"portal.sso.us-east-1.amazonaws.com", "", true},
    {"ap-south-1.console.aws.amazon.com", "", true},
    {"d-90670abcde.awsapps.com", "", false},
    {"notcloudfront.net", "", false},
    {"example.org", "", false},
    {"10.0.0.1", "", false},
};

TEST_CASE("A host is a shared front end, or a sign-in host that all accounts share") {
  for (const HostRow& row : kHosts) {
    CAPTURE(row.host);
    const auto host = Host::parse(row.host);
    REQUIRE(host);
    CHECK(shared_front_end(*host).empty() == row.front_end.empty());
    CHECK(shared_front_end(*host).starts_with(row.front_end));
    CHECK(shared_sign_in(*host).empty() == !row.is_shared_sign_in);
  }
}

}  // namespace
}  // namespace sallyport
