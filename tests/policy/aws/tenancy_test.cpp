#include "policy/aws/tenancy.h"

#include <fstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "policy/aws/builtin_sets.h"

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
};

constexpr PatternRow kPatterns[] = {
    {"*.s3.us-east-1.amazonaws.com", true},
    {"*.s3.us-west-9.amazonaws.com", true},
    {"*.amazonaws.com", true},
    {"*.com", true},
    {"*.studio.us-east-1.sagemaker.aws", true},
    {"*.sagemaker.aws", true},
    {"*.cloudfront.net", true},
    {"*.awsapps.com", true},  // start.<region>.us-gov-home.awsapps.com
    {"*.execute-api.eu-west-1.amazonaws.com", true},
    {"*.es.amazonaws.com", true},
    {"*.eu-west-1.es.amazonaws.com", true},
    {"*.dkr.ecr.eu-west-1.amazonaws.com", true},
    {"*.d.codeartifact.eu-west-1.amazonaws.com", true},
    {"*.vpce.amazonaws.com", true},
    {"*.ap-south-1.elb.amazonaws.com", true},
    {"*.aws.amazon.com", true},
    {"*.signin.aws.amazon.com", true},
    {"*.elasticbeanstalk.com", true},
    {"*.on.aws", true},
    // `*` within: open where it stands at the tenant's label.
    {"*.studio.*.sagemaker.aws", true},
    {"d-abc.studio.*.sagemaker.aws", false},
    {"*.cloudfront.*", true},
    // Names written out, and what lies below one customer's own label.
    {"d-abc.studio.us-east-1.sagemaker.aws", false},
    {"d111111abcdef8.cloudfront.net", false},
    {"*.d-abc.awsapps.com", false},
    {"my-bucket.s3.us-east-1.amazonaws.com", false},
    {"signin.aws.amazon.com", false},
    {"eu-west-1.signin.aws.amazon.com", false},
    {"acme-data.signin.aws.amazon.com", false},
    {"aws.amazon.com", false},
    {"*.console.aws.amazon.com", false},
    {"s3.console.aws.amazon.com", false},
    {"docs.aws.amazon.com", false},
    {"oidc.us-east-1.amazonaws.com", false},
    {"sts.us-east-1.amazonaws.com", false},
    {"*.awsstatic.com", false},
    {"*.example.org", false},
    {"example.org", false},
    {"*.amazon.com", true},
    {"*.xamazonaws.com", false},
};

TEST_CASE("A pattern is tenant-owned or shared by what a stranger could be behind it") {
  for (const PatternRow& row : kPatterns) {
    CAPTURE(row.pattern);
    CHECK(tenant_owned(pattern(row.pattern)).empty() == !row.is_tenant_owned);
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
};

constexpr HostRow kHosts[] = {
    {"my-bucket.s3.us-east-1.amazonaws.com", "S3"},
    {"s3.us-east-1.amazonaws.com", "S3"},
    {"ap-111122223333.s3-accesspoint.us-east-1.amazonaws.com", "S3"},
    {"b.s3-website-us-east-1.amazonaws.com", "S3"},
    {"d111111abcdef8.cloudfront.net", "CloudFront"},
    {"abc.execute-api.us-east-1.amazonaws.com", "API Gateway"},
    {"abc.execute-api.cn-north-1.amazonaws.com.cn", "API Gateway"},
    {"abc.lambda-url.us-east-1.on.aws", "Lambda"},
    {"my-lb-1.us-east-1.elb.amazonaws.com", "load balancers"},
    {"my-nlb-1.elb.us-east-1.amazonaws.com", "load balancers"},
    {"a1.awsglobalaccelerator.com", "Global Accelerator"},
    {"main.d1.amplifyapp.com", "Amplify"},
    {"sts.us-east-1.amazonaws.com", ""},
    {"111122223333.dkr.ecr.us-east-1.amazonaws.com", ""},
    {"d-abc.studio.us-east-1.sagemaker.aws", ""},
    {"us-east-1.signin.aws", ""},
    {"portal.sso.us-east-1.amazonaws.com", ""},
    {"ap-south-1.console.aws.amazon.com", ""},
    {"d-90670abcde.awsapps.com", ""},
    {"notcloudfront.net", ""},
    {"example.org", ""},
    {"10.0.0.1", ""},
};

TEST_CASE("A host is a shared front end, or is none") {
  for (const HostRow& row : kHosts) {
    CAPTURE(row.host);
    const auto host = Host::parse(row.host);
    REQUIRE(host);
    CHECK(shared_front_end(*host).empty() == row.front_end.empty());
    CHECK(shared_front_end(*host).starts_with(row.front_end));
  }
}

/// The last two labels.
std::string_view end_of(std::string_view name) {
  const auto dot = name.rfind('.', name.rfind('.') - 1);
  return name.substr(dot == std::string_view::npos ? 0 : dot + 1);
}

TEST_CASE("Each name that a table knows, or that is read by shape, may be AWS's by its end") {
  for (const std::string_view set : builtin_set_names()) {
    for (const BuiltinPattern& each : builtin_set(set)) {
      CAPTURE(each.text);
      CHECK(may_end_aws_name(end_of(each.text)));
    }
  }
  for (const HostRow& row : kHosts) {
    if (row.front_end.empty()) continue;
    CAPTURE(row.host);
    CHECK(may_end_aws_name(end_of(row.host)));
  }
  for (const PatternRow& row : kPatterns) {
    const std::string_view end = end_of(row.pattern);
    if (!row.is_tenant_owned || end.find('*') != std::string_view::npos) continue;
    CAPTURE(row.pattern);
    CHECK(may_end_aws_name(end));
  }
}

TEST_CASE("Names of others end like none of AWS's; a lone label tells nothing") {
  for (const std::string_view end : {"example.org", "amazonaws.org", "aws.com", "xamazonaws.com"}) {
    CAPTURE(end);
    CHECK_FALSE(may_end_aws_name(end));
  }
  CHECK(may_end_aws_name("com"));
  CHECK(may_end_aws_name("org"));
}

}  // namespace
}  // namespace sallyport
