// An immutable compiled policy. Shared by all workers as `shared_ptr<const Snapshot>`; any thread
// may read it. Built whole by the loader, or by tests in code.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/host_matcher.h"
#include "policy/host_pattern.h"
#include "policy/interception.h"
#include "policy/routes.h"
#include "policy/rule.h"
#include "policy/values/ip_address.h"
#include "policy/values/server_address.h"

namespace sallyport {

/// A name for who asks.
struct Client {
  std::string name;
  std::vector<Network> networks;
  /// Wins over the policy's mode where it is written.
  std::optional<Mode> mode;
};

struct ResolverSettings {
  std::vector<ServerAddress> servers;  ///< empty: the system's
  std::string hosts_file = "/etc/hosts";

  friend bool operator==(const ResolverSettings&, const ResolverSettings&) = default;
};

/// Bounds on what clients may use. `connections` 0: what the descriptor limit carries.
/// `connections_per_client` absent: 512, but half of all connections at most.
struct Limits {
  std::uint32_t connections = 0;
  std::optional<std::uint32_t> connections_per_client;
  std::uint32_t header_bytes = 64 * 1024;
  std::uint32_t judged_body_bytes = 16 * 1024 * 1024;
};

struct Timeouts {
  std::chrono::milliseconds header{30'000};
  std::chrono::milliseconds client_hello{5'000};
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds response{16 * 60'000};
  std::chrono::milliseconds keep_alive{120'000};
  std::chrono::milliseconds origin_idle{4'000};
  std::chrono::milliseconds idle{3'600'000};
  std::chrono::milliseconds drain{30'000};
};

/// Where origins may be.
struct Destinations {
  std::vector<Network> allow_networks;  ///< private ranges that may be dialled
  std::optional<IpAddress> source_address;
  /// Who signs the certificates of origins; resolved path.
  std::string ca_bundle = "/etc/ssl/certs/ca-certificates.crt";
  Routes routes;
};

/// What a built-in set left out of an allow, and the keys of `organization` that would fill it.
struct LeftOut {
  HostPattern pattern;
  std::string keys;
};

struct Snapshot {
  /// Unique in this process; facts carry it, so that they are never judged by another snapshot.
  std::uint64_t number = next_number();
  std::string hash;  ///< SHA-256 over the policy's files, in hex
  Mode mode = Mode::enforce;
  std::string contact;
  std::vector<Client> clients;
  std::vector<Rule> rules;
  HostMatcher matcher;
  std::vector<LeftOut> left_out;  ///< without repeats
  Destinations destinations;
  std::optional<Interception> interception;  ///< absent: no TLS is read
  ResolverSettings resolver;
  Limits limits;
  Timeouts timeouts;

  /// The first client whose networks hold the address.
  std::optional<std::uint32_t> client_of(const IpAddress& address) const;

  /// The route that the host takes; null: it is reached itself.
  const Route* route_of(const Host& host) const { return destinations.routes.of(host); }

  /// The rule's name; `""` for kNoRule.
  std::string_view rule_name(RuleIndex rule) const;

 private:
  static std::uint64_t next_number();
};

}  // namespace sallyport
