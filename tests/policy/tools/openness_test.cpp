#include "policy/tools/openness.h"

#include <algorithm>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "policy/aws/region.h"
#include "tests/policy/aws/organization_fixture.h"

namespace sallyport {
namespace {

/// The risk of one pattern, by a word; `closed` if there is none.
std::string word(const std::optional<Risk>& risk) {
  if (!risk) return "closed";
  switch (risk->kind) {
    case RiskKind::any_name:
      return "any name";
    case RiskKind::expression:
      return "expression";
    case RiskKind::s3:
      return "s3";
    case RiskKind::api:
      return "api";
    case RiskKind::rentable:
      return "rentable";
    case RiskKind::front_end:
      return "front end";
    case RiskKind::sign_in:
      return "sign-in";
  }
  return {};
}

std::string judged(std::string_view text, bool is_read = false) {
  std::string error;
  const auto pattern = HostPattern::parse(text, error);
  REQUIRE_MESSAGE(pattern, text << ": " << error);
  const OrganizationLabels organization = test::acme();
  OpennessJudge judge(organization);
  return word(judge.risk_of(*pattern, is_read));
}

/// The risk under a rule with `aws:`.
std::string judged_by(AwsPins pins, std::string_view text) {
  std::string error;
  const auto pattern = HostPattern::parse(text, error);
  REQUIRE_MESSAGE(pattern, text << ": " << error);
  const OrganizationLabels organization = test::acme();
  OpennessJudge judge(organization);
  return word(judge.risk_of_endpoints(*pattern, pins));
}

struct Row {
  std::string pattern;
  std::string risk;
};

TEST_CASE("under `aws:` a rule speaks of endpoints alone: signers close APIs, buckets close S3") {
  constexpr AwsPins kNone{};
  constexpr AwsPins kSigner{.signer = true};
  constexpr AwsPins kBuckets{.buckets = true};
  constexpr AwsPins kBoth{.signer = true, .buckets = true};
  struct PinRow {
    const char* pattern;
    const char* with_none;
    const char* with_signer;
    const char* with_buckets;
  };
  const PinRow rows[] = {
      {"sts.us-east-1.amazonaws.com", "api", "closed", "api"},
      {"*.us-east-1.amazonaws.com", "s3", "s3", "api"},
      {"s3.us-east-1.amazonaws.com", "s3", "s3", "closed"},
      {"*.s3.us-east-1.amazonaws.com", "s3", "s3", "closed"},
      {"ml-data.s3.us-east-1.amazonaws.com", "s3", "s3", "closed"},
      {"*.amazonaws.com", "s3", "s3", "api"},
      {"*", "s3", "s3", "api"},
      {"*.github.io", "closed", "closed", "closed"},
      {"docs.example.org", "closed", "closed", "closed"},
  };
  for (const PinRow& row : rows) {
    CAPTURE(row.pattern);
    CHECK(judged_by(kNone, row.pattern) == row.with_none);
    CHECK(judged_by(kSigner, row.pattern) == row.with_signer);
    CHECK(judged_by(kBuckets, row.pattern) == row.with_buckets);
    CHECK(judged_by(kBoth, row.pattern) == "closed");
  }
}

TEST_CASE("whether a stranger can be behind a pattern in an unread tunnel") {
  const Row rows[] = {
      // names written out, and wildcards below a name that somebody owns
      {"packages.example.org", "closed"},
      {"example.org", "closed"},
      {"*.example.org", "closed"},
      {"a.*.example.org", "closed"},
      {"*.corp.example.co.uk", "closed"},
      {"someone.github.io", "closed"},
      {"*.someone.github.io", "closed"},
      {"github.io", "closed"},
      {"jupyterhub", "closed"},
      {"*.internal", "closed"},
      {"*.mlflow.internal", "closed"},
      {"192.0.2.1", "closed"},
      {"[2001:db8::1]", "closed"},
      {"*.awsstatic.com", "closed"},
      {"docs.aws.amazon.com", "closed"},
      {"aws.amazon.com", "closed"},
      // any name
      {"*", "any name"},
      {"re:packages\\.example\\.org", "expression"},
      {"re:.*", "expression"},
      // public suffixes
      {"*.com", "rentable"},
      {"*.org", "rentable"},
      {"*.co.uk", "rentable"},
      {"*.uk", "rentable"},
      {"*.github.io", "rentable"},
      {"*.*.github.io", "rentable"},
      {"www.*.github.io", "rentable"},
      {"*.ck", "rentable"},
      {"*.anything.ck", "rentable"},
      {"*.xn--p1ai", "rentable"},
      {"*.corp", "rentable"},
      // console and sign-in
      {"signin.aws.amazon.com", "sign-in"},
      {"eu-west-1.signin.aws.amazon.com", "sign-in"},
      {"console.aws.amazon.com", "sign-in"},
      {"us-east-1.console.aws.amazon.com", "sign-in"},
      {"*.console.aws.amazon.com", "sign-in"},
      {"oidc.us-east-1.amazonaws.com", "sign-in"},
      {"portal.sso.us-east-1.amazonaws.com", "sign-in"},
      {"*.amazon.com", "rentable"},
      {"111122223333.signin.aws.amazon.com", "closed"},
      {"acme-data.signin.aws.amazon.com", "closed"},
      {"111122223333-abcdef.us-east-1.console.aws.amazon.com", "closed"},
      {"999988887777-abcdef.us-east-1.console.aws.amazon.com", "sign-in"},
      // AWS APIs
      {"sts.us-east-1.amazonaws.com", "api"},
      {"sts.amazonaws.com", "api"},
      {"api.sagemaker.eu-central-1.amazonaws.com", "api"},
      {"bedrock-runtime.us-east-1.amazonaws.com", "api"},
      {"sts.*.amazonaws.com", "api"},
      {"*.sagemaker.us-east-1.amazonaws.com", "api"},
      {"api.ecr.us-east-1.amazonaws.com", "api"},
      {"111122223333.dkr.ecr.us-east-1.amazonaws.com", "closed"},
      {"111122223333.dkr.ecr.*.amazonaws.com", "closed"},
      {"999988887777.dkr.ecr.us-east-1.amazonaws.com", "api"},
      {"*.dkr.ecr.us-east-1.amazonaws.com", "rentable"},
      // APIs under names that SDKs of today do not use, and of services that no table knows
      {"queue.amazonaws.com", "api"},
      {"us-east-1.queue.amazonaws.com", "api"},
      {"*.queue.amazonaws.com", "api"},
      {"ec2.amazonaws.com", "api"},
      {"us-east-1.ec2.amazonaws.com", "api"},
      {"*.ec2.amazonaws.com", "api"},
      {"ssmmessages.us-east-1.amazonaws.com", "api"},
      {"ec2messages.us-east-1.amazonaws.com", "api"},
      {"git-codecommit.us-east-1.amazonaws.com", "api"},
      {"email-smtp.us-east-1.amazonaws.com", "api"},
      {"monitoring.amazonaws.com", "api"},
      {"autoscaling.amazonaws.com", "api"},
      {"sdb.amazonaws.com", "api"},
      {"us-east-1.elasticmapreduce.amazonaws.com", "api"},
      {"vpce-0a1b-2c3d.sts.us-east-1.vpce.amazonaws.com", "api"},
      {"new-service.us-east-1.api.aws", "api"},
      {"new-service.cn-north-1.amazonaws.com.cn", "api"},
      {"new-service.cn-north-1.api.amazonwebservices.com.cn", "api"},
      {"new-service.eusc-de-east-1.amazonaws.eu", "api"},
      {"new-service.eusc-de-east-1.api.amazonwebservices.eu", "api"},
      {"s3-accelerate.dualstack.amazonaws.com", "api"},
      {"111122223333.new-service.us-east-1.amazonaws.com", "closed"},
      {"999988887777.new-service.us-east-1.amazonaws.com", "api"},
      // one customer's by exact name, and what the sets of the console know
      {"db.c0ffee.us-east-1.rds.amazonaws.com", "closed"},
      {"search-logs.us-east-1.es.amazonaws.com", "closed"},
      {"0123ABCD.gr7.us-east-1.eks.amazonaws.com", "closed"},
      {"ec2-52-94-77-1.compute-1.amazonaws.com", "closed"},
      {"vpce-0a1b-2c3d.vpce-svc-0a1b.us-east-1.vpce.amazonaws.com", "closed"},
      {"unifiedsearch.amazonaws.com", "closed"},
      {"amazonaws.com.attacker.example", "closed"},
      {"xamazonaws.com", "closed"},
      // S3, in every form, even by exact name
      {"s3.us-east-1.amazonaws.com", "s3"},
      {"s3.amazonaws.com", "s3"},
      {"ml-data-training.s3.us-east-1.amazonaws.com", "s3"},
      {"*.s3.us-east-1.amazonaws.com", "s3"},
      {"*.s3.*.amazonaws.com", "s3"},
      {"ap-111122223333.s3-accesspoint.us-east-1.amazonaws.com", "s3"},
      {"site.s3-website-us-east-1.amazonaws.com", "s3"},
      {"b.s3-accelerate.amazonaws.com", "s3"},
      // other front ends that all customers share, even by exact name
      {"d111111abcdef8.cloudfront.net", "front end"},
      {"abc.execute-api.us-east-1.amazonaws.com", "front end"},
      {"my-lb-1.us-east-1.elb.amazonaws.com", "front end"},
      {"abc.lambda-url.us-east-1.on.aws", "front end"},
      {"main.d1.amplifyapp.com", "front end"},
      {"*.cloudfront.net", "rentable"},
      // Studio
      {"d-abcdefghijkl.studio.us-east-1.sagemaker.aws", "closed"},
      {"*.studio.us-east-1.sagemaker.aws", "rentable"},
      {"*.sagemaker.aws", "rentable"},
      {"*.awsapps.com", "rentable"},
      {"d-90670abcde.awsapps.com", "closed"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CHECK(judged(row.pattern) == row.risk);
  }
}

TEST_CASE("plain HTTP is read, so that a front end's exact name is that customer") {
  CHECK(judged("d111111abcdef8.cloudfront.net", true) == "closed");
  CHECK(judged("site.s3-website-us-east-1.amazonaws.com", true) == "closed");
  CHECK(judged("*.cloudfront.net", true) == "rentable");
  CHECK(judged("ml-data-training.s3.us-east-1.amazonaws.com", true) == "s3");
  CHECK(judged("sts.us-east-1.amazonaws.com", true) == "api");
  CHECK(judged("signin.aws.amazon.com", true) == "sign-in");
  CHECK(judged("*", true) == "any name");
}

/// Every family of THREATS.md 1G, `<r>` as a region (T07).
TEST_CASE("a wildcard over any suffix that customers of AWS own is open") {
  const std::string suffixes[] = {
      // S3
      "s3.amazonaws.com",
      "s3.eu-west-1.amazonaws.com",
      "s3-eu-west-1.amazonaws.com",
      "s3.dualstack.eu-west-1.amazonaws.com",
      "s3-fips.us-east-1.amazonaws.com",
      "s3-fips.dualstack.us-east-1.amazonaws.com",
      "s3-accesspoint.eu-west-1.amazonaws.com",
      "s3-accesspoint-fips.us-east-1.amazonaws.com",
      "s3-accesspoint.dualstack.eu-west-1.amazonaws.com",
      "s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com",
      "s3-object-lambda.eu-west-1.amazonaws.com",
      "s3-website.eu-west-1.amazonaws.com",
      "s3-website-eu-west-1.amazonaws.com",
      "s3-deprecated.eu-west-1.amazonaws.com",
      "s3-1.amazonaws.com",
      "s3-external-1.amazonaws.com",
      "mrap.accesspoint.s3-global.amazonaws.com",
      // compute, load balancers
      "compute.amazonaws.com",
      "eu-west-1.compute.amazonaws.com",
      "compute-1.amazonaws.com",
      "z-1.compute-1.amazonaws.com",
      "us-east-1.amazonaws.com",
      "elb.amazonaws.com",
      "eu-west-1.elb.amazonaws.com",
      "awsglobalaccelerator.com",
      // HTTP front doors
      "execute-api.eu-west-1.amazonaws.com",
      "lambda-url.eu-west-1.on.aws",
      "cloudfront.net",
      "amplifyapp.com",
      "eu-west-1.awsapprunner.com",
      "awsapprunner.com",
      "elasticbeanstalk.com",
      "eu-west-1.elasticbeanstalk.com",
      "transfer-webapp.eu-west-1.on.aws",
      "transfer-webapp-fips.us-east-1.on.aws",
      // ML, analytics
      "studio.eu-west-1.sagemaker.aws",
      "studio-fips.us-east-1.sagemaker.aws",
      "notebook.eu-west-1.sagemaker.aws",
      "notebook-fips.us-east-1.sagemaker.aws",
      "labeling.eu-west-1.sagemaker.aws",
      "eu-west-1.experiments.sagemaker.aws",
      "emrstudio-prod.eu-west-1.amazonaws.com",
      "emrnotebooks-prod.eu-west-1.amazonaws.com",
      "emrappui-prod.eu-west-1.amazonaws.com",
      "x.eu-west-1.airflow.amazonaws.com",
      "eu-west-1.airflow.amazonaws.com",
      "airflow.eu-west-1.on.aws",
      "x.airflow.eu-west-1.on.aws",
      "analytics-gateway.eu-west-1.amazonaws.com",
      // identity and other
      "auth.eu-west-1.amazoncognito.com",
      "auth-fips.us-east-1.amazoncognito.com",
      "auth.cognito-idp.eusc-de-east-1.on.amazonwebservices.eu",
      "awsapps.com",
      "x.eu-west-1.rds.amazonaws.com",
      "eu-west-1.rds.amazonaws.com",
      "vfs.cloud9.eu-west-1.amazonaws.com",
      "webview-assets.cloud9.eu-west-1.amazonaws.com",
      "x.private.repost.aws",
      "private.repost.aws",
      // China
      "s3.cn-north-1.amazonaws.com.cn",
      "execute-api.cn-north-1.amazonaws.com.cn",
      "compute.amazonaws.com.cn",
      "elb.amazonaws.com.cn",
      "studio.cn-north-1.sagemaker.com.cn",
      // not in the public suffix list, still tenant-owned
      "eu-west-1.es.amazonaws.com",
      "eu-west-1.aoss.amazonaws.com",
      "appsync-api.eu-west-1.amazonaws.com",
      "iot.eu-west-1.amazonaws.com",
      "kafka.eu-west-1.amazonaws.com",
      "cache.amazonaws.com",
      "redshift.amazonaws.com",
      "eu-west-1.redshift.amazonaws.com",
      "vpce.amazonaws.com",
      "dkr.ecr.eu-west-1.amazonaws.com",
      "d.codeartifact.eu-west-1.amazonaws.com",
      "transfer.eu-west-1.amazonaws.com",
      "signin.aws.amazon.com",
      // what holds all of them
      "amazonaws.com",
      "amazonaws.com.cn",
      "on.aws",
      "aws",
      "api.aws",
      "sagemaker.aws",
  };
  for (const std::string& suffix : suffixes) {
    CAPTURE(suffix);
    CHECK(judged("*." + suffix) != "closed");
  }
}

TEST_CASE("a wildcard over any suffix of AWS's list is open") {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) +
                     "/policy/aws/data/psl_aws_tenant_suffixes.txt");
  // THREATS.md T07: 846 rules of the list, folded by region; here each in every region of its
  // partition.
  int rules = 0;
  int flagged = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t tab = line.find('\t');
    rules += std::stoi(line.substr(tab + 1));
    std::string suffix = line.substr(0, tab);
    if (suffix.starts_with("*.")) suffix.replace(0, 1, "abc");
    const std::size_t at = suffix.find("{r}");
    for (const KnownRegion& region : known_regions()) {
      const bool is_china = suffix.ends_with(".cn");
      if (is_china != (region.partition == Partition::aws_cn)) continue;
      std::string own = suffix;
      if (at != std::string::npos) own.replace(at, 3, region.name);
      CAPTURE(own);
      CHECK(judged("*." + own) != "closed");
      ++flagged;
      if (at == std::string::npos) break;
    }
  }
  CHECK(rules == 846);
  CHECK(flagged > rules);
}

/// The risks of all patterns of a built-in set, each once, in the order of their words.
std::string risks_of(std::string_view set, const OrganizationLabels& organization, bool accept) {
  OpennessJudge judge(organization);
  std::vector<std::string> words;
  for (const FilledPattern& each :
       fill(set, SetPlace::allow_hosts, organization, accept).patterns) {
    words.push_back(word(judge.risk_of(HostPattern::of(each), false)));
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  std::string text;
  for (const std::string& each : words) text += (text.empty() ? "" : ", ") + each;
  return text;
}

TEST_CASE("built-in sets as the organization fills them in an allow") {
  CHECK(risks_of("sagemaker-studio", test::acme(), false) == "closed");
  CHECK(risks_of("sagemaker-studio", {}, true) == "rentable");
  CHECK(risks_of("sagemaker-api", test::acme(), false) == "api");
  CHECK(risks_of("sts", test::acme(), false) == "api");
  CHECK(risks_of("s3", test::acme(), false) == "s3");
  CHECK(risks_of("aws-sign-in", test::acme(), false) == "closed, sign-in");
  CHECK(risks_of("aws-console", test::acme(), false) == "closed, sign-in");
}

}  // namespace
}  // namespace sallyport
