#include "policy/values/reason.h"

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

// A row of DESIGN.md's table; one status for all of its reasons, or one for each.
struct DesignRow {
  ReasonClass reason_class;
  std::string reasons;
  std::vector<int> statuses;
  bool monitor_lifts;
};

std::vector<DesignRow> design() {
  return {
      {ReasonClass::allowed, "allowed", {0}, false},
      {ReasonClass::policy,
       "host_not_allowed client_not_allowed rule_expired port_not_allowed scheme_not_allowed "
       "network_not_allowed address_literal method_not_allowed url_not_allowed "
       "content_type_not_allowed websocket_not_allowed denied_by_rule sni_missing not_tls",
       {403},
       true},
      {ReasonClass::aws,
       "principal_account_not_allowed resource_account_not_allowed access_key_undecodable "
       "signature_not_allowed unsigned_request action_not_allowed action_unknown "
       "resource_not_allowed resource_unknown region_not_allowed service_not_allowed "
       "body_not_judgeable",
       {403},
       true},
      {ReasonClass::contradiction,
       "invalid_host sni_mismatch host_mismatch multiple_credentials credential_scope_mismatch "
       "session_token_mismatch malformed_request malformed_client_hello proxy_loop",
       {400, 400, 421, 403, 403, 403, 400, 400, 508},
       false},
      {ReasonClass::destination, "destination_forbidden", {403}, false},
      {ReasonClass::access, "authentication_required", {407}, false},
      {ReasonClass::resource,
       "header_too_large header_timeout client_hello_timeout upload_limit download_limit "
       "rate_limit connection_limit overloaded draining audit_unavailable",
       {431, 408, 408, 413, 403, 429, 503, 503, 503, 503},
       false},
      {ReasonClass::fault,
       "dns_failure connect_failed connect_timeout origin_tls_invalid origin_malformed "
       "origin_reset response_timeout",
       {502, 502, 504, 502, 502, 502, 504},
       false},
      {ReasonClass::session,
       "client_tls_failed http2_required idle_timeout tunnel_revoked client_gone internal_error",
       {0, 0, 0, 0, 0, 500},
       false},
  };
}

TEST_CASE("the reasons are DESIGN.md's, in its order, and imply what it says") {
  std::size_t place = 0;
  for (const DesignRow& row : design()) {
    std::istringstream words(row.reasons);
    std::string word;
    for (std::size_t i = 0; words >> word; ++i, ++place) {
      CAPTURE(word);
      REQUIRE(place < kReasonCount);
      const ReasonInfo& reason = info(static_cast<Reason>(place));
      CHECK(reason.text == word);
      CHECK(static_cast<int>(reason.reason_class) == static_cast<int>(row.reason_class));
      CHECK(reason.status == row.statuses[row.statuses.size() == 1 ? 0 : i]);
      CHECK(reason.monitor_lifts == row.monitor_lifts);
    }
  }
  CHECK(place == kReasonCount);
}

TEST_CASE("every reason has a word of its own, which reads back") {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    CAPTURE(text(reason));
    CHECK_FALSE(text(reason).empty());
    CHECK(words.insert(text(reason)).second);
    CHECK(reason_of(text(reason)) == reason);
  }
}

TEST_CASE("the enumerators carry their own words") {
  CHECK(text(Reason::allowed) == "allowed");
  CHECK(text(Reason::host_not_allowed) == "host_not_allowed");
  CHECK(text(Reason::body_not_judgeable) == "body_not_judgeable");
  CHECK(text(Reason::proxy_loop) == "proxy_loop");
  CHECK(text(Reason::destination_forbidden) == "destination_forbidden");
  CHECK(text(Reason::audit_unavailable) == "audit_unavailable");
  CHECK(text(Reason::response_timeout) == "response_timeout");
  CHECK(text(Reason::internal_error) == "internal_error");
}

TEST_CASE("what is no reason is none, and a value outside the enumeration is internal_error") {
  for (const std::string_view word : {"", "Allowed", "allowed ", "no_rule", "host_not_allowe"}) {
    CAPTURE(word);
    CHECK_FALSE(reason_of(word).has_value());
  }
  CHECK(text(static_cast<Reason>(255)) == "internal_error");
  CHECK_FALSE(info(static_cast<Reason>(kReasonCount)).monitor_lifts);
}

/// The words in backticks of the first cells of README.md's tables of reasons.
std::multiset<std::string> reasons_of_readme() {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) + "/README.md");
  REQUIRE(file.is_open());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = text.find("\n## Reasons");
  REQUIRE(begin != text.npos);
  std::istringstream lines(text.substr(begin, text.find("\n## ", begin + 1) - begin));
  std::multiset<std::string> words;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    std::istringstream parts(line.substr(0, line.find(" | ")));
    std::getline(parts, line, '`');
    for (std::string word; std::getline(parts, word, '`'); std::getline(parts, line, '`')) {
      words.insert(word);
    }
  }
  return words;
}

TEST_CASE("README.md says what to do about each reason, once, and about no other") {
  std::multiset<std::string> all;
  for (std::size_t i = 1; i < kReasonCount; ++i) {
    all.insert(std::string(text(static_cast<Reason>(i))));
  }
  CHECK(reasons_of_readme() == all);
}

}  // namespace
}  // namespace sallyport
