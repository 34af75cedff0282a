#include "proxy/http/connection_options.h"

#include <algorithm>
#include <array>

#include "proxy/http/comma_list.h"
#include "proxy/http/octets.h"

namespace sallyport {
namespace {

using Names = std::string_view;

// CVE-2021-33197 and CVE-2024-45410 are what follows where this list is open.
constexpr std::array<Names, 8> kMayBeNamed = {
    "close",   "keep-alive", "upgrade",        "te",
    "trailer", "trailers",   "http2-settings", "proxy-connection"};

// RFC 9110 section 7.6.1: a field intended for all recipients is never a connection option. Origins
// are known to name Transfer-Encoding all the same.
constexpr std::array<Names, 8> kMeantForAll = {
    "transfer-encoding", "cache-control", "date", "location",
    "set-cookie",        "vary",          "etag", "www-authenticate"};

// Options that name no field, and fields that end at each hop without being named.
constexpr std::array<Names, 6> kNoFieldOfItsOwn = {"close",   "keep-alive",       "upgrade",
                                                   "trailer", "proxy-connection", "te"};

template <std::size_t kSize>
bool holds(const std::array<Names, kSize>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [name](Names known) { return equal_ignoring_case(name, known); });
}

std::optional<HeadError> malformed(const char* what) {
  return HeadError{Reason::malformed_request, what};
}

}  // namespace

std::optional<HeadError> ConnectionOptions::add_of_request(std::string_view value) {
  while (!value.empty()) {
    const std::string_view option = take_element(value);
    if (elements_ == kElementsMax) return malformed("Connection names more than 16 options");
    ++elements_;
    if (option.empty()) continue;
    if (!is_token(option)) return malformed("Connection is a list of names with commas");
    if (!holds(kMayBeNamed, option)) {
      return malformed("Connection may name close, keep-alive, upgrade, te and no other field");
    }
    add_option(option);
  }
  return std::nullopt;
}

void ConnectionOptions::add_proxy_connection(std::string_view value) {
  const bool had_upgrade = has_upgrade_;
  while (!value.empty()) add_option(take_element(value));
  has_upgrade_ = had_upgrade;
}

void ConnectionOptions::add_option(std::string_view option) {
  if (equal_ignoring_case(option, "close")) closes_ = true;
  if (equal_ignoring_case(option, "keep-alive")) has_keep_alive_ = true;
  if (equal_ignoring_case(option, "upgrade")) has_upgrade_ = true;
}

bool connection_names(const FieldLines& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (!equal_ignoring_case(field.name, "Connection")) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      if (equal_ignoring_case(take_element(rest), name)) return true;
    }
  }
  return false;
}

bool connection_strips_any(const FieldLines& response_fields) {
  for (const Field& field : response_fields) {
    if (!equal_ignoring_case(field.name, "Connection")) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::string_view option = take_element(rest);
      if (!option.empty() && !holds(kNoFieldOfItsOwn, option)) return true;
    }
  }
  return false;
}

bool connection_strips(const FieldLines& response_fields, std::string_view name) {
  if (!connection_names(response_fields, name)) return false;
  constexpr std::string_view kContent = "content-";
  return !begins_ignoring_case(name, kContent) && !holds(kMeantForAll, name);
}

}  // namespace sallyport
