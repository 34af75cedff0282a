// Whole requests: what is found must be what a second reading finds (plain_sigv4.h), and what
// claims to be a credential must never be taken for nothing.
//
// The first byte chooses the host, the second whether the body is a form or multipart (boundary
// BB). Then a target, lines of `Name: value`, an empty line and the body. `~` is taken out, so that
// the corpus holds no whole access key id.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/credential/credentials.h"
#include "policy/aws/credential/s3_post_form.h"
#include "policy/values/ascii.h"
#include "tests/fuzz/plain_sigv4.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

constexpr std::array<std::string_view, 7> kHosts = {
    "bkt.s3.us-east-1.amazonaws.com",
    "sqs.us-east-1.amazonaws.com",
    "bedrock-runtime.us-east-1.amazonaws.com",
    "us-east-1.signin.aws.amazon.com",
    "email.us-east-1.amazonaws.com",
    "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
    "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com",
};

struct Input {
  AwsRequestView request;
  std::string target;
  std::vector<HeaderField> fields;
  std::string_view body;
};

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

/// What every credential holds, whoever sent it.
void check_shape(const CredentialReading& reading) {
  require(reading.found.size() < 2 || reading.contradiction == Reason::multiple_credentials,
          "several are a contradiction");
  for (const Credential& one : reading.found) {
    const auto is_account = [](const std::string& text) {
      return text.empty() ||
             (text.size() == 12 &&
              std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
    };
    require(is_account(one.account) && is_account(one.token_account), "an account is 12 digits");
    require(one.access_key_id.size() <= 128, "a key id is short");
    require(one.kind != SignatureKind::unknown ||
                (one.access_key_id.empty() && one.account.empty() && one.service.empty()),
            "an unknown credential shows nothing");
    if (!one.access_key_id.empty()) {
      require(one.account == fuzz::plain_account(one.access_key_id).value_or(""),
              "the account is that of the key");
    }
  }
}

/// Names that claim, in whatever case; `name` is decoded.
bool claims(std::string_view name, bool is_s3) {
  return equal_ignoring_case(name, "x-amz-algorithm") ||
         equal_ignoring_case(name, "x-amz-credential") ||
         equal_ignoring_case(name, "x-amz-signature") ||
         equal_ignoring_case(name, "x-amz-signedheaders") ||
         equal_ignoring_case(name, "awsaccesskeyid") ||
         (is_s3 && equal_ignoring_case(name, "signature"));
}

void check_head(const AwsRequestView& request, const Parameters* query,
                const CredentialReading& reading) {
  std::vector<std::string> authorizations;
  std::size_t others = 0;
  for (const HeaderField& field : request.fields) {
    if (equal_ignoring_case(field.name, "authorization")) authorizations.emplace_back(field.value);
    others += equal_ignoring_case(field.name, "x-amzn-authorization") ||
                      equal_ignoring_case(field.name, "x-amz-sso_bearer_token")
                  ? 1
                  : 0;
  }
  const bool is_s3 = request.host.is_any_s3();
  const bool is_claimed =
      query != nullptr && std::any_of(query->begin(), query->end(), [is_s3](const Parameter& one) {
        return claims(one.name, is_s3);
      });
  require(reading.found.size() >= authorizations.size() + others + (is_claimed ? 1 : 0),
          "all that claims counts");
  if (authorizations.size() != 1 || reading.found.size() != 1) return;

  const auto plain = fuzz::plain_sigv4(authorizations.front());
  const Credential& ours = reading.found.front();
  const bool is_sigv4 = ours.kind == SignatureKind::sigv4 || ours.kind == SignatureKind::s3express;
  require(is_sigv4 == plain.has_value(), "both accept or neither does");
  if (!plain) return;
  require(ours.access_key_id == plain->access_key_id, "the key id is that");
  require(ours.service == plain->service && ours.region == plain->region, "the scope is that");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 4096) return 0;  // std::regex recurses
  const auto host = Host::parse(kHosts[data[0] % kHosts.size()]);
  const bool is_multipart = data[1] % 2 == 1;
  std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  std::erase(text, '~');

  std::string_view rest = text;
  const std::string_view target = take_line(rest);
  std::vector<HeaderField> fields;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos) {
      fields.push_back({line.substr(0, colon), line.substr(colon + 2)});
    }
  }
  AwsRequestView request;
  request.host = *aws_host(*host);
  request.method = "POST";
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  request.fields = fields;

  const auto query = Parameters::read(request.query.value_or(""), Parameters::Kind::query);
  CredentialReading reading = read_credentials(request, query ? &*query : nullptr, nullptr);
  check_shape(reading);
  check_head(request, query ? &*query : nullptr, reading);

  const auto form = is_multipart ? read_s3_post_form("multipart/form-data; boundary=BB", rest)
                                 : Parameters::read(rest, Parameters::Kind::form);
  if (!form) return 0;
  const std::size_t before = reading.found.size();
  reading = read_credentials(request, query ? &*query : nullptr, &*form);
  check_shape(reading);
  const bool is_claimed = std::any_of(form->begin(), form->end(), [&](const Parameter& one) {
    return claims(one.name, request.host.is_any_s3()) &&
           !equal_ignoring_case(one.name, "x-amz-signedheaders");
  });
  require(reading.found.size() >= before + (is_claimed ? 1 : 0), "all that claims counts");
  return 0;
}
