#include "proxy/refusal_words.h"

#include <cerrno>

#include "policy/explain.h"

namespace sallyport {
namespace {

constexpr std::string_view kNotThroughTheGate =
    "Not through the gate: this address belongs in NO_PROXY.";

bool some_address_belongs_in_no_proxy(const Facts& facts) {
  if (facts.host.is_literal() && belongs_in_no_proxy(facts.host.address())) return true;
  if (!facts.address) return false;
  for (const ResolvedAddress& each : facts.address->resolved) {
    if (belongs_in_no_proxy(each.address)) return true;
  }
  return false;
}

/// What the person is to ask the gate's keepers for; empty where asking does not help.
std::string_view request_for(Reason reason) {
  switch (reason) {
    case Reason::host_not_allowed:
      return "Ask for a rule that allows this host.";
    case Reason::client_not_allowed:
      return "Ask that the rule for this host hold for your client.";
    case Reason::rule_expired:
      return "Ask that the rule for this host be renewed.";
    case Reason::port_not_allowed:
      return "Ask for this port in the rule for this host.";
    case Reason::scheme_not_allowed:
      return "Use https, or ask for `schemes: [http]` in the rule for this host.";
    case Reason::network_not_allowed:
      return "Ask for this address's network in the rule for this host.";
    case Reason::method_not_allowed:
      return "Ask for this method in the rule for this host.";
    case Reason::url_not_allowed:
      return "Ask for this URL in the rule for this host.";
    case Reason::content_type_not_allowed:
      return "Ask for this content type in the rule for this host.";
    case Reason::websocket_not_allowed:
      return "Ask for `websocket: true` in the rule for this host.";
    case Reason::upload_limit:
    case Reason::download_limit:
      return "Ask for larger `limits` in the rule for this host.";
    default:
      return {};
  }
}

}  // namespace

std::string hint_for(const Snapshot& snapshot, const Facts& facts, Reason reason) {
  if (reason == Reason::destination_forbidden && some_address_belongs_in_no_proxy(facts)) {
    return std::string(kNotThroughTheGate);
  }
  if (reason != Reason::host_not_allowed) return std::string(request_for(reason));
  if (facts.host.text() == "localhost") return std::string(kNotThroughTheGate);
  if (facts.host.is_single_label()) return "Names of your own network belong in no_proxy.";
  const std::string_view key = unfilled_key(snapshot, facts.host);
  if (key.empty()) return std::string(request_for(reason));
  return "The policy would allow this host if organization." + std::string(key) + " named it.";
}

ReplyFormat format_of_service(const AwsHost& service) {
  if (service.is_s3()) return ReplyFormat::aws_s3_xml;
  const bool is_xml = service.is_s3_shared_front_end() || service.service == "cloudfront" ||
                      service.service == "route53";
  return is_xml ? ReplyFormat::aws_query_xml : ReplyFormat::aws_json;
}

std::string_view words_for(Resolution::Outcome outcome) {
  switch (outcome) {
    case Resolution::Outcome::ok:
      return {};
    case Resolution::Outcome::no_such_name:
      return "There is no such name (NXDOMAIN).";
    case Resolution::Outcome::no_address:
      return "The name has no address.";
    case Resolution::Outcome::failed:
      return "The DNS server answered with an error, or none is reachable.";
    case Resolution::Outcome::timed_out:
      return "The DNS server did not answer in time.";
    case Resolution::Outcome::overloaded:
      return "Too many names are being looked up; try again.";
  }
  return {};
}

std::string_view words_for_connect_error(int error) {
  switch (error) {
    case ECONNREFUSED:
      return "The origin refused the connection.";
    case ENETUNREACH:
    case EHOSTUNREACH:
      return "The origin's network cannot be reached from the gate.";
    case EADDRNOTAVAIL:
      return "The gate has no port or source address left for the connection.";
    case EMFILE:
    case ENFILE:
      return "The gate has no descriptor left for the connection.";
    default:
      return "The connection to the origin failed.";
  }
}

std::string foreign_protocol_line(const IpAddress& client, ForeignProtocol protocol) {
  const std::string name = protocol == ForeignProtocol::tls ? "TLS" : "SOCKS";
  return "client " + client.text() + " speaks " + name +
         " to the http listener; its proxy URL must begin with http://";
}

}  // namespace sallyport
