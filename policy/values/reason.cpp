#include "policy/values/reason.h"

#include <array>

namespace sallyport {
namespace {

struct Row {
  Reason reason;
  ReasonInfo info;
};

// Monitor mode lifts what an organization's rules decide; contradictions, the guard and limits
// hold.
constexpr Row row(Reason reason, std::string_view text, ReasonClass reason_class,
                  std::uint16_t status) {
  const bool lifts = reason_class == ReasonClass::policy || reason_class == ReasonClass::aws;
  return {reason, {text, reason_class, status, lifts}};
}

using enum Reason;
using Class = ReasonClass;

// DESIGN.md, Reasons.
constexpr std::array<Row, kReasonCount> kRows{{
    row(allowed, "allowed", Class::allowed, 0),

    row(host_not_allowed, "host_not_allowed", Class::policy, 403),
    row(client_not_allowed, "client_not_allowed", Class::policy, 403),
    row(rule_expired, "rule_expired", Class::policy, 403),
    row(port_not_allowed, "port_not_allowed", Class::policy, 403),
    row(scheme_not_allowed, "scheme_not_allowed", Class::policy, 403),
    row(network_not_allowed, "network_not_allowed", Class::policy, 403),
    row(address_literal, "address_literal", Class::policy, 403),
    row(method_not_allowed, "method_not_allowed", Class::policy, 403),
    row(url_not_allowed, "url_not_allowed", Class::policy, 403),
    row(content_type_not_allowed, "content_type_not_allowed", Class::policy, 403),
    row(websocket_not_allowed, "websocket_not_allowed", Class::policy, 403),
    row(denied_by_rule, "denied_by_rule", Class::policy, 403),
    row(sni_missing, "sni_missing", Class::policy, 403),
    row(not_tls, "not_tls", Class::policy, 403),

    row(principal_account_not_allowed, "principal_account_not_allowed", Class::aws, 403),
    row(resource_account_not_allowed, "resource_account_not_allowed", Class::aws, 403),
    row(access_key_undecodable, "access_key_undecodable", Class::aws, 403),
    row(signature_not_allowed, "signature_not_allowed", Class::aws, 403),
    row(unsigned_request, "unsigned_request", Class::aws, 403),
    row(action_not_allowed, "action_not_allowed", Class::aws, 403),
    row(action_unknown, "action_unknown", Class::aws, 403),
    row(resource_not_allowed, "resource_not_allowed", Class::aws, 403),
    row(resource_unknown, "resource_unknown", Class::aws, 403),
    row(region_not_allowed, "region_not_allowed", Class::aws, 403),
    row(service_not_allowed, "service_not_allowed", Class::aws, 403),
    row(body_not_judgeable, "body_not_judgeable", Class::aws, 403),

    // The three about credentials arise on AWS hosts alone, where a contradiction is told as 403.
    row(invalid_host, "invalid_host", Class::contradiction, 400),
    row(sni_mismatch, "sni_mismatch", Class::contradiction, 400),
    row(host_mismatch, "host_mismatch", Class::contradiction, 421),
    row(multiple_credentials, "multiple_credentials", Class::contradiction, 403),
    row(credential_scope_mismatch, "credential_scope_mismatch", Class::contradiction, 403),
    row(session_token_mismatch, "session_token_mismatch", Class::contradiction, 403),
    row(malformed_request, "malformed_request", Class::contradiction, 400),
    row(malformed_client_hello, "malformed_client_hello", Class::contradiction, 400),
    row(proxy_loop, "proxy_loop", Class::contradiction, 508),

    row(destination_forbidden, "destination_forbidden", Class::destination, 403),

    row(authentication_required, "authentication_required", Class::access, 407),

    row(header_too_large, "header_too_large", Class::resource, 431),
    row(header_timeout, "header_timeout", Class::resource, 408),
    row(client_hello_timeout, "client_hello_timeout", Class::resource, 408),
    row(upload_limit, "upload_limit", Class::resource, 413),
    row(download_limit, "download_limit", Class::resource, 403),
    row(rate_limit, "rate_limit", Class::resource, 429),
    row(connection_limit, "connection_limit", Class::resource, 503),
    row(overloaded, "overloaded", Class::resource, 503),
    row(draining, "draining", Class::resource, 503),
    row(audit_unavailable, "audit_unavailable", Class::resource, 503),

    row(dns_failure, "dns_failure", Class::fault, 502),
    row(connect_failed, "connect_failed", Class::fault, 502),
    row(connect_timeout, "connect_timeout", Class::fault, 504),
    row(origin_tls_invalid, "origin_tls_invalid", Class::fault, 502),
    row(origin_malformed, "origin_malformed", Class::fault, 502),
    row(origin_reset, "origin_reset", Class::fault, 502),
    row(response_timeout, "response_timeout", Class::fault, 504),

    row(client_tls_failed, "client_tls_failed", Class::session, 0),
    row(http2_required, "http2_required", Class::session, 0),
    row(idle_timeout, "idle_timeout", Class::session, 0),
    row(tunnel_revoked, "tunnel_revoked", Class::session, 0),
    row(client_gone, "client_gone", Class::session, 0),
    row(internal_error, "internal_error", Class::session, 500),
}};

constexpr bool rows_stand_in_the_order_of_reasons() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].reason) != i || kRows[i].info.text.empty()) return false;
  }
  return true;
}
static_assert(rows_stand_in_the_order_of_reasons());

}  // namespace

const ReasonInfo& info(Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  // A value outside the enumeration is a bug of ours, and is told as one.
  return kRows[index < kRows.size() ? index : kRows.size() - 1].info;
}

std::optional<Reason> reason_of(std::string_view word) {
  for (const Row& row : kRows) {
    if (row.info.text == word) return row.reason;
  }
  return std::nullopt;
}

}  // namespace sallyport
