#include "proxy/request_record.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "policy/values/authority.h"
#include "proxy/http/octets.h"

namespace sallyport {
namespace {

/// More are not told: a record is no copy of the request.
constexpr std::size_t kQueryNamesMax = 32;
constexpr std::size_t kQueryNameBytesMax = 64;
constexpr std::size_t kContentTypeBytesMax = 128;

/// A parameter without a value that surely is a name, such as S3's `?uploads`, and no token.
bool is_flag(std::string_view name) {
  constexpr std::size_t kBytesMax = 24;
  return name.size() <= kBytesMax && std::all_of(name.begin(), name.end(), [](char byte) {
           return is_upper(byte) || is_lower(byte) || byte == '-';
         });
}

void record_query_names(AttemptRecord& record, std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return;
  std::string_view query = target.substr(mark + 1);
  while (!query.empty() && record.query_names.size() < kQueryNamesMax) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    if (equals == std::string_view::npos && !is_flag(name)) continue;
    if (!name.empty()) record.query_names.emplace_back(name.substr(0, kQueryNameBytesMax));
  }
}

/// The host of an absolute Location; empty for a relative or an odd one.
std::string location_host(std::string_view location) {
  const std::size_t slash = location.find_first_of("/?#");
  const bool has_scheme =
      slash != std::string_view::npos && slash > 0 && location.substr(slash - 1, 3) == "://";
  const bool has_authority = has_scheme || location.substr(0, 2) == "//";
  const std::string_view authority = has_authority ? location.substr(slash + 2) : "";
  const auto parsed = parse_authority(authority.substr(0, authority.find_first_of("/?#")), 443);
  return parsed ? std::string(parsed->host.text()) : std::string();
}

}  // namespace

void record_request(AttemptRecord& record, const RequestHead& head) {
  record.method = head.method;
  record.scheme = head.scheme;
  record.tls = TlsUse::none;
  record.target = head.path;
  record_query_names(record, head.path);
}

void record_answer(AttemptRecord& record, const ResponseHead& head) {
  record.status = head.status;
  const auto type = head.fields.find("content-type");
  if (type) record.content_type = type->substr(0, kContentTypeBytesMax);
  const bool is_redirect = head.status / 100 == 3;
  const auto location = is_redirect ? head.fields.find("location") : std::nullopt;
  if (location) record.location_host = location_host(*location);
}

Asked asked_by(const RequestHead& head) {
  return {.websocket = head.upgrade == UpgradeOffer::websocket,
          .body_bytes = head.content_length.value_or(0)};
}

Offered offered_by(const ResponseHead& head, const Framing& framing) {
  Offered offered{.websocket = head.status == 101, .body_bytes = framing.content_length};
  if (head.status == 204 || head.status == 304) return offered;
  for (const Field& field : head.fields) {
    if (!equal_ignoring_case(field.name, "content-type")) continue;
    // Of two nobody knows which one the client believes: the type of no list.
    offered.content_type = offered.content_type ? std::string_view() : field.value;
  }
  if (!offered.content_type && !framing.is_empty()) offered.content_type.emplace();
  return offered;
}

RequestFacts request_facts(const RequestHead& head) {
  RequestFacts request;
  request.scheme = head.scheme.value_or(Scheme::http);
  request.method = head.method;
  if (head.lacks_slash()) request.target = '/';
  request.target += head.path;
  return request;
}

}  // namespace sallyport
