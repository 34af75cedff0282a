// Why an attempt was decided or ended as it was: the fixed list of DESIGN.md, and what each reason
// implies. One table; everything that speaks of a reason reads it from here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sallyport {

/// One word from DESIGN.md, section Reasons. The order is the table's.
enum class Reason : std::uint8_t {
  allowed,
  // policy
  host_not_allowed,
  client_not_allowed,
  rule_expired,
  port_not_allowed,
  scheme_not_allowed,
  network_not_allowed,
  address_literal,
  method_not_allowed,
  url_not_allowed,
  content_type_not_allowed,
  websocket_not_allowed,
  denied_by_rule,
  sni_missing,
  not_tls,
  // aws
  principal_account_not_allowed,
  resource_account_not_allowed,
  access_key_undecodable,
  signature_not_allowed,
  unsigned_request,
  action_not_allowed,
  action_unknown,
  resource_not_allowed,
  resource_unknown,
  region_not_allowed,
  service_not_allowed,
  body_not_judgeable,
  // contradiction
  invalid_host,
  sni_mismatch,
  host_mismatch,
  multiple_credentials,
  credential_scope_mismatch,
  session_token_mismatch,
  malformed_request,
  malformed_client_hello,
  proxy_loop,
  // destination
  destination_forbidden,
  // access
  authentication_required,
  // resource
  header_too_large,
  header_timeout,
  client_hello_timeout,
  upload_limit,
  download_limit,
  rate_limit,
  connection_limit,
  overloaded,
  draining,
  audit_unavailable,
  // fault
  dns_failure,
  connect_failed,
  connect_timeout,
  origin_tls_invalid,
  origin_malformed,
  origin_reset,
  response_timeout,
  // session
  client_tls_failed,
  http2_required,
  idle_timeout,
  tunnel_revoked,
  client_gone,
  internal_error,
};

inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::internal_error) + 1;

enum class ReasonClass : std::uint8_t {
  allowed,
  policy,
  aws,
  contradiction,
  destination,
  access,
  resource,
  fault,
  session,
};

/// What a reason implies.
struct ReasonInfo {
  std::string_view text;  ///< the word itself
  ReasonClass reason_class{};
  std::uint16_t status = 0;    ///< HTTP status it is told as; 0: an alert or a close alone
  bool monitor_lifts = false;  ///< monitor mode lets the attempt pass
};

/// Never fails; the reference is static.
const ReasonInfo& info(Reason reason);

/// The word; static text.
inline std::string_view text(Reason reason) { return info(reason).text; }

/// The reason of that word, if there is one.
std::optional<Reason> reason_of(std::string_view word);

}  // namespace sallyport
