// What clients of every family send. A row that is read as less than it is would be a wrong block.
// The spellings are those of the clients' own signers; ids and signatures are made up.
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "policy/aws/credential/credentials.h"
#include "policy/aws/credential/s3_post_form.h"
#include "tests/policy/aws/credential/sent_request.h"

namespace sallyport {
namespace {

using test::field_lines;
using test::filled;
using test::SentRequest;
using test::shown;

struct Client {
  std::string_view what;
  std::string_view url;
  std::string_view lines;
  std::string_view expected;
};

constexpr std::string_view kS3 = "sigv4 AKIA...AAAA 123456789012 us-east-1/s3";

constexpr Client kHeaders[] = {
    {"boto3, CLI v1 and v2", "https://bkt.s3.us-east-1.amazonaws.com/key",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}{scope}, "
     "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature={hex}\n"
     "X-Amz-Security-Token: {own-token}",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/s3 token 123456789012"},
    {"SDK for Java v1", "https://s3.amazonaws.com/bkt/key",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}{scope}, SignedHeaders=amz-sdk-invocation-id;"
     "amz-sdk-retry;content-type;host;user-agent;x-amz-content-sha256;x-amz-date, Signature={hex}",
     kS3},
    {"SDK for Java v2", "https://bkt.s3.us-east-1.amazonaws.com/key",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}{scope}, SignedHeaders=amz-sdk-invocation-id;"
     "amz-sdk-request;content-length;content-type;expect;host;x-amz-content-sha256;x-amz-date, "
     "Signature={hex}",
     kS3},
    {"SDK for JavaScript v3: lower-case names",
     "https://bkt.s3.us-east-1.amazonaws.com/key?x-id=PutObject",
     "authorization: AWS4-HMAC-SHA256 Credential={own}{scope}, SignedHeaders=host;x-amz-content-"
     "sha256;x-amz-date;x-amz-user-agent, Signature={hex}",
     kS3},
    {"SDK for Go", "https://bkt.s3.us-east-1.amazonaws.com/key?x-id=GetObject",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}{scope}, SignedHeaders=accept-encoding;"
     "amz-sdk-invocation-id;amz-sdk-request;host;x-amz-content-sha256;x-amz-date, Signature={hex}",
     kS3},
    {"SDK for Rust and CRT", "https://bkt.s3.us-east-1.amazonaws.com/key",
     "authorization: AWS4-HMAC-SHA256 Credential={own}{scope}, SignedHeaders=host;x-amz-content-"
     "sha256;x-amz-date;x-amz-user-agent, Signature={hex}",
     kS3},
    {"SDK for PHP and Ruby", "https://bkt.s3.us-east-1.amazonaws.com/key",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}{scope}, SignedHeaders=host;x-amz-content-"
     "sha256;x-amz-date, Signature={hex}",
     kS3},
    {"s3cmd, rclone's and MinIO's older signers: no space behind the comma",
     "https://bkt.s3.us-east-1.amazonaws.com/key",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}{scope},SignedHeaders=host;x-amz-content-"
     "sha256;x-amz-date,Signature={hex}",
     kS3},
    {"another order", "https://bkt.s3.us-east-1.amazonaws.com/key",
     "Authorization: AWS4-HMAC-SHA256 SignedHeaders=host, Signature={hex}, Credential={own}{scope}",
     kS3},
    {"several spaces", "https://bkt.s3.us-east-1.amazonaws.com/key",
     "Authorization: AWS4-HMAC-SHA256  Credential={own}{scope},  SignedHeaders=host,  "
     "Signature={hex}",
     kS3},
    {"curl --aws-sigv4", "https://bkt.s3.us-east-1.amazonaws.com/key",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}{scope}, SignedHeaders=content-type;host;"
     "x-amz-content-sha256;x-amz-date, Signature={hex}",
     kS3},
    {"SageMaker by boto3", "https://api.sagemaker.us-east-1.amazonaws.com/",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}/20261123/us-east-1/sagemaker/aws4_request, "
     "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={hex}\n"
     "X-Amz-Target: SageMaker.ListTrainingJobs",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/sagemaker"},
    {"a signing name with upper-case letters", "https://api.tunneling.iot.us-east-1.amazonaws.com/",
     "Authorization: AWS4-HMAC-SHA256 "
     "Credential={own}/20261123/us-east-1/IoTSecuredTunneling/aws4_request, "
     "SignedHeaders=host;x-amz-date, Signature={hex}",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/IoTSecuredTunneling"},
    {"an access key of the old format", "https://bkt.s3.us-east-1.amazonaws.com/key",
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIA~IOSFODNN7EXAMPLE{scope}, SignedHeaders=host, "
     "Signature={hex}",
     "sigv4 AKIA...MPLE us-east-1/s3"},
    {"a multi-region access point",
     "https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/k",
     "Authorization: AWS4-ECDSA-P256-SHA256 Credential={own}/20261123/s3/aws4_request, "
     "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-region-set, Signature=3045022100\n"
     "X-Amz-Region-Set: *",
     "sigv4a AKIA...AAAA 123456789012 /s3"},
    {"S3 Express: the session is made",
     "https://b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/?session",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}/20261123/us-east-1/s3express/aws4_request, "
     "SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={hex}",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/s3express"},
    {"S3 Express: the session is used",
     "https://b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/key",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}/20261123/us-east-1/s3express/aws4_request, "
     "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-s3session-token, Signature={hex}\n"
     "x-amz-s3session-token: AgoJb3BhcXVl",
     "s3express AKIA...AAAA 123456789012 us-east-1/s3express"},
    {"SigV2 of older S3 clients", "https://bkt.s3.amazonaws.com/key",
     "Authorization: AWS {own}:a802xGzI2e0jxGYtBVdCvzVm8iw=", "sigv2 AKIA...AAAA 123456789012"},
    {"SigV3 of older SES clients", "https://email.us-east-1.amazonaws.com/",
     "X-Amzn-Authorization: AWS3-HTTPS AWSAccessKeyId={own},Algorithm=HmacSHA256,Signature=AA+/=",
     "sigv2 AKIA...AAAA 123456789012"},
    {"SigV3 of older Route 53 clients", "https://route53.amazonaws.com/2013-04-01/hostedzone",
     "X-Amzn-Authorization: AWS3-HTTPS AWSAccessKeyId={own}, Algorithm=HmacSHA1, Signature=AA+/=",
     "sigv2 AKIA...AAAA 123456789012"},
    {"docker to ECR", "https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/",
     "Authorization: Basic QVdTOnRvaw==", "basic"},
    {"pip to CodeArtifact",
     "https://d-123456789012.d.codeartifact.us-east-1.amazonaws.com/pypi/repo/simple/",
     "Authorization: Basic YXdzOnRvaw==", "basic"},
    {"npm to CodeArtifact", "https://d-123456789012.d.codeartifact.us-east-1.amazonaws.com/npm/r/",
     "authorization: Bearer eyJ2ZXIi.e-30_~x==", "bearer"},
    {"aws sso login", "https://portal.sso.us-east-1.amazonaws.com/assignment/accounts",
     "x-amz-sso_bearer_token: aoaAAAAA", "bearer"},
    {"a token that is no key of Bedrock", "https://bedrock-runtime.us-east-1.amazonaws.com/",
     "Authorization: Bearer opaque", "bearer"},
    {"nothing at all", "https://sts.us-east-1.amazonaws.com/", "Content-Length: 0", "none"},
    {"names that only look alike", "https://bkt.s3.us-east-1.amazonaws.com/key",
     "X-Authorization: x\nProxy-Authorization: Basic QTpC\nX-Amz-Checksum-Algorithm: CRC32\n"
     "Cookie: Authorization=x",
     "none"},
};

TEST_CASE("What clients write into the head is read as they meant it") {
  for (const Client& client : kHeaders) {
    CAPTURE(client.what);
    const SentRequest request("GET", client.url, field_lines(client.lines));
    CHECK(shown(request.credentials()) == client.expected);
  }
}

constexpr std::string_view kPresigned = "sigv4-query AKIA...AAAA 123456789012 us-east-1/s3";

constexpr Client kQueries[] = {
    {"boto3 and CLI", "https://bkt.s3.us-east-1.amazonaws.com/key?{presigned}", "", kPresigned},
    {"SDK for JavaScript v3",
     "https://bkt.s3.us-east-1.amazonaws.com/key?X-Amz-Algorithm="
     "AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&{credential}{times}&X-Amz-Signature="
     "{hex}&X-Amz-SignedHeaders=host&x-amz-checksum-mode=ENABLED&x-id=GetObject",
     "", kPresigned},
    {"SDK for Java: raw slashes, semicolons between signed headers",
     "https://bkt.s3.us-east-1.amazonaws.com/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date="
     "20261123T093823Z&X-Amz-SignedHeaders=content-type;host&X-Amz-Expires=60&X-Amz-Credential="
     "{own}{scope}&X-Amz-Signature={hex}",
     "", kPresigned},
    {"semicolons that are encoded",
     "https://bkt.s3.us-east-1.amazonaws.com/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&{credential}"
     "{times}&X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Signature={hex}",
     "", kPresigned},
    {"a temporary key",
     "https://bkt.s3.us-east-1.amazonaws.com/key?{presigned}"
     "&X-Amz-Security-Token={own-token}",
     "", "sigv4-query AKIA...AAAA 123456789012 us-east-1/s3 token 123456789012"},
    {"no lifetime (IoT and STS clients)",
     "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
     "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={own}%2F20261123%2Fus-east-1%2Fsts"
     "%2Faws4_request&X-Amz-Date=20261123T093823Z&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id"
     "&X-Amz-Signature={hex}",
     "", "sigv4-query AKIA...AAAA 123456789012 us-east-1/sts"},
    {"SigV4A",
     "https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/k?X-Amz-Algorithm="
     "AWS4-ECDSA-P256-SHA256&X-Amz-Credential={own}%2F20261123%2Fs3%2Faws4_request{times}"
     "&X-Amz-Region-Set=%2A&X-Amz-SignedHeaders=host&X-Amz-Signature=3045022100",
     "", "sigv4-query AKIA...AAAA 123456789012 /s3"},
    {"SigV2 of S3",
     "https://bkt.s3.amazonaws.com/key?AWSAccessKeyId={own}&Signature=p6go%2Bb6rz5w%3D"
     "&Expires=1795430303",
     "", "sigv2 AKIA...AAAA 123456789012"},
    {"SigV2 of S3 with a temporary key",
     "https://bkt.s3.amazonaws.com/key?AWSAccessKeyId={own}&Expires=1795430303"
     "&Signature=p6go%2Bb6rz5w%3D&x-amz-security-token={own-token}",
     "", "sigv2 AKIA...AAAA 123456789012 token 123456789012"},
    {"SigV2 of the Query protocol",
     "https://sdb.amazonaws.com/?Action=ListDomains&AWSAccessKeyId={own}&SignatureVersion=2"
     "&SignatureMethod=HmacSHA256&Timestamp=2026-11-23T09%3A38%3A23Z&Signature=X6jBgrx%3D",
     "", "sigv2 AKIA...AAAA 123456789012"},
    // Parameters that are none of a signature's.
    {"Signature and Expires of a REST API",
     "https://lambda.us-east-1.amazonaws.com/x?signature=a&expires=b&Signature=c", "", "none"},
    {"a response's own fields",
     "https://bkt.s3.us-east-1.amazonaws.com/key?response-expires=1"
     "&response-content-type=a%2Fb&Expires=1&versionId=x",
     "Authorization: {sigv4}", kS3},
    {"a signature among an API's parameters beside a signed head",
     "https://lambda.us-east-1.amazonaws.com/x?Signature=c&SignatureVersion=2",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}/20261123/us-east-1/lambda/aws4_request, "
     "SignedHeaders=host, Signature={hex}",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/lambda"},
    {"AccessKeyId of IAM and STS",
     "https://iam.amazonaws.com/?Action=DeleteAccessKey&AccessKeyId={foreign}&UserName=x",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}/20261123/us-east-1/iam/aws4_request, "
     "SignedHeaders=host, Signature={hex}",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/iam"},
    {"a date in the query of a signed head",
     "https://sqs.us-east-1.amazonaws.com/?X-Amz-Date=20261123T093823Z",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}/20261123/us-east-1/sqs/aws4_request, "
     "SignedHeaders=host, Signature={hex}",
     "sigv4 AKIA...AAAA 123456789012 us-east-1/sqs"},
    {"a value that holds a signature",
     "https://sqs.us-east-1.amazonaws.com/?MessageBody=X-Amz-Signature%3D00%26AWSAccessKeyId%3Dx",
     "", "none"},
};

TEST_CASE("What clients write into a query is read as they meant it") {
  for (const Client& client : kQueries) {
    CAPTURE(client.what);
    const SentRequest request("GET", client.url, field_lines(client.lines));
    CHECK(shown(request.credentials()) == client.expected);
  }
}

/// A form whose parts are `name: value`, with that head for each; `file` comes last.
std::string form_of(const test::FieldLines& fields, std::string_view head_of_file) {
  std::string body;
  for (const auto& [name, value] : fields) {
    body += "--BB\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" +
            filled(value) + "\r\n";
  }
  return body + "--BB\r\n" + std::string(head_of_file) + "\r\n\r\nDATA\r\n--BB--\r\n";
}

struct Post {
  std::string_view what;
  std::string_view fields;
  std::string_view expected;
};

constexpr Post kPosts[] = {
    {"boto3's generate_presigned_post",
     "key: up/x\nx-amz-algorithm: AWS4-HMAC-SHA256\nx-amz-credential: {own}{scope}\n"
     "x-amz-date: 20261123T093823Z\nx-amz-security-token: {own-token}\npolicy: e30=\n"
     "x-amz-signature: {hex}",
     "s3-post AKIA...AAAA 123456789012 us-east-1/s3 token 123456789012"},
    {"SDK for JavaScript v3's createPresignedPost",
     "bucket: bkt\nX-Amz-Algorithm: AWS4-HMAC-SHA256\nX-Amz-Credential: {own}{scope}\n"
     "X-Amz-Date: 20261123T093823Z\nkey: up/x\nPolicy: e30=\nX-Amz-Signature: {hex}",
     "s3-post AKIA...AAAA 123456789012 us-east-1/s3"},
    {"SigV2",
     "key: up/x\nAWSAccessKeyId: {own}\nacl: private\npolicy: e30=\nsignature: bna83MNN+/U=",
     "s3-post AKIA...AAAA 123456789012"},
    {"nobody signs", "key: up/x\nacl: public-read", "none"},
    // And what is none of these.
    {"no policy",
     "key: up/x\nx-amz-algorithm: AWS4-HMAC-SHA256\nx-amz-credential: {own}{scope}\n"
     "x-amz-date: 20261123T093823Z\nx-amz-signature: {hex}",
     "unknown"},
    {"a signature alone", "key: up/x\npolicy: e30=\nx-amz-signature: {hex}", "unknown"},
    {"an id alone", "key: up/x\npolicy: e30=\nAWSAccessKeyId: {own}", "unknown"},
    {"both versions",
     "key: up/x\nx-amz-algorithm: AWS4-HMAC-SHA256\nx-amz-credential: {own}{scope}\n"
     "x-amz-date: 20261123T093823Z\npolicy: e30=\nx-amz-signature: {hex}\n"
     "AWSAccessKeyId: {foreign}\nsignature: AAAA",
     "several [multiple_credentials]"},
    {"another's token",
     "key: up/x\nx-amz-algorithm: AWS4-HMAC-SHA256\nx-amz-credential: {own}{scope}\n"
     "x-amz-date: 20261123T093823Z\nx-amz-security-token: {foreign-token}\npolicy: e30=\n"
     "x-amz-signature: {hex}",
     "s3-post AKIA...AAAA 123456789012 us-east-1/s3 token 111122223333 [session_token_mismatch]"},
};

TEST_CASE("A form that a browser posts to S3 shows who signed its policy") {
  for (const Post& post : kPosts) {
    CAPTURE(post.what);
    const auto form =
        read_s3_post_form("multipart/form-data; boundary=BB",
                          form_of(field_lines(post.fields),
                                  "Content-Disposition: form-data; name=\"file\"; filename=\"x\""));
    REQUIRE(form);
    const SentRequest request("POST", "https://bkt.s3.us-east-1.amazonaws.com/");
    CHECK(shown(request.credentials(&*form)) == post.expected);
    // The same beside a signed head is one too many.
    if (post.expected == "none") continue;
    const SentRequest signed_head("POST", "https://bkt.s3.us-east-1.amazonaws.com/",
                                  {{"Authorization", "{sigv4}"}});
    CHECK(shown(signed_head.credentials(&*form)) == "several [multiple_credentials]");
  }
}

}  // namespace
}  // namespace sallyport
