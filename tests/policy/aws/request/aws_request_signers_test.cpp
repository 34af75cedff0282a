#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/aws/request/sent_request.h"

namespace sallyport {
namespace {

TEST_CASE("a posted form shows the object that its fields name, and not the bucket as such") {
  const auto form = [](const std::string& fields) {
    return read({"POST",
                 "ml-data.s3.us-east-1.amazonaws.com",
                 "/",
                 {{"Content-Type", "multipart/form-data; boundary=xyzzy"}},
                 fields +
                     "--xyzzy\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n"
                     "\r\nx\r\n--xyzzy--\r\n"})
        .facts;
  };
  const auto field = [](const std::string& name, const std::string& value) {
    return "--xyzzy\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value +
           "\r\n";
  };
  CHECK(said(form(field("key", "a/b")).resources) == "arn:aws:s3:::ml-data/a/b");
  CHECK(said(form(field("key", "a") + field("bucket", "other")).buckets) == "ml-data other");
  CHECK(said(form(field("acl", "private")).resources) == "in body");
}

TEST_CASE("the Query protocol: the action stands in the form, and so may the credential") {
  Sent sent{"POST",
            "sts.us-east-1.amazonaws.com",
            "/",
            {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=s"
            "&RoleArn=arn%3Aaws%3Aiam%3A%3A999999999999%3Arole%2Fr&WebIdentityToken=t"};
  const AwsFacts facts = read(sent).facts;
  CHECK(facts.is_unsigned);
  CHECK(said(facts.actions) == "sts:AssumeRoleWithWebIdentity");
  CHECK(said(facts.resource_accounts) == "999999999999");
  sent.state = JudgedBody::State::unread;
  const AwsFacts unread = read(sent).facts;
  CHECK_FALSE(unread.is_unsigned);
  CHECK(said(unread.signatures) == "in body");
  CHECK(said(unread.actions) == "in body");
  CHECK(said(unread.resource_accounts) == "in body");
}

TEST_CASE("a signature where AWS looks at none proves nothing: the request counts as unsigned") {
  const AwsFacts facts = read({"POST",
                               "cognito-idp.us-east-1.amazonaws.com",
                               "/",
                               {{"Authorization", signed_by(kOurs, "cognito-idp")},
                                {"X-Amz-Target", "AWSCognitoIdentityProviderService.SignUp"},
                                {"Content-Type", "application/x-amz-json-1.1"}},
                               R"({"ClientId":"c","Username":"secret","Password":"p"})"})
                             .facts;
  CHECK(facts.is_unsigned);
  CHECK(said(facts.signatures) == "sigv4");
  CHECK(said(facts.principal_accounts) == "");
  CHECK(said(facts.actions) == "cognito-idp:SignUp");
}

TEST_CASE("the token of IAM Identity Center's portal is a credential") {
  const AwsFacts facts = read({"GET",
                               "portal.sso.us-east-1.amazonaws.com",
                               "/federation/credentials?role_name=r&account_id=999999999999",
                               {{"x-amz-sso_bearer_token", "aoa"}}})
                             .facts;
  CHECK_FALSE(facts.is_unsigned);
  CHECK(said(facts.signatures) == "bearer");
  CHECK(said(facts.resource_accounts) == "999999999999");
  CHECK(read({"GET", "portal.sso.us-east-1.amazonaws.com", "/assignment/accounts", {}})
            .facts.is_unsigned);
}

TEST_CASE("who signs, and what cannot be told of it") {
  const auto of_field = [](const std::string& value) {
    return read({"GET", "ml-data.s3.us-east-1.amazonaws.com", "/k", {{"Authorization", value}}})
        .facts;
  };
  CHECK(said(of_field(signed_by(kForeign)).principal_accounts) == "999999999999");
  CHECK(said(of_field(signed_by(kOld)).principal_accounts) == "untold");
  CHECK(said(of_field("Bearer abc").principal_accounts) == "");
  CHECK(said(of_field("Bearer abc").signatures) == "bearer");
  CHECK(said(of_field("Nonsense abc").signatures) == "unknown");
  const AwsFacts nobody = read({"GET", "ml-data.s3.us-east-1.amazonaws.com", "/k", {}}).facts;
  CHECK(nobody.is_unsigned);
  CHECK(said(nobody.signatures) == "");
  const AwsFacts unreadable =
      read({"GET", "ml-data.s3.us-east-1.amazonaws.com", "/k?X-Amz-Credential=%zz", {}}).facts;
  CHECK_FALSE(unreadable.is_unsigned);
  CHECK(said(unreadable.signatures) == "unknown");
  CHECK(said(unreadable.actions) == "untold");
}

TEST_CASE("credentials that contradict each other, or the host") {
  struct Row {
    const char* host;
    const char* target;
    std::vector<std::pair<std::string, std::string>> fields;
    std::optional<Reason> contradiction;
  };
  const Row rows[] = {
      {"ml-data.s3.us-east-1.amazonaws.com", "/k", {{"Authorization", signed_by(kOurs)}}, {}},
      {"ml-data.s3.us-east-1.amazonaws.com",
       "/k",
       {{"Authorization", signed_by(kOurs)}, {"Authorization", signed_by(kForeign)}},
       Reason::multiple_credentials},
      {"ml-data.s3.us-east-1.amazonaws.com",
       "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=aa",
       {{"Authorization", signed_by(kOurs)}},
       Reason::multiple_credentials},
      {"ml-data.s3.us-east-1.amazonaws.com",
       "/k",
       {{"Authorization", signed_by(kOurs, "dynamodb")}},
       Reason::credential_scope_mismatch},
      {"ml-data.s3.us-east-1.amazonaws.com",
       "/k",
       {{"Authorization", signed_by(kOurs, "s3", "eu-west-1")}},
       Reason::credential_scope_mismatch},
      {"sts.amazonaws.com",
       "/?Action=GetCallerIdentity&Version=2011-06-15",
       {{"Authorization", signed_by(kOurs, "sts")}},
       {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    CHECK(read({"GET", row.host, row.target, row.fields}).facts.contradiction == row.contradiction);
  }
}

TEST_CASE("which actions a posted form asks for, stands in it") {
  Sent sent{"POST",
            "ml-data.s3.us-east-1.amazonaws.com",
            "/",
            {{"Content-Type", "multipart/form-data; boundary=xyzzy"}},
            "--xyzzy\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n"
            "--xyzzy\r\nContent-Disposition: form-data; name=\"acl\"\r\n\r\npublic-read\r\n"
            "--xyzzy\r\nContent-Disposition: form-data; name=\"file\"; "
            "filename=\"f\"\r\n\r\nx\r\n--xyzzy--\r\n"};
  CHECK(said(read(sent).facts.actions) == "s3:PutObject s3:PutObjectAcl");
  sent.state = JudgedBody::State::unread;
  const AwsFacts unread = read(sent).facts;
  CHECK(said(unread.actions) == "s3:PutObject + body");
  CHECK(unread.further_actions.empty());
}

TEST_CASE("a browser's preflight") {
  const std::vector<std::pair<std::string, std::string>> asks = {
      {"Origin", "https://console.example"}, {"Access-Control-Request-Method", "PUT"}};
  CHECK(read({"OPTIONS", "ml-data.s3.us-east-1.amazonaws.com", "/k", asks}).facts.is_preflight);
  CHECK_FALSE(read({"OPTIONS", "ml-data.s3.us-east-1.amazonaws.com", "/k", {}}).facts.is_preflight);
  CHECK(read({"OPTIONS", "ml-data.s3.us-east-1.amazonaws.com", "/k?X-Amz-Signature=00", asks})
            .facts.is_preflight);  // of a presigned URL
  CHECK_FALSE(read({"GET", "ml-data.s3.us-east-1.amazonaws.com", "/k", asks}).facts.is_preflight);
  CHECK_FALSE(
      read({"OPTIONS", "ml-data.s3.us-east-1.amazonaws.com", "/k", asks, "x"}).facts.is_preflight);
}

TEST_CASE("AWS's own buckets are read with AWS's own signature, and never written to") {
  const std::string presigned = "/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + kForeign +
                                "%2F20261126%2Fus-east-1%2Fs3%2Faws4_request"
                                "&X-Amz-Date=20261126T000000Z&X-Amz-Expires=60"
                                "&X-Amz-SignedHeaders=host&X-Amz-Signature=" +
                                std::string(64, 'a');
  const std::string host = "jumpstart-cache-prod-us-east-1.s3.us-east-1.amazonaws.com";
  const AwsFacts reads = read({"GET", host, presigned, {}}).facts;
  CHECK(said(reads.signatures) == "sigv4-query");
  CHECK(reads.reads_aws_buckets);
  CHECK(reads.changed_buckets.empty());
  const AwsFacts writes = read({"PUT", host, presigned, {}}).facts;
  CHECK_FALSE(writes.reads_aws_buckets);
  CHECK(writes.changed_buckets == ShownTexts{"jumpstart-cache-prod-us-east-1"});
}

TEST_CASE("what the host alone shows") {
  const auto of = [](std::string_view name) { return aws_facts_of_host(*Host::parse_name(name)); };
  const auto s3 = of("ml-data.s3.us-east-1.amazonaws.com");
  REQUIRE(s3);
  CHECK(said(s3->services) == "s3");
  CHECK(said(s3->regions) == "us-east-1");
  CHECK(said(s3->buckets) == "ml-data");
  const auto ecr = of("999999999999.dkr.ecr.us-east-1.amazonaws.com");
  REQUIRE(ecr);
  CHECK(said(ecr->resource_accounts) == "999999999999");
  CHECK_FALSE(of("www.example.org"));
}

}  // namespace
}  // namespace sallyport
