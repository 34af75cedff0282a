#include "policy/aws/operation/s3_address.h"

#include <algorithm>

#include "policy/aws/percent.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

/// S3 took names up to 255 bytes, capitals and underscores before March 2018, in us-east-1.
constexpr std::size_t kBucketNameMax = 255;

/// A name that a bucket can have; no ARN, no dot segment, nothing with a slash in it.
bool is_bucket_name(std::string_view name) {
  return !name.empty() && name.size() <= kBucketNameMax && is_alphanumeric(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}

bool is_safe_key(std::string_view raw) {
  if (raw.find('\0') != std::string_view::npos) return false;
  if (raw.find('%') == std::string_view::npos) {
    return raw.find("..") == std::string_view::npos || !leads_out_of_bucket(raw);
  }
  const auto key = percent_decoded(raw);
  return key && !leads_out_of_bucket(*key);
}

enum class Place : std::uint8_t { none, path, host_bucket, host_access_point };

Place place_of_bucket(S3Form form) {
  switch (form) {
    case S3Form::path:
    case S3Form::express_control:
      return Place::path;
    case S3Form::bucket:
    case S3Form::accelerate:
    case S3Form::express:
    case S3Form::multi_region:
      return Place::host_bucket;
    case S3Form::access_point:
    case S3Form::object_lambda:
    case S3Form::outposts:
      return Place::host_access_point;
    case S3Form::none:
    case S3Form::control:
    case S3Form::website:
      return Place::none;
  }
  return Place::none;
}

/// Takes the bucket off the front of `rest`, which is the path behind its first `/`.
bool read_bucket_in_path(std::string_view& rest, S3Address& address) {
  const std::string_view sent = rest.substr(0, rest.find('/'));
  rest.remove_prefix(std::min(sent.size() + 1, rest.size()));
  auto bucket = percent_decoded(sent);
  if (!bucket || !is_bucket_name(*bucket)) return false;
  address.bucket = std::move(*bucket);
  return true;
}

}  // namespace

bool leads_out_of_bucket(std::string_view key) {
  int depth = 0;
  while (true) {
    const auto segment = key.substr(0, key.find('/'));
    if (segment == "..") {
      if (--depth < 0) return true;
    } else if (!segment.empty() && segment != ".") {
      ++depth;
    }
    if (segment.size() == key.size()) return false;
    key.remove_prefix(segment.size() + 1);
  }
}

std::string S3Address::key() const { return percent_decoded(raw_key).value_or(""); }

std::optional<S3Address> s3_address(const AwsHost& host, std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::string_view rest = path.substr(1);
  S3Address address;
  switch (place_of_bucket(host.s3_form)) {
    case Place::none:
      return std::nullopt;
    case Place::path:
      if (rest.empty()) return address;  // Kind::service
      if (!read_bucket_in_path(rest, address)) return std::nullopt;
      break;
    case Place::host_bucket:
      if (!is_bucket_name(host.bucket)) return std::nullopt;
      address.bucket = host.bucket;
      break;
    case Place::host_access_point:
      address.access_point = host.access_point;
      break;
  }
  if (!is_safe_key(rest)) return std::nullopt;
  address.raw_key = rest;
  address.kind = rest.empty() ? S3Address::Kind::bucket : S3Address::Kind::object;
  return address;
}

}  // namespace sallyport
