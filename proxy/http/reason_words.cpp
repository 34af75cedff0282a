#include "proxy/http/reason_words.h"

#include <array>

namespace sallyport {
namespace {

struct Row {
  Reason reason;
  ReasonWords words;
};

using enum Reason;

// RFC 9209 section 2.3. `denied` is for what the policy decides, `error` for what the client could
// have sent better, `response` for answers that are given without a try to connect.
constexpr std::string_view kDenied = "http_request_denied";
constexpr std::string_view kError = "http_request_error";
constexpr std::string_view kResponse = "proxy_internal_response";
constexpr std::string_view kInternal = "proxy_internal_error";

constexpr std::array<Row, kReasonCount> kRows{{
    {allowed, {"The policy allows this.", kResponse}},

    {host_not_allowed, {"No rule of the policy allows this host.", kDenied}},
    {client_not_allowed, {"The rule for this host does not hold for this client.", kDenied}},
    {rule_expired, {"The rule that allowed this host has expired.", kDenied}},
    {port_not_allowed, {"The rule for this host does not allow this port.", kDenied}},
    {scheme_not_allowed, {"The rule for this host does not allow this scheme.", kDenied}},
    {network_not_allowed, {"The host's addresses lie outside the rule's networks.", kDenied}},
    {address_literal, {"No rule names this address; hosts are to be asked for by name.", kDenied}},
    {method_not_allowed, {"The rule for this host does not allow this method.", kDenied}},
    {url_not_allowed, {"The rule for this host does not allow this URL.", kDenied}},
    {content_type_not_allowed,
     {"The answer has a content type that the rule does not allow.", kDenied}},
    {websocket_not_allowed, {"The rule for this host does not allow WebSocket.", kDenied}},
    {denied_by_rule, {"A rule of the policy denies this.", kDenied}},
    {sni_missing, {"The TLS handshake names no host (SNI); the gate requires it.", kDenied}},
    {not_tls, {"This tunnel must carry TLS, and what was sent is none.", kDenied}},

    {principal_account_not_allowed,
     {"The request is signed by an AWS account that the policy does not allow.", kDenied}},
    {resource_account_not_allowed,
     {"The request acts on an AWS account that the policy does not allow.", kDenied}},
    {access_key_undecodable, {"No AWS account can be read from the access key id.", kDenied}},
    {signature_not_allowed,
     {"The policy does not allow this kind of AWS credential here.", kDenied}},
    {unsigned_request, {"The request to AWS is not signed.", kDenied}},
    {action_not_allowed, {"The policy does not allow this AWS action.", kDenied}},
    {action_unknown, {"The AWS action of the request cannot be told.", kDenied}},
    {resource_not_allowed, {"The policy does not allow this AWS resource.", kDenied}},
    {resource_unknown, {"The AWS resource of the request cannot be told.", kDenied}},
    {region_not_allowed, {"The policy does not allow this AWS region.", kDenied}},
    {service_not_allowed, {"The policy does not allow this AWS service.", kDenied}},
    {body_not_judgeable,
     {"The request's body must be judged, and is too large or cannot be read.", kDenied}},

    {invalid_host, {"The target names no valid host and port.", kError}},
    {sni_mismatch, {"The TLS handshake names another host (SNI) than the CONNECT.", kError}},
    {host_mismatch, {"The Host field names another host or port than the target.", kError}},
    {multiple_credentials, {"The request carries more than one AWS credential.", kError}},
    {credential_scope_mismatch,
     {"The signature's region or service is not that of the host.", kError}},
    {session_token_mismatch,
     {"The session token does not belong to the access key's kind or account.", kError}},
    {malformed_request, {"The request is not valid HTTP/1.1 as the gate reads it.", kError}},
    {malformed_client_hello, {"The TLS handshake could not be read.", kError}},
    {proxy_loop, {"The request came through this gate before.", "proxy_loop_detected"}},

    {destination_forbidden,
     {"The host's address is reserved, or private and opened by no rule of the policy.",
      "destination_ip_prohibited"}},

    {authentication_required, {"The gate must know who asks: a client certificate.", kError}},

    {header_too_large, {"The request's head is larger than the gate accepts.", kError}},
    {header_timeout, {"The request's head was not complete in time.", kError}},
    {client_hello_timeout, {"The TLS handshake was begun and not complete in time.", kError}},
    {upload_limit, {"More is sent than the rule's limit for uploads.", kDenied}},
    {download_limit, {"The answer is larger than the rule's limit for downloads.", kDenied}},
    {rate_limit, {"There were too many requests in a short time; try again later.", kDenied}},
    {connection_limit,
     {"This client has too many connections open; close some or try again.",
      "connection_limit_reached"}},
    {overloaded, {"The gate is busy; try again in a moment.", kResponse}},
    {draining, {"The gate is being stopped; try again in a moment.", kResponse}},
    {audit_unavailable,
     {"The audit log cannot be written, and nothing passes unrecorded.", kInternal}},

    {dns_failure, {"The host's name could not be resolved.", "dns_error"}},
    {connect_failed, {"The host did not accept the connection.", "connection_refused"}},
    {connect_timeout, {"The host did not answer in time.", "connection_timeout"}},
    {origin_tls_invalid, {"The host's certificate or TLS is not valid.", "tls_certificate_error"}},
    {origin_malformed, {"The host's answer is not valid HTTP.", "http_protocol_error"}},
    {origin_reset, {"The host broke the connection.", "connection_terminated"}},
    {response_timeout, {"The host's answer did not come in time.", "http_response_timeout"}},

    {client_tls_failed,
     {"The client did not complete TLS with the gate; it may not trust the gate's CA.", kError}},
    {http2_required, {"The client speaks HTTP/2 alone, and the gate must read HTTP/1.1.", kError}},
    {idle_timeout, {"Nothing was sent for too long.", kResponse}},
    {tunnel_revoked, {"The policy changed and does not allow this any more.", kDenied}},
    {client_gone, {"The client closed its connection.", kError}},
    {internal_error, {"The gate failed; nothing passed. The operator's log says more.", kInternal}},
}};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].reason) != i) return false;
  }
  return true;
}
static_assert(is_in_order(), "the rows stand in the order of Reason, none left out");

}  // namespace

const ReasonWords& words(Reason reason) { return kRows[static_cast<std::size_t>(reason)].words; }

}  // namespace sallyport
