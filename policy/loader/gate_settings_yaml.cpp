#include "policy/loader/gate_settings_yaml.h"

#include <algorithm>
#include <array>

#include "policy/loader/value_text.h"

namespace sallyport {
namespace {

constexpr std::uint32_t kWorkersMax = 256;
constexpr std::uint32_t kTopHostsMax = 1000;
constexpr std::uint16_t kDefaultListenerPort = 3128;

std::optional<SocketAddress> socket_address(std::string_view text, std::string& error) {
  return parse_socket_address(text, 0, error);
}

std::string place_text(const IpAddress& address, std::uint16_t port) {
  return (address.is_v4() ? address.text() : "[" + address.text() + "]") + ":" +
         std::to_string(port);
}

void read_protocol(const Fields& fields, Diagnostics& diagnostics, ListenerSettings& listener) {
  struct Row {
    std::string_view protocol;
    std::string_view waits_for;
  };
  constexpr std::array<Row, 4> kProtocols{{{"http", ""},
                                           {"https", kRoomAuthenticated},
                                           {"transparent", kRoomTransparent},
                                           {"dns", kRoomDns}}};
  const YamlNode* node = fields.find("protocol");
  if (node == nullptr) return;
  const auto row = std::find_if(kProtocols.begin(), kProtocols.end(),
                                [&](const Row& each) { return each.protocol == node->text; });
  if (row == kProtocols.end()) {
    fields.wants("protocol");
  } else if (!row->waits_for.empty()) {
    diagnostics.error(node->mark, waiting_message("protocol: " + node->text, row->waits_for));
  }
  listener.protocol = node->text;
}

void read_listeners(const Fields& top, Diagnostics& diagnostics, GateSettings& gate) {
  const YamlNode* node = top.find("listeners");
  if (node == nullptr) {
    gate.listeners.push_back({"http", IpAddress::v4({127, 0, 0, 1}), kDefaultListenerPort});
    return;
  }
  for (const YamlNode& item : node->items) {
    const Fields fields(item, Block::listener, diagnostics);
    ListenerSettings listener;
    read_protocol(fields, diagnostics, listener);
    if (fields.flag("proxy_protocol").value_or(false)) {
      diagnostics.error(fields.find("proxy_protocol")->mark,
                        waiting_message("proxy_protocol: true", kRoomProxyProtocol));
    }
    const auto address = fields.parsed("address", socket_address);
    if (!address) continue;
    listener.address = address->address;
    listener.port = address->port;
    const bool is_taken = std::any_of(
        gate.listeners.begin(), gate.listeners.end(), [&](const ListenerSettings& other) {
          return other.address == listener.address && other.port == listener.port;
        });
    if (is_taken) {
      diagnostics.error(fields.find("address")->mark,
                        "another listener has " + place_text(listener.address, listener.port) +
                            " already; each needs its own");
    }
    gate.listeners.push_back(std::move(listener));
  }
}

void read_metrics(const Fields& top, Diagnostics& diagnostics, MetricsSettings& metrics) {
  const YamlNode* node = top.find("metrics");
  if (node == nullptr) return;
  if (node->is_scalar()) {
    metrics.is_on = node->text != "off";
    if (metrics.is_on) top.wants("metrics");
    return;
  }
  const Fields fields(*node, Block::metrics, diagnostics);
  if (const auto address = fields.parsed("address", socket_address)) {
    metrics.address = address->address;
    metrics.port = address->port;
  }
  if (const auto hosts = fields.number("top_hosts", 0, kTopHostsMax)) {
    metrics.top_hosts = static_cast<std::uint32_t>(*hosts);
  }
}

/// `0.0.0.0` or `::`: it stands for each of the machine's addresses.
bool is_unspecified(const IpAddress& address) {
  return address == IpAddress::v4({0, 0, 0, 0}) || address == IpAddress::v6({});
}

/// The kernel would share the port between both: ports are shared with the next gate.
void keep_metrics_apart(const Fields& top, Diagnostics& diagnostics, const GateSettings& gate) {
  const MetricsSettings& metrics = gate.metrics;
  const bool is_taken = std::any_of(
      gate.listeners.begin(), gate.listeners.end(), [&](const ListenerSettings& listener) {
        const bool is_wide = is_unspecified(listener.address) || is_unspecified(metrics.address);
        return listener.port == metrics.port && (is_wide || listener.address == metrics.address);
      });
  if (!metrics.is_on || !is_taken) return;
  const YamlNode* node = top.find("metrics");
  if (node == nullptr) node = top.find("listeners");
  diagnostics.error(node->mark, "a listener has the port of the metrics, " +
                                    place_text(metrics.address, metrics.port) +
                                    "; each needs its own");
}

void read_audit(const Fields& top, const PolicyFiles& files, AuditSettings& audit) {
  const auto fields = top.below("audit", Block::audit);
  if (!fields) return;
  if (const auto path = fields->word("path")) {
    audit.path = *path == "stdout" || *path == "stderr" ? *path : files.resolve(*path);
  }
  audit.is_required = fields->flag("required").value_or(audit.is_required);
}

}  // namespace

void read_gate_settings(const Fields& top, const PolicyFiles& files, Diagnostics& diagnostics,
                        GateSettings& gate) {
  read_listeners(top, diagnostics, gate);
  read_metrics(top, diagnostics, gate.metrics);
  keep_metrics_apart(top, diagnostics, gate);
  if (const auto workers = top.number_or("workers", "auto", 1, kWorkersMax)) {
    gate.workers = static_cast<std::uint32_t>(*workers);
  }
  read_audit(top, files, gate.audit);
  if (const auto reload = top.one_of("reload", {"file", "signal"})) {
    gate.reloads_on_change = *reload == "file";
  }
}

}  // namespace sallyport
