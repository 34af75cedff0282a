#include "proxy/commands/banner.h"

#include "policy/values/authority.h"

namespace sallyport {
namespace {

/// What the built-in policy leaves open and leaves out (DESIGN.md, Policy file).
constexpr std::string_view kBuiltinWords =
    "  The built-in policy allows the AWS console, sign-in, Identity Center and SageMaker.\n"
    "  Open in it: any account can sign in through the shared sign-in and console hosts, and any\n"
    "    account's key works at the SageMaker API. Name your accounts in a policy of your own.\n"
    "  Studio Lab shares Studio's host names in us-east-2, so it cannot be told apart there.\n"
    "  Sign-in pages may want hosts of cloudfront.net and two captcha buckets: left out.\n"
    "  S3, STS and CloudWatch Logs are not in it.\n";

std::string address_text(const IpAddress& address, std::uint16_t port) {
  return Authority{Host::of(address), port}.text();
}

/// An address that a client on this machine can use for a listener on all addresses.
std::string reachable(const ListenerSettings& listener) {
  const std::string text = listener.address.text();
  if (text == "0.0.0.0") return address_text(IpAddress::v4({127, 0, 0, 1}), listener.port);
  if (text == "::") return "[::1]:" + std::to_string(listener.port);
  return address_text(listener.address, listener.port);
}

}  // namespace

std::string banner(const LoadedPolicy& policy, const std::optional<std::string>& path) {
  const Snapshot& snapshot = *policy.snapshot;
  std::string words = "sallyport: policy " + path.value_or("built in") + ", " +
                      std::to_string(snapshot.rules.size()) + " rules, mode " +
                      std::string(text(snapshot.mode)) + "\n";
  for (const ListenerSettings& each : policy.gate.listeners) {
    words += "  listening on " + address_text(each.address, each.port) + " (" + each.protocol +
             "); point a client at it with\n    export https_proxy=http://" + reachable(each) +
             "\n";
  }
  if (policy.gate.metrics.is_on) {
    words += "  metrics on http://" +
             address_text(policy.gate.metrics.address, policy.gate.metrics.port) + "/metrics\n";
  }
  if (snapshot.mode == Mode::monitor) {
    words += "  MONITOR MODE: nothing is blocked by rules, it is only recorded (would_block)\n";
  }
  for (const Client& client : snapshot.clients) {
    if (client.mode != Mode::monitor) continue;
    words += "  MONITOR MODE for client '" + client.name + "': its blocks are only recorded\n";
  }
  for (const Rule& rule : snapshot.rules) {
    if (rule.enforces()) continue;
    words += "  rule '" + rule.name + "' is monitored: ";
    words += rule.is_allow() ? "it LETS OUT what no other rule speaks of, recorded as would_block\n"
                             : "it blocks nothing, it is only recorded\n";
  }
  if (!path) {
    words += kBuiltinWords;
  } else {
    for (const std::string& note : policy.notes) words += "  " + note + "\n";
  }
  return words;
}

}  // namespace sallyport
