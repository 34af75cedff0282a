// The table of SEMANTICS.md section 6: which host is in which built-in set, by the place where the
// set stands.
#include "policy/aws/fill.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "policy/aws/builtin_sets.h"
#include "tests/policy/aws/organization_fixture.h"

namespace sallyport {
namespace {

using test::acme;
using test::is_in;
using test::left_out;

/// One letter a place, in this order: hosts of an allow, except_hosts of an allow, hosts of a deny,
/// except_hosts of a deny, routes. `+` in the set, `-` not.
constexpr SetPlace kPlaces[] = {SetPlace::allow_hosts, SetPlace::allow_except, SetPlace::deny_hosts,
                                SetPlace::deny_except, SetPlace::routes};
constexpr std::string_view kPlaceNames[] = {"allow hosts", "allow except", "deny hosts",
                                            "deny except", "routes"};

struct Row {
  std::string_view set;
  std::string_view host;
  std::string_view in;
};

// Accounts 111122223333 and 444455556666 are ours, 999999999999 is a stranger's.
constexpr Row kAcmeRows[] = {
    // Studio: our domains and our opaque hosts, in our regions.
    {"sagemaker-studio", "d-abcdefghijkl.studio.us-east-1.sagemaker.aws", "+-+++"},
    {"sagemaker-studio", "d-abcdefghijkl.studio.eu-central-1.sagemaker.aws", "+-+++"},
    {"sagemaker-studio", "a1b2c3d4e5f6g7h.studio.us-east-1.sagemaker.aws", "+-+++"},
    {"sagemaker-studio", "d-stranger00000.studio.us-east-1.sagemaker.aws", "-++-+"},
    {"sagemaker-studio", "zzzzzzzzzzzzzzz.studio.us-east-1.sagemaker.aws", "-++-+"},
    {"sagemaker-studio", "d-abcdefghijkl.studio.ap-south-1.sagemaker.aws", "--+-+"},
    {"sagemaker-studio", "d-stranger00000.studio.ap-south-1.sagemaker.aws", "-++-+"},
    {"sagemaker-studio", "d-abcdefghijkl.studio.cn-north-1.sagemaker.com.cn", "--+-+"},
    {"sagemaker-studio", "d-stranger00000.studio.cn-north-1.sagemaker.com.cn", "-++-+"},
    {"sagemaker-studio", "d-abcdefghijkl.studio-fips.us-east-1.sagemaker.aws", "+-+++"},
    {"sagemaker-studio", "d-stranger00000.studio-fips.us-east-1.sagemaker.aws", "-++-+"},
    {"sagemaker-studio", "x.d-abcdefghijkl.studio.us-east-1.sagemaker.aws", "-----"},
    {"sagemaker-studio", "studio.us-east-1.sagemaker.aws", "-----"},
    {"sagemaker-studio", "d-abcdefghijkl.studio.nowhere.sagemaker.aws", "-----"},
    {"sagemaker-studio", "fraud-model.notebook.us-east-1.sagemaker.aws", "+-+++"},
    {"sagemaker-studio", "fraud-model.notebook-fips.us-east-1.sagemaker.aws", "+-+++"},
    {"sagemaker-studio", "other.notebook.us-east-1.sagemaker.aws", "-++-+"},
    {"sagemaker-studio", "abc.labeling.us-east-1.sagemaker.aws", "-++-+"},
    {"sagemaker-studio", "m-1.experiments.sagemaker.aws", "-++-+"},
    {"sagemaker-studio", "studiolab.sagemaker.aws", "-----"},
    // Studio Lab is one name; what shares Studio's names has a path prefix and is left out.
    {"sagemaker-studio-lab", "studiolab.sagemaker.aws", "+++++"},
    {"sagemaker-studio-lab", "x.studio.us-east-2.sagemaker.aws", "-----"},
    // Unified Studio: dzd ids are filled by the studio_domains of that shape; we have none.
    {"sagemaker-unified-studio", "dzd-4x.sagemaker.us-east-1.on.aws", "-++-+"},
    {"sagemaker-unified-studio", "datazone.us-east-1.api.aws", "+++++"},
    {"sagemaker-unified-studio", "datazone.ap-south-1.api.aws", "-++-+"},
    {"sagemaker-unified-studio", "x.shortbread.aws.dev", "+++++"},
    {"sagemaker-unified-studio", "abc.execute-api.us-east-1.amazonaws.com", "-++--"},
    {"sagemaker-unified-studio", "x.lambda-url.us-east-1.on.aws", "-++--"},
    {"sagemaker-unified-studio", "s3.us-east-1.api.aws", "-++--"},
    // Sign-in, console and Identity Center need every region of partition aws.
    {"aws-sign-in", "signin.aws.amazon.com", "+++++"},
    {"aws-sign-in", "us-east-1.signin.aws.amazon.com", "+++++"},
    {"aws-sign-in", "ap-south-1.signin.aws.amazon.com", "+++++"},
    {"aws-sign-in", "ap-south-1.signin.aws", "+++++"},
    {"aws-sign-in", "111122223333.signin.aws.amazon.com", "+-+++"},
    {"aws-sign-in", "acme-data.signin.aws.amazon.com", "+-+++"},
    {"aws-sign-in", "999999999999.signin.aws.amazon.com", "-++-+"},
    {"aws-sign-in", "stranger.signin.aws.amazon.com", "-++-+"},
    {"aws-sign-in", "us-fake-1.signin.aws.amazon.com", "-++-+"},
    {"aws-sign-in", "d111111abcdef8.cloudfront.net", "-++--"},
    {"aws-sign-in", "opfcaptcha-prod.s3.amazonaws.com", "-++--"},
    {"aws-sign-in", "other-bucket.s3.amazonaws.com", "-----"},
    {"aws-sign-in", "us-gov-west-1.signin.amazonaws-us-gov.com", "-++-+"},
    {"aws-sign-in", "signin.amazonaws.cn", "-++-+"},
    {"iam-identity-center", "d-90670abcde.awsapps.com", "+-+++"},
    {"iam-identity-center", "acme-portal.awsapps.com", "+-+++"},
    {"iam-identity-center", "stranger.awsapps.com", "-++-+"},
    {"iam-identity-center", "ssoins-0123456789abcdef.awsapps.com", "-++-+"},
    {"iam-identity-center", "ssoins-0123456789abcdef.portal.us-east-1.app.aws", "+-+++"},
    {"iam-identity-center", "ssoins-0123456789abcdef.portal.ap-south-1.app.aws", "+-+++"},
    {"iam-identity-center", "ssoins-0123456789abcdef.eu-west-1.portal.amazonaws.com", "+-+++"},
    {"iam-identity-center", "ssoins-feedfeedfeedfeed.portal.us-east-1.app.aws", "-++-+"},
    {"iam-identity-center", "d-90670abcde.portal.us-east-1.app.aws", "-----"},
    {"iam-identity-center", "oidc.ap-south-1.amazonaws.com", "+++++"},
    {"iam-identity-center", "start.us-gov-west-1.us-gov-home.awsapps.com", "-++-+"},
    {"aws-console", "console.aws.amazon.com", "+++++"},
    {"aws-console", "ap-south-1.console.aws.amazon.com", "+++++"},
    {"aws-console", "111122223333-abc.us-east-1.console.aws.amazon.com", "+++++"},
    {"aws-console", "console.amazonaws-us-gov.com", "-++-+"},
    {"aws-console", "aws.amazon.com", "-----"},
    // What except_hosts: ["@aws-console-tenants"] takes out of *.aws.amazon.com.
    {"aws-console-tenants", "stranger.signin.aws.amazon.com", "-++-+"},
    {"aws-console-tenants", "999999999999.signin.aws.amazon.com", "-++-+"},
    {"aws-console-tenants", "us-fake-1.signin.aws.amazon.com", "-++-+"},
    {"aws-console-tenants", "acme-data.signin.aws.amazon.com", "+-+++"},
    {"aws-console-tenants", "us-east-1.signin.aws.amazon.com", "-----"},
    {"aws-console-tenants", "999999999999-ab12.ap-south-1.console.aws.amazon.com", "-++-+"},
    {"aws-console-tenants", "111122223333-ab12.ap-south-1.console.aws.amazon.com", "+-+++"},
    {"aws-console-tenants", "us-east-1.quicksight.aws.amazon.com", "+++++"},
    {"aws-console-tenants", "support.console.aws.amazon.com", "+++++"},
    {"aws-console-tenants", "s3.console.aws.amazon.com", "-----"},
    {"aws-console-tenants", "conversational-experience-worker.widget.console.aws.amazon.com",
     "+++++"},
    // API sets: any bucket and any account, our regions where we allow.
    {"s3", "ml-data-training.s3.us-east-1.amazonaws.com", "+++++"},
    {"s3", "strangers.bucket.s3.us-east-1.amazonaws.com", "+++++"},
    {"s3", "strangers.bucket.s3.ap-south-1.amazonaws.com", "-++-+"},
    {"s3", "b.s3.cn-north-1.amazonaws.com.cn", "-++-+"},
    {"s3", "b.s3.amazonaws.com", "+++++"},
    {"s3", "s3.us-east-1.amazonaws.com", "+++++"},
    {"s3", "s3.dualstack.us-east-1.amazonaws.com", "+++++"},
    {"s3", "b.s3-us-east-1.amazonaws.com", "+++++"},
    {"s3", "b.s3-ap-south-1.amazonaws.com", "-++-+"},
    {"s3", "ap-999999999999.s3-accesspoint.us-east-1.amazonaws.com", "+++++"},
    {"s3", "ap-99.s3-accesspoint.us-east-1.amazonaws.com", "-----"},
    {"s3", "999999999999.s3-control.us-east-1.amazonaws.com", "+++++"},
    {"s3", "b.bucket.vpce-0a1b.s3.us-east-1.vpce.amazonaws.com", "+++++"},
    {"s3", "b.s3-website-us-east-1.amazonaws.com", "-----"},
    {"s3", "b.s3.us-east-1.amazonaws.com.attacker.example", "-----"},
    {"s3-website", "b.s3-website-us-east-1.amazonaws.com", "-++--"},
    {"s3-website", "b.s3-website.ap-south-1.amazonaws.com", "-++--"},
    {"ecr", "999999999999.dkr.ecr.us-east-1.amazonaws.com", "+++++"},
    {"ecr", "999999999999.dkr.ecr.ap-south-1.amazonaws.com", "-++-+"},
    {"ecr", "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com", "+++++"},
    {"ecr", "prod-us-fake-1-starport-layer-bucket.s3.us-east-1.amazonaws.com", "-++-+"},
    {"codeartifact", "my-domain-999999999999.d.codeartifact.us-east-1.amazonaws.com", "+++++"},
    {"sts", "sts.us-east-1.amazonaws.com", "+++++"},
    {"sts", "sts.eu-west-1.amazonaws.com", "-++-+"},
    {"sts", "sts.us-gov-west-1.amazonaws.com", "-++-+"},
    {"sts", "sts.amazonaws.com", "+++++"},
    {"sagemaker-api", "api.sagemaker.us-east-1.amazonaws.com", "+++++"},
    {"sagemaker-api", "api.sagemaker.us-east-1.api.aws", "+++++"},
    {"sagemaker-api", "api.sagemaker.eu-west-1.amazonaws.com", "-++-+"},
    {"aws-api", "ec2.us-east-1.amazonaws.com", "+++++"},
    {"aws-api", "ec2.eu-west-1.amazonaws.com", "-++-+"},
    {"aws-api", "iam.amazonaws.com", "+++++"},
    {"aws-api", "iam.us-gov.amazonaws.com", "-++-+"},
    {"aws-api", "b.s3.us-east-1.amazonaws.com", "+++++"},
    {"aws-api", "999999999999.ddb.us-east-1.amazonaws.com", "+++++"},
    {"aws-api", "api.iotsitewise.us-east-1.amazonaws.com", "+++++"},
    {"aws-api", "abc.execute-api.us-east-1.amazonaws.com", "-----"},
    {"aws-api", "b.s3-website-us-east-1.amazonaws.com", "-----"},
    {"aws-api", "10.0.0.1", "-----"},
};

// A policy without `organization`.
constexpr Row kNobodyRows[] = {
    {"sagemaker-studio", "d-abcdefghijkl.studio.us-east-1.sagemaker.aws", "-++-+"},
    {"aws-sign-in", "acme-data.signin.aws.amazon.com", "-++-+"},
    {"aws-sign-in", "eu-west-1.signin.aws.amazon.com", "+++++"},
    {"iam-identity-center", "d-90670abcde.awsapps.com", "-++-+"},
    {"sts", "sts.eu-west-1.amazonaws.com", "+++++"},
    {"sts", "sts.us-gov-west-1.amazonaws.com", "-++-+"},
    {"sts", "sts.cn-north-1.amazonaws.com.cn", "-++-+"},
    {"sts", "sts.cn-north-1.amazonaws.com", "-----"},
    {"ecr", "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com", "+++++"},
    {"ecr", "prod-us-fake-1-starport-layer-bucket.s3.us-east-1.amazonaws.com", "-++-+"},
};

void check(const OrganizationLabels& organization, std::span<const Row> rows) {
  std::map<std::pair<std::string_view, std::size_t>, FilledSet> filled;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < std::size(kPlaces); ++i) {
      auto [at, is_new] = filled.try_emplace({row.set, i});
      if (is_new) at->second = fill(row.set, kPlaces[i], organization, false);
      CAPTURE(row.set);
      CAPTURE(row.host);
      CAPTURE(kPlaceNames[i]);
      CHECK(is_in(at->second, row.host) == (row.in[i] == '+'));
    }
  }
}

TEST_CASE("A set holds what its place and the organization say") { check(acme(), kAcmeRows); }

TEST_CASE("Without an organization tenant labels match nobody where a rule allows") {
  check(OrganizationLabels{}, kNobodyRows);
}

TEST_CASE("multi_tenant: accept opens only labels whose key the organization lacks altogether") {
  OrganizationLabels some;
  some.studio_domains = {"d-abcdefghijkl"};
  const FilledSet studio = fill("sagemaker-studio", SetPlace::allow_hosts, some, true);
  CHECK(is_in(studio, "d-abcdefghijkl.studio.us-east-1.sagemaker.aws"));
  CHECK_FALSE(is_in(studio, "d-stranger00000.studio.us-east-1.sagemaker.aws"));
  CHECK(is_in(studio, "any.notebook.us-east-1.sagemaker.aws"));
  CHECK_FALSE(is_in(studio, "abc.labeling.us-east-1.sagemaker.aws"));
  CHECK_FALSE(is_in(studio, "m-1.experiments.sagemaker.aws"));

  const FilledSet all = fill("sagemaker-studio", SetPlace::allow_hosts, OrganizationLabels{}, true);
  CHECK(is_in(all, "d-stranger00000.studio.us-east-1.sagemaker.aws"));
  CHECK_FALSE(is_in(all, "d-stranger00000.studio.cn-north-1.sagemaker.com.cn"));
  CHECK_FALSE(is_in(all, "abc.labeling.us-east-1.sagemaker.aws"));
  CHECK(left_out(all, "abc.labeling.us-east-1.sagemaker.aws") != nullptr);

  OrganizationLabels accounts;
  accounts.accounts = {"111122223333"};
  const FilledSet sign_in = fill("aws-sign-in", SetPlace::allow_hosts, accounts, true);
  CHECK_FALSE(is_in(sign_in, "stranger.signin.aws.amazon.com"));
  CHECK(is_in(sign_in, "111122223333.signin.aws.amazon.com"));
}

TEST_CASE("multi_tenant: accept opens nothing in except_hosts of a deny") {
  const FilledSet set = fill("sagemaker-studio", SetPlace::deny_except, OrganizationLabels{}, true);
  CHECK(set.patterns.empty());
}

TEST_CASE("A pattern that is left out names the keys that would fill it") {
  const FilledSet studio = fill("sagemaker-studio", SetPlace::allow_hosts, {}, false);
  using Keys = std::vector<std::string_view>;
  const auto keys_for = [](const FilledSet& set, std::string_view host) {
    const auto* found = left_out(set, host);
    return found == nullptr ? Keys{"is not left out"} : found->keys;
  };
  CHECK(keys_for(studio, "d-x.studio.us-east-1.sagemaker.aws") ==
        Keys{"studio_domains", "studio_hosts"});
  CHECK(keys_for(studio, "n.notebook.us-east-1.sagemaker.aws") == Keys{"notebooks"});
  CHECK(keys_for(studio, "n.labeling.us-east-1.sagemaker.aws") == Keys{});
  const FilledSet sign_in = fill("aws-sign-in", SetPlace::allow_hosts, {}, false);
  CHECK(keys_for(sign_in, "x.signin.aws.amazon.com") == Keys{"accounts", "sign_in_aliases"});
  const FilledSet center = fill("iam-identity-center", SetPlace::allow_hosts, {}, false);
  CHECK(keys_for(center, "x.awsapps.com") == Keys{"identity_center"});
  CHECK(keys_for(center, "ssoins-1.portal.us-east-1.app.aws") == Keys{"identity_center"});
  CHECK(fill("s3", SetPlace::allow_hosts, {}, false).left_out.empty());
}

TEST_CASE("Regions of another partition open that partition's names") {
  OrganizationLabels china;
  china.regions = {"cn-north-1"};
  const FilledSet sts = fill("sts", SetPlace::allow_hosts, china, false);
  CHECK(is_in(sts, "sts.cn-north-1.amazonaws.com.cn"));
  CHECK_FALSE(is_in(sts, "sts.cn-northwest-1.amazonaws.com.cn"));
  CHECK_FALSE(is_in(sts, "sts.us-east-1.amazonaws.com"));
  const FilledSet sign_in = fill("aws-sign-in", SetPlace::allow_hosts, china, false);
  CHECK(is_in(sign_in, "cn-northwest-1.signin.amazonaws.cn"));
  CHECK(is_in(sign_in, "us-east-1.signin.aws.amazon.com"));

  OrganizationLabels sovereign;
  sovereign.regions = {"eusc-de-east-1", "us-gov-west-1"};
  const FilledSet s3 = fill("s3", SetPlace::allow_hosts, sovereign, false);
  CHECK(is_in(s3, "b.s3.eusc-de-east-1.amazonaws.eu"));
  CHECK(is_in(s3, "b.s3.us-gov-west-1.amazonaws.com"));
  CHECK_FALSE(is_in(s3, "b.s3.us-gov-east-1.amazonaws.com"));
}

TEST_CASE("A region that the policy names counts as one on sign-in names too") {
  OrganizationLabels future;
  future.regions = {"ap-southeast-9"};
  const auto host = "ap-southeast-9.signin.aws.amazon.com";
  CHECK(is_in(fill("aws-sign-in", SetPlace::allow_hosts, future, false), host));
  CHECK_FALSE(is_in(fill("aws-console-tenants", SetPlace::allow_except, future, false), host));
  CHECK_FALSE(is_in(fill("aws-sign-in", SetPlace::allow_hosts, {}, false), host));
}

TEST_CASE("dzd ids among studio_domains fill the labels of Unified Studio") {
  OrganizationLabels organization;
  organization.studio_domains = {"d-abcdefghijkl", "dzd_4XyZ"};
  const FilledSet unified =
      fill("sagemaker-unified-studio", SetPlace::allow_hosts, organization, false);
  CHECK(is_in(unified, "dzd_4xyz.sagemaker.us-east-1.on.aws"));
  CHECK_FALSE(is_in(unified, "dzd_other.sagemaker.us-east-1.on.aws"));
  const FilledSet studio = fill("sagemaker-studio", SetPlace::allow_hosts, organization, false);
  CHECK_FALSE(is_in(studio, "dzd_4xyz.studio.us-east-1.sagemaker.aws"));
}

TEST_CASE("A website set is left wholly out where a rule allows") {
  CHECK(fill("s3-website", SetPlace::allow_hosts, acme(), true).patterns.empty());
}

TEST_CASE("An unknown set is empty") {
  CHECK(fill("no-such-set", SetPlace::deny_hosts, acme(), false).patterns.empty());
}

TEST_CASE("in a deny every pattern of a set stands, open, in its place") {
  for (const std::string_view set : builtin_set_names()) {
    CAPTURE(set);
    const FilledSet filled = fill(set, SetPlace::deny_hosts, {}, false);
    CHECK(filled.left_out.empty());
    const auto patterns = builtin_set(set);
    REQUIRE(filled.patterns.size() == patterns.size());
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      // What stands behind the last placeholder, the same in both spellings.
      const std::string_view text = patterns[i].text;
      const std::string_view tail = text.substr(text.find_last_of("}>*") + 1);
      CHECK(filled.patterns[i].text().ends_with(tail));
    }
  }
}

}  // namespace
}  // namespace sallyport
