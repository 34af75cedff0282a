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
    case Reason::signature_not_allowed:
      return "Sign with SigV4 (boto3: Config(signature_version='s3v4')), or ask for this kind of "
             "credential in `signatures`.";
    case Reason::unsigned_request:
      return "Sign the request, or ask for this action in `unsigned`.";
    case Reason::access_key_undecodable:
      return "Use a key made since 2019, or ask for this id in `access_keys`.";
    case Reason::body_not_judgeable:
      return "Send a smaller body, without a content coding, in the service's own format.";
    case Reason::upload_limit:
    case Reason::download_limit:
      return "Ask for larger `limits` in the rule for this host.";
    default:
      return {};
  }
}

/// `what a, b`; a few of them.
std::string listed(std::string_view what, std::span<const std::string> values) {
  constexpr std::size_t kToldMax = 5;
  if (values.empty()) return {};
  std::string text(what);
  for (std::size_t i = 0; i < values.size() && i < kToldMax; ++i) {
    text += (i == 0 ? " " : ", ") + values[i];
  }
  return text + (values.size() > kToldMax ? ", and more. " : ". ");
}

/// Why what a request names is not known, where that is why it is refused.
std::string_view why_untold(const AwsFacts& aws) {
  if (aws.resource_accounts.state != ShownValues::State::untold) return {};
  if (aws.operation.empty()) return "Which operation it is cannot be told. ";
  return "It names something by a path or a value that cannot be read as a resource of AWS. ";
}

/// What of the request a reason of class aws is about, and what to do.
std::string shown_values(const Facts& facts, Reason reason) {
  const AwsFacts* aws =
      facts.request && facts.request->aws ? facts.request->aws.get() : facts.host_shows.get();
  std::string text;
  if (aws != nullptr) {
    switch (reason) {
      case Reason::principal_account_not_allowed:
        text = listed("It is signed by account", aws->principal_accounts.values);
        break;
      case Reason::resource_account_not_allowed:
        text = why_untold(*aws);
        text += listed("It acts on account", aws->resource_accounts.values) +
                listed("It refers to account", aws->referenced_accounts.values);
        break;
      case Reason::resource_not_allowed:
      case Reason::resource_unknown:
        text = why_untold(*aws);
        text += listed("Its bucket:", aws->buckets.values) +
                listed("Its resource:", aws->resources.values);
        break;
      case Reason::action_not_allowed:
      case Reason::action_unknown:
      case Reason::unsigned_request:
        text = listed("Its action:", aws->actions.values);
        break;
      case Reason::signature_not_allowed:
        text = listed("Its credential:", aws->signatures.values);
        break;
      case Reason::region_not_allowed:
        text = listed("Its region:", aws->regions.values);
        break;
      case Reason::service_not_allowed:
        text = listed("Its service:", aws->services.values);
        break;
      default:
        break;
    }
  }
  text += request_for(reason);
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

std::string hint_for(const Snapshot& snapshot, const Facts& facts, Reason reason) {
  if (reason == Reason::destination_forbidden && some_address_belongs_in_no_proxy(facts)) {
    return std::string(kNotThroughTheGate);
  }
  if (info(reason).reason_class == ReasonClass::aws) return shown_values(facts, reason);
  if (reason != Reason::host_not_allowed) return std::string(request_for(reason));
  if (facts.host.text() == "localhost") return std::string(kNotThroughTheGate);
  if (facts.host.is_single_label()) return "Names of your own network belong in no_proxy.";
  const std::string_view key = unfilled_key(snapshot, facts.host);
  if (key.empty()) return std::string(request_for(reason));
  return "The policy would allow this host if organization." + std::string(key) + " named it.";
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
