// What an insider sends so that the gate reads one credential and AWS another, or so that a request
// that nobody signed looks signed. Each row ends as a contradiction or as an unknown credential,
// which no rule allows; never as a good one, and never as `none` unless AWS sees none either.
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "policy/aws/credential/credentials.h"
#include "tests/policy/aws/credential/sent_request.h"

namespace sallyport {
namespace {

using test::field_lines;
using test::SentRequest;
using test::shown;

constexpr std::string_view kTwo = "several [multiple_credentials]";
constexpr std::string_view kUnknown = "unknown";

struct Attack {
  std::string_view what;
  std::string_view query;  ///< of https://bkt.s3.us-east-1.amazonaws.com/key
  std::string_view lines;
  std::string_view expected;
};

constexpr std::string_view kSigV4 = "Authorization: AWS4-HMAC-SHA256 ";

void check(const Attack& attack, std::string_view url) {
  CAPTURE(attack.what);
  const SentRequest request("PUT", std::string(url) + std::string(attack.query),
                            field_lines(attack.lines));
  CHECK(shown(request.credentials()) == attack.expected);
}

constexpr Attack kTwoCredentials[] = {
    {"two Authorization lines", "", "Authorization: {sigv4}\nAuthorization: {sigv4}", kTwo},
    {"the second in another case", "", "Authorization: {sigv4}\nauthorization: {sigv4}", kTwo},
    {"the second of another scheme", "", "Authorization: {sigv4}\nAuthorization: Basic QTpC", kTwo},
    {"the second is nonsense", "", "Authorization: {sigv4}\nAuthorization: x", kTwo},
    {"the second is empty", "", "Authorization: {sigv4}\nAuthorization: ", kTwo},
    {"two in one line", "", "Authorization: {sigv4}, {sigv4}", kUnknown},
    {"two Credential", "",
     "Authorization: AWS4-HMAC-SHA256 Credential={own}{scope}, Credential={foreign}{scope}, "
     "SignedHeaders=host, Signature={hex}",
     kTwo},
    {"header and query", "?{presigned}", "Authorization: {sigv4}", kTwo},
    {"header and a bare query credential",
     "?X-Amz-Credential={foreign}%2F20261123%2Fus-east-1%2Fs3%2Faws4_request",
     "Authorization: {sigv4}", kTwo},
    {"header and a bare X-Amz-Algorithm", "?X-Amz-Algorithm=AWS4-HMAC-SHA256",
     "Authorization: {sigv4}", kTwo},
    {"header and a bare X-Amz-Signature", "?X-Amz-Signature=00", "Authorization: {sigv4}", kTwo},
    {"header and a bare X-Amz-SignedHeaders", "?X-Amz-SignedHeaders=host", "Authorization: {sigv4}",
     kTwo},
    {"header and a query name without value", "?X-Amz-Credential", "Authorization: {sigv4}", kTwo},
    {"header and SigV2 query", "?AWSAccessKeyId={foreign}&Signature=AAAA&Expires=1795430303",
     "Authorization: {sigv4}", kTwo},
    {"header and a bare AWSAccessKeyId", "?AWSAccessKeyId={foreign}", "Authorization: {sigv4}",
     kTwo},
    {"header and a bare Signature: S3 takes it for an auth mechanism", "?Signature=AAAA",
     "Authorization: {sigv4}", kTwo},
    {"header and a lower-case query name", "?x-amz-credential=x", "Authorization: {sigv4}", kTwo},
    {"header and a percent-encoded query name", "?X-Amz-%43redential=x", "Authorization: {sigv4}",
     kTwo},
    {"header and a wholly encoded query name", "?%58%2dAmz%2DSignature=00",
     "Authorization: {sigv4}", kTwo},
    {"header and an encoded AWSAccessKeyId", "?AWSAccess%4beyId={foreign}",
     "Authorization: {sigv4}", kTwo},
    {"presigned and SigV2 query", "?{presigned}&AWSAccessKeyId={foreign}&Signature=AAAA&Expires=1",
     "", kTwo},
    {"presigned and a bare Signature", "?{presigned}&Signature=AAAA", "", kTwo},
    {"presigned twice", "?{presigned}&{presigned}", "", kTwo},
    {"a second X-Amz-Credential", "?{presigned}&X-Amz-Credential=x", "", kTwo},
    {"a second one in lower case", "?{presigned}&x-amz-credential=x", "", kTwo},
    {"a second one, encoded", "?{presigned}&X-Amz-%43redential=x", "", kTwo},
    {"a second one in front", "?x-amz-CREDENTIAL=x&{presigned}", "", kTwo},
    {"a second one without value", "?{presigned}&X-Amz-Credential", "", kTwo},
    {"a second X-Amz-Signature", "?{presigned}&X-Amz-Signature=00", "", kTwo},
    {"a second X-Amz-Algorithm", "?{presigned}&X-AMZ-ALGORITHM=AWS4-HMAC-SHA256", "", kTwo},
    {"a second X-Amz-SignedHeaders", "?{presigned}&X-Amz-SignedHeaders=host", "", kTwo},
    {"two AWSAccessKeyId",
     "?AWSAccessKeyId={own}&AWSAccessKeyId={foreign}&Signature=AAAA&Expires=1", "", kTwo},
    {"two AWSAccessKeyId in two cases",
     "?AWSAccessKeyId={own}&awsaccesskeyid={foreign}&Signature=AAAA&Expires=1", "", kTwo},
    {"two Signature", "?AWSAccessKeyId={own}&Signature=AAAA&signature=BBBB&Expires=1", "", kTwo},
    {"SigV3 beside SigV4", "",
     "Authorization: {sigv4}\nX-Amzn-Authorization: AWS3-HTTPS "
     "AWSAccessKeyId={foreign},Algorithm=HmacSHA256,Signature=AAAA",
     kTwo},
    {"two X-Amzn-Authorization", "", "X-Amzn-Authorization: x\nX-Amzn-Authorization: x", kTwo},
    {"an Identity Center token beside SigV4", "",
     "Authorization: {sigv4}\nx-amz-sso_bearer_token: opaque", kTwo},
    {"two Identity Center tokens", "", "x-amz-sso_bearer_token: a\nX-Amz-Sso_Bearer_Token: b",
     kTwo},
    {"query parts as fields", "", "Authorization: {sigv4}\nX-Amz-Credential: {foreign}{scope}",
     kTwo},
};

TEST_CASE("Two credentials are never read as one of them") {
  for (const Attack& attack : kTwoCredentials) {
    check(attack, "https://bkt.s3.us-east-1.amazonaws.com/key");
  }
}

constexpr Attack kBrokenHeaders[] = {
    {"empty", "", "Authorization: ", kUnknown},
    {"a scheme alone", "", "Authorization: AWS4-HMAC-SHA256", kUnknown},
    {"a scheme in lower case", "",
     "Authorization: aws4-hmac-sha256 Credential={own}{scope}, SignedHeaders=host, Signature={hex}",
     kUnknown},
    {"an unknown algorithm", "",
     "Authorization: AWS4-HMAC-SHA512 Credential={own}{scope}, SignedHeaders=host, Signature={hex}",
     kUnknown},
    {"a scheme of tomorrow", "", "Authorization: AWS5-HMAC-SHA256 Credential={own}", kUnknown},
    {"another family", "", "Authorization: Negotiate YII=", kUnknown},
    {"no space behind the scheme", "", "Authorization: AWS4-HMAC-SHA256Credential={own}{scope}",
     kUnknown},
    {"a tab behind the scheme", "",
     "Authorization: AWS4-HMAC-SHA256\tCredential={own}{scope}, SignedHeaders=host, "
     "Signature={hex}",
     kUnknown},
    {"SigV4 hidden behind Basic", "", "Authorization: Basic {sigv4}", kUnknown},
    {"bearer of nothing", "", "Authorization: Bearer ", kUnknown},
    {"bearer in lower case", "", "Authorization: bearer opaque", kUnknown},
    {"two bearer tokens", "", "Authorization: Bearer one, two", kUnknown},
    {"a token with padding in the middle", "", "Authorization: Bearer a=b", kUnknown},
    {"Basic with a space", "", "Authorization: Basic QTpC QTpC", kUnknown},
    {"SigV2 without signature", "", "Authorization: AWS {own}:", kUnknown},
    {"SigV2 without colon", "", "Authorization: AWS {own}", kUnknown},
    {"SigV2 with two colons", "", "Authorization: AWS {own}:{foreign}:AAAA", kUnknown},
    {"SigV2 without id", "", "Authorization: AWS :AAAA", kUnknown},
    {"SigV3 where it is passed over", "",
     "X-Amzn-Authorization: AWS3-HTTPS AWSAccessKeyId={own},Algorithm=HmacSHA256,Signature=AAAA",
     kUnknown},
    {"query parts as fields alone", "", "X-Amz-Signature: {hex}", kUnknown},
    {"the query's algorithm as a field", "", "X-Amz-Algorithm: AWS4-HMAC-SHA256", kUnknown},
};

TEST_CASE("A header that AWS would not read is no credential, and not nothing either") {
  for (const Attack& attack : kBrokenHeaders) {
    check(attack, "https://bkt.s3.us-east-1.amazonaws.com/key");
  }
}

struct Rest {
  std::string_view what;
  std::string_view rest;  ///< behind `AWS4-HMAC-SHA256 `
};

constexpr std::string_view kNul("Credential={own}{scope}\0, SignedHeaders=host, Signature={hex}",
                                62);

constexpr Rest kBrokenRests[] = {
    {"no Credential", "SignedHeaders=host, Signature={hex}"},
    {"no SignedHeaders", "Credential={own}{scope}, Signature={hex}"},
    {"no Signature", "Credential={own}{scope}, SignedHeaders=host"},
    {"two SignedHeaders",
     "Credential={own}{scope}, SignedHeaders=host, SignedHeaders=host, Signature={hex}"},
    {"two Signature",
     "Credential={own}{scope}, SignedHeaders=host, Signature={hex}, Signature={hex}"},
    {"a further part", "Credential={own}{scope}, SignedHeaders=host, Signature={hex}, x=y"},
    {"a further Credential in another case",
     "Credential={own}{scope}, credential={foreign}{scope}, SignedHeaders=host, Signature={hex}"},
    {"names in lower case", "credential={own}{scope}, signedheaders=host, signature={hex}"},
    {"a comma at the end", "Credential={own}{scope}, SignedHeaders=host, Signature={hex},"},
    {"two commas", "Credential={own}{scope},, SignedHeaders=host, Signature={hex}"},
    {"semicolons between the parts",
     "Credential={own}{scope}; SignedHeaders=host; Signature={hex}"},
    {"spaces between the parts", "Credential={own}{scope} SignedHeaders=host Signature={hex}"},
    {"tabs between the parts", "Credential={own}{scope},\tSignedHeaders=host,\tSignature={hex}"},
    {"a space before =", "Credential ={own}{scope}, SignedHeaders=host, Signature={hex}"},
    {"a space behind =", "Credential= {own}{scope}, SignedHeaders=host, Signature={hex}"},
    {"quotes", "Credential=\"{own}{scope}\", SignedHeaders=\"host\", Signature=\"{hex}\""},
    {"a percent-encoded scope",
     "Credential={own}%2F20261123%2Fus-east-1%2Fs3%2Faws4_request, SignedHeaders=host, "
     "Signature={hex}"},
    {"a scope without region",
     "Credential={own}/20261123/s3/aws4_request, SignedHeaders=host, Signature={hex}"},
    {"a slash in the key id",
     "Credential={own}/{foreign}{scope}, SignedHeaders=host, Signature={hex}"},
    {"a slash in front of the key id",
     "Credential=/{own}{scope}, SignedHeaders=host, Signature={hex}"},
    {"a further part in the scope",
     "Credential={own}/20261123/us-east-1/s3/x/aws4_request, SignedHeaders=host, Signature={hex}"},
    {"an empty region",
     "Credential={own}/20261123//s3/aws4_request, SignedHeaders=host, Signature={hex}"},
    {"an empty service",
     "Credential={own}/20261123/us-east-1//aws4_request, SignedHeaders=host, Signature={hex}"},
    {"no key id", "Credential={scope}, SignedHeaders=host, Signature={hex}"},
    {"another terminator",
     "Credential={own}/20261123/us-east-1/s3/aws5_request, SignedHeaders=host, Signature={hex}"},
    {"a slash at the end", "Credential={own}{scope}/, SignedHeaders=host, Signature={hex}"},
    {"a region in upper case",
     "Credential={own}/20261123/US-EAST-1/s3/aws4_request, SignedHeaders=host, Signature={hex}"},
    {"a short date",
     "Credential={own}/2026112/us-east-1/s3/aws4_request, SignedHeaders=host, Signature={hex}"},
    {"full-width digits in the date",
     "Credential={own}/\xef\xbc\x92\xef\xbc\x90"
     "261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature={hex}"},
    {"Arabic digits in the date",
     "Credential={own}/\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6/us-east-1/s3/aws4_request, "
     "SignedHeaders=host, Signature={hex}"},
    {"a Cyrillic A in the key id",
     "Credential=\xd0\x90KIARZPUZDIKAAAAAAAA{scope}, SignedHeaders=host, Signature={hex}"},
    {"NUL behind the scope", kNul},
    {"an unsigned Host", "Credential={own}{scope}, SignedHeaders=x-amz-date, Signature={hex}"},
    {"no signed headers", "Credential={own}{scope}, SignedHeaders=, Signature={hex}"},
    {"an empty signed header",
     "Credential={own}{scope}, SignedHeaders=host;;x-amz-date, Signature={hex}"},
    {"a signed header in upper case",
     "Credential={own}{scope}, SignedHeaders=Host, Signature={hex}"},
    {"signed headers with spaces",
     "Credential={own}{scope}, SignedHeaders=host; x-amz-date, Signature={hex}"},
    {"no signature", "Credential={own}{scope}, SignedHeaders=host, Signature="},
    {"a signature that is no hex", "Credential={own}{scope}, SignedHeaders=host, Signature=xyz"},
};

TEST_CASE("A SigV4 header with one thing wrong is an unknown credential") {
  for (const Rest& row : kBrokenRests) {
    CAPTURE(row.what);
    const std::string line = std::string(kSigV4) + std::string(row.rest);
    const SentRequest request("PUT", "https://bkt.s3.us-east-1.amazonaws.com/key",
                              field_lines(line));
    CHECK(shown(request.credentials()) == kUnknown);
  }
  const std::string overlong = std::string(kSigV4) + "Credential=" + std::string(129, 'A') +
                               "{scope}, SignedHeaders=host, Signature={hex}";
  const SentRequest request("PUT", "https://bkt.s3.us-east-1.amazonaws.com/key",
                            field_lines(overlong));
  CHECK(shown(request.credentials()) == kUnknown);
}

constexpr Attack kBrokenQueries[] = {
    {"a signature alone", "?X-Amz-Signature={hex}", "", kUnknown},
    {"a credential alone", "?{credential}", "", kUnknown},
    {"no algorithm", "?{credential}{times}&X-Amz-SignedHeaders=host&X-Amz-Signature={hex}", "",
     kUnknown},
    {"no signature",
     "?X-Amz-Algorithm=AWS4-HMAC-SHA256&{credential}{times}&X-Amz-SignedHeaders=host", "",
     kUnknown},
    {"no date",
     "?X-Amz-Algorithm=AWS4-HMAC-SHA256&{credential}&X-Amz-SignedHeaders=host&X-Amz-Signature={"
     "hex}",
     "", kUnknown},
    {"no signed headers",
     "?X-Amz-Algorithm=AWS4-HMAC-SHA256&{credential}{times}&X-Amz-Signature={hex}", "", kUnknown},
    // AWS may pass over names in another case: then nobody signed.
    {"all names in lower case",
     "?x-amz-algorithm=AWS4-HMAC-SHA256&x-amz-credential={own}%2F20261123%2Fus-east-1%2Fs3"
     "%2Faws4_request&x-amz-date=20261123T093823Z&x-amz-signedheaders=host&x-amz-signature={hex}",
     "", kUnknown},
    {"the scope encoded twice",
     "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={own}%252F20261123%252Fus-east-1%252Fs3"
     "%252Faws4_request{times}&X-Amz-SignedHeaders=host&X-Amz-Signature={hex}",
     "", kUnknown},
    {"a semicolon separates nothing",
     "?X-Amz-Algorithm=AWS4-HMAC-SHA256;{credential}{times}&X-Amz-SignedHeaders=host&X-Amz-"
     "Signature={hex}",
     "", kUnknown},
    {"two dates", "?{presigned}&X-Amz-Date=20261124T093823Z", "", kUnknown},
    {"two lifetimes", "?{presigned}&x-amz-expires=9", "", kUnknown},
    {"an algorithm of the header's scheme in lower case",
     "?X-Amz-Algorithm=aws4-hmac-sha256&{credential}{times}&X-Amz-SignedHeaders=host&X-Amz-"
     "Signature={hex}",
     "", kUnknown},
    {"SigV4A without its regions",
     "?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential={own}%2F20261123%2Fs3"
     "%2Faws4_request{times}&X-Amz-SignedHeaders=host&X-Amz-Signature={hex}",
     "", kUnknown},
    {"SigV2 without signature", "?AWSAccessKeyId={own}&Expires=1795430303", "", kUnknown},
    {"SigV2 without end", "?AWSAccessKeyId={own}&Signature=AAAA", "", kUnknown},
    {"SigV2 in lower case", "?awsaccesskeyid={own}&signature=AAAA&expires=1795430303", "",
     kUnknown},
    {"S3's signature alone", "?Signature=AAAA&Expires=1795430303", "", kUnknown},
};

TEST_CASE("A query that is signed in part is an unknown credential") {
  for (const Attack& attack : kBrokenQueries) {
    check(attack, "https://bkt.s3.us-east-1.amazonaws.com/key");
  }
}

constexpr Attack kElsewhere[] = {
    {"SigV4A without its regions", "",
     "Authorization: AWS4-ECDSA-P256-SHA256 Credential={own}/20261123/s3/aws4_request, "
     "SignedHeaders=host, Signature=3045",
     kUnknown},
    {"SigV4A with two sets of regions", "",
     "Authorization: AWS4-ECDSA-P256-SHA256 Credential={own}/20261123/s3/aws4_request, "
     "SignedHeaders=host, Signature=3045\nX-Amz-Region-Set: *\nX-Amz-Region-Set: us-east-1",
     kUnknown},
    {"SigV4A with a region in its scope", "",
     "Authorization: AWS4-ECDSA-P256-SHA256 Credential={own}{scope}, SignedHeaders=host, "
     "Signature=3045\nX-Amz-Region-Set: *",
     kUnknown},
    {"AWSAccessKeyId without signature", "?AWSAccessKeyId={own}", "", kUnknown},
    {"SigV2 of an old version",
     "?AWSAccessKeyId={own}&Signature=AAAA&SignatureVersion=1&SignatureMethod=HmacSHA1", "",
     kUnknown},
    {"SigV2 of S3 elsewhere", "?AWSAccessKeyId={own}&Signature=AAAA&Expires=1795430303", "",
     kUnknown},
    {"SigV2 with two versions",
     "?AWSAccessKeyId={own}&Signature=AAAA&SignatureVersion=2&SignatureVersion=1"
     "&SignatureMethod=HmacSHA256",
     "", kUnknown},
};

TEST_CASE("The same at a host that is not S3's") {
  for (const Attack& attack : kElsewhere) check(attack, "https://sqs.us-east-1.amazonaws.com/");
}

TEST_CASE("A form in which SigV4 stands counts, though no client signs so") {
  const SentRequest request("POST", "https://sts.us-east-1.amazonaws.com/");
  const auto form =
      Parameters::read("Action=GetCallerIdentity&X-Amz-Signature=00", Parameters::Kind::form);
  CHECK(shown(request.credentials(&*form)) == kUnknown);
}

}  // namespace
}  // namespace sallyport
