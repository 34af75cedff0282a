#include "policy/loader/networks_yaml.h"

#include <optional>
#include <string>
#include <utility>

#include "policy/quoted.h"

namespace sallyport {
namespace {

constexpr std::string_view kMapped = "::ffff:0:0/96";
constexpr std::string_view kNat64 = "64:ff9b::/96";

/// The IPv4 network that one within this /96 embeds; nothing where it is not within.
std::optional<std::string> embedded_in(std::string_view prefix, const Network& network) {
  if (!Network::parse(prefix)->covers(network)) return std::nullopt;
  const auto bytes = network.base().bytes().last(4);
  return IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]}).text() + "/" +
         std::to_string(network.prefix_bits() - 96);
}

void check_client(const YamlNode& item, const Network& network, Diagnostics& diagnostics) {
  // A translator may show clients of IPv4 as addresses of NAT64; those are real.
  if (const auto embedded = embedded_in(kMapped, network)) {
    diagnostics.error(
        item.mark,
        quoted(item.text) + " holds no client: those of IPv4 are seen as such; write " + *embedded);
  }
}

/// Why no address is judged as one of this network, and what to write; empty where some may be.
std::string why_none_is_judged(const Network& network) {
  if (const auto embedded = embedded_in(kNat64, network)) {
    return "an address of NAT64 is judged by the IPv4 address within; write " + *embedded;
  }
  if (const auto embedded = embedded_in(kMapped, network)) {
    return "the guard never passes ipv4-mapped addresses; write " + *embedded;
  }
  return {};
}

void check_destination(const YamlNode& item, const Network& network, NetworksFor purpose,
                       Diagnostics& diagnostics) {
  std::string why = why_none_is_judged(network);
  if (purpose == NetworksFor::denying) {
    if (!why.empty()) diagnostics.error(item.mark, quoted(item.text) + " denies nothing: " + why);
    return;
  }
  if (const auto name = forbidden_range(network); why.empty() && !name.empty()) {
    why = "the guard never passes " + std::string(name) + " addresses";
  }
  if (!why.empty()) diagnostics.warning(item.mark, quoted(item.text) + " opens nothing: " + why);
}

}  // namespace

std::vector<Network> read_networks(const Fields& fields, std::string_view key, NetworksFor purpose,
                                   Diagnostics& diagnostics) {
  std::vector<Network> networks;
  const YamlNode* node = fields.find(key);
  if (node == nullptr) return networks;
  for (const YamlNode& item : node->items) {
    if (!item.is_scalar()) continue;
    std::string error;
    const auto network = Network::parse(item.text, &error);
    if (!network) {
      diagnostics.error(item.mark, std::move(error));
      continue;
    }
    if (purpose == NetworksFor::clients) {
      check_client(item, *network, diagnostics);
    } else {
      check_destination(item, *network, purpose, diagnostics);
    }
    networks.push_back(*network);
  }
  return networks;
}

}  // namespace sallyport
