// Hosts of AWS: s3_host and aws_host must read of S3's names what a second reading does
// (plain_s3_host.h), nothing where that reads nothing, and nothing at all outside AWS's suffixes.
//
// Bytes below 0x20 stand for parts of such names, so that few bytes make a whole one; the others
// are what they are.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/aws/endpoint.h"
#include "policy/aws/s3_host.h"
#include "policy/values/host.h"
#include "tests/fuzz/plain_s3_host.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

constexpr std::array<std::string_view, 32> kParts = {".",
                                                     "s3",
                                                     "s3-fips",
                                                     "dualstack",
                                                     "s3-accelerate",
                                                     "s3-access",
                                                     "point",
                                                     "s3-object-",
                                                     "lambda",
                                                     "s3-outposts",
                                                     ".amazonaws.",
                                                     "com",
                                                     "com.cn",
                                                     "eu",
                                                     "us-east-1",
                                                     "cn-north-1",
                                                     "eusc-de-x-1",
                                                     "us-gov-east-1",
                                                     "111122223333",
                                                     "s3express-",
                                                     "use1-az4",
                                                     "--x-s3",
                                                     "s3-website",
                                                     "-",
                                                     "s3-control",
                                                     "op-01",
                                                     "mrap",
                                                     "s3-global",
                                                     "vpce",
                                                     "bucket",
                                                     "fips",
                                                     ".s3-deprecated."};

/// Suffixes of AWS's own APIs (policy/aws/data/domains.yaml, partitions; FACTS section 3).
constexpr std::string_view kSuffixes[] = {".amazonaws.com",
                                          ".amazonaws.com.cn",
                                          ".amazonaws.eu",
                                          ".api.aws",
                                          ".on.aws",
                                          ".api.amazonwebservices.com.cn",
                                          ".ecr.aws",
                                          ".aws.amazon.com",
                                          ".api.amazonwebservices.eu",
                                          ".app.aws",
                                          ".amazonwebservices.com.cn"};

std::string assembled(const std::uint8_t* data, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] < kParts.size()) {
      text += kParts[data[i]];
    } else {
      text += static_cast<char>(data[i]);
    }
  }
  return text;
}

bool is_same(const AwsHost& a, const AwsHost& b) {
  return a.service == b.service && a.models.data() == b.models.data() && a.region == b.region &&
         a.signing_region == b.signing_region && a.partition == b.partition &&
         a.account == b.account && a.bucket == b.bucket && a.access_point == b.access_point &&
         a.s3_form == b.s3_form && a.is_fips == b.is_fips && a.is_dualstack == b.is_dualstack;
}

/// The service that requests to such a host are signed for (s3_host_vectors.tsv).
std::string_view signed_for(S3Form form) {
  if (form == S3Form::express || form == S3Form::express_control) return "s3express";
  if (form == S3Form::object_lambda) return "s3-object-lambda";
  return form == S3Form::outposts ? "s3-outposts" : "s3";
}

void check_s3(std::string_view name) {
  const auto plain = fuzz::plain_s3_host(std::string(name));
  const auto ours = s3_host(name);
  require(ours.has_value() == plain.has_value(), "both read it as S3's or neither does");
  if (!plain) return;
  require(ours->form == plain->form, "the form is that");
  require(ours->bucket == plain->bucket, "the bucket is that");
  require(ours->access_point == plain->access_point, "the access point is that");
  require(ours->account == plain->account, "the account is that");
  require(ours->region == plain->region, "the region is that");
  require(ours->partition == plain->partition, "the partition is that");
  require(ours->is_fips == plain->is_fips, "FIPS is told");
  require(ours->is_dualstack == plain->is_dualstack, "dual-stack is told");
}

/// What aws_host makes of that, and what holds of every other service's host.
void check_endpoint(std::string_view name, const std::optional<AwsHost>& found) {
  const auto s3 = s3_host(name);
  if (s3 && s3->form == S3Form::website) return require(!found, "a website is no API");
  require(!s3 || found, "a host of S3's is an endpoint");
  if (!found) return;
  bool is_of_aws = false;
  for (const std::string_view suffix : kSuffixes) {
    is_of_aws = is_of_aws || name.ends_with(suffix) || name == suffix.substr(1);
  }
  require(is_of_aws, "nothing is told outside the suffixes");
  require(found->account.empty() ||
              (found->account.size() == 12 && name.find(found->account) < name.find('.')),
          "an account stands in the first label");
  require(
      found->region.empty() || ("." + std::string(name)).find(found->region) != std::string::npos,
      "a region stands in the name");
  require(!found->service.empty() && found->service == found->signing_names.front(),
          "there is a service");
  if (!s3) {
    return require(
        found->s3_form == S3Form::none && found->bucket.empty() && found->access_point.empty(),
        "other services have no buckets");
  }
  require(found->s3_form == s3->form && found->bucket == s3->bucket &&
              found->access_point == s3->access_point && found->account == s3->account &&
              found->region == s3->region && found->signing_region == s3->region &&
              found->partition == s3->partition && found->is_fips == s3->is_fips &&
              found->is_dualstack == s3->is_dualstack,
          "the endpoint says what S3's reader says");
  require(found->service == signed_for(s3->form), "it is signed for that service");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 512) return 0;
  const std::string text = assembled(data, size);
  const auto host = Host::parse(text);
  if (!host) return 0;
  const auto found = aws_host(*host);
  if (host->is_literal()) {
    require(!found, "a literal is no endpoint");
    return 0;
  }
  check_s3(host->text());
  check_endpoint(host->text(), found);

  std::string other = text;
  for (char& c : other) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  if (other.back() != '.') other += '.';
  const auto same = Host::parse_name(other);
  require(same.has_value(), "case and a dot at the end do not matter");
  const auto again = aws_host(*same);
  require(again.has_value() == found.has_value() && (!found || is_same(*found, *again)),
          "case and a dot at the end change nothing");
  return 0;
}
