#include "policy/loader/traffic_settings_yaml.h"

#include <algorithm>
#include <array>
#include <set>

#include "policy/loader/networks_yaml.h"
#include "policy/loader/value_text.h"
#include "policy/quoted.h"

namespace sallyport {
namespace {

constexpr std::uint32_t kConnectionsMax = 10'000'000;
constexpr std::uint32_t kConnectionsPerClientMax = 1'000'000;
constexpr std::uint64_t kKiB = 1024;
constexpr std::size_t kContactBytesMax = 500;
constexpr std::uint16_t kDnsPort = 53;

void read_clients(const Fields& top, Diagnostics& diagnostics, std::vector<Client>& clients) {
  const YamlNode* node = top.find("clients");
  if (node == nullptr) return;
  std::set<std::string_view> names;  // views into the tree
  for (const YamlNode& item : node->items) {
    const Fields fields(item, Block::client, diagnostics);
    Client client;
    if (const YamlNode* name = fields.find("name")) {
      client.name = name->text;
      const bool is_known = !names.insert(name->text).second;
      if (!is_policy_name(name->text)) {
        fields.wants("name");
      } else if (is_known) {
        diagnostics.error(name->mark, "another client is named " + quoted(name->text) +
                                          " already; names must differ");
      }
    }
    client.networks = read_networks(fields, "networks", NetworksFor::clients, diagnostics);
    const bool is_named_otherwise =
        item.is_mapping() &&
        std::any_of(item.entries.begin(), item.entries.end(), [](const YamlEntry& entry) {
          return entry.key == "networks" || entry.key == "certificate_names";
        });
    if (item.is_mapping() && !is_named_otherwise) {
      diagnostics.error(item.mark, "a client without `networks` would be nobody; it wants " +
                                       std::string(find_key(Block::client, "networks")->wants));
    }
    if (const auto mode = fields.one_of("mode", {"enforce", "monitor"})) {
      client.mode = *mode == "monitor" ? Mode::monitor : Mode::enforce;
    }
    clients.push_back(std::move(client));
  }
}

void read_resolver(const Fields& top, const PolicyFiles& files, ResolverSettings& resolver) {
  const auto fields = top.below("resolver", Block::resolver);
  if (!fields) return;
  const auto servers = fields->list("servers", [](std::string_view text, std::string& error) {
    return parse_socket_address(text, kDnsPort, error);
  });
  for (const SocketAddress& server : servers) {
    resolver.servers.push_back({server.address, server.port});
  }
  if (const auto file = fields->word("hosts_file")) resolver.hosts_file = files.resolve(*file);
}

void read_limits(const Fields& top, Diagnostics& diagnostics, Limits& limits) {
  const auto fields = top.below("limits", Block::limits);
  if (!fields) return;
  if (const auto number = fields->number_or("connections", "auto", 1, kConnectionsMax)) {
    limits.connections = static_cast<std::uint32_t>(*number);
  }
  if (const auto number = fields->number("connections_per_client", 1, kConnectionsPerClientMax)) {
    limits.connections_per_client = static_cast<std::uint32_t>(*number);
    if (limits.connections != 0 && *number >= limits.connections) {
      diagnostics.warning(fields->find("connections_per_client")->mark,
                          "one client can take all " + std::to_string(limits.connections) +
                              " `connections`; write fewer, or leave the key out for half of them");
    }
  }
  const auto size = [&](std::string_view key, std::uint64_t max) {
    return fields->parsed(key, [max](std::string_view text, std::string& error) {
      return parse_size(text, kKiB, max, error);
    });
  };
  if (const auto bytes = size("header_bytes", kKiB * kKiB)) {
    limits.header_bytes = static_cast<std::uint32_t>(*bytes);
  }
  if (const auto bytes = size("judged_body_bytes", kKiB * kKiB * kKiB)) {
    limits.judged_body_bytes = static_cast<std::uint32_t>(*bytes);
  }
}

void read_timeouts(const Fields& top, Timeouts& timeouts) {
  const auto fields = top.below("timeouts", Block::timeouts);
  if (!fields) return;
  struct Row {
    std::string_view key;
    std::chrono::milliseconds Timeouts::*member;
  };
  constexpr std::array<Row, 8> kRows{{{"header", &Timeouts::header},
                                      {"client_hello", &Timeouts::client_hello},
                                      {"connect", &Timeouts::connect},
                                      {"response", &Timeouts::response},
                                      {"keep_alive", &Timeouts::keep_alive},
                                      {"origin_idle", &Timeouts::origin_idle},
                                      {"idle", &Timeouts::idle},
                                      {"drain", &Timeouts::drain}}};
  for (const Row& row : kRows) {
    if (const auto duration = fields->parsed(row.key, parse_duration)) {
      timeouts.*row.member = *duration;
    }
  }
}

}  // namespace

void read_traffic_settings(const Fields& top, const PolicyFiles& files, Diagnostics& diagnostics,
                           Snapshot& snapshot) {
  if (const auto mode = top.one_of("mode", {"enforce", "monitor"})) {
    snapshot.mode = *mode == "monitor" ? Mode::monitor : Mode::enforce;
  }
  if (const YamlNode* contact = top.find("contact")) {
    snapshot.contact = contact->text;
    const bool is_line = contact->text.size() <= kContactBytesMax &&
                         contact->text.find_first_of("\n\t\r") == std::string::npos;
    if (!is_line) diagnostics.error(contact->mark, "`contact` is one line of up to 500 bytes");
  }
  read_clients(top, diagnostics, snapshot.clients);
  read_resolver(top, files, snapshot.resolver);
  read_limits(top, diagnostics, snapshot.limits);
  read_timeouts(top, snapshot.timeouts);
}

}  // namespace sallyport
