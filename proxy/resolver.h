// Turns canonical host names into addresses: hosts file, cache, then DNS. One per worker, on that
// worker's io_context and thread; nothing is shared between workers and nothing here blocks but the
// reading of two small system files. It judges no address: the guard does. REQUIRES: destroyed
// before its io_context, not within one of its own callbacks; sessions that wait then get `failed`.
// While it lives, an open question keeps the context from running empty for some seconds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/values/server_address.h"
#include "proxy/client_shares.h"
#include "proxy/dns_cache.h"
#include "proxy/dns_client.h"
#include "proxy/hosts_file.h"
#include "proxy/net.h"
#include "proxy/resolution.h"
#include "proxy/task.h"
#include "proxy/watched_file.h"

namespace sallyport {

/// How names are resolved; the `resolver` block of the policy and the limits behind it.
struct ResolverConfig {
  /// Asked in this order. Empty: the servers of `resolv_conf`; where that is empty too, nobody.
  std::vector<ServerAddress> servers;
  std::string resolv_conf = "/etc/resolv.conf";
  /// The port of the servers in `resolv_conf`, which itself cannot say it.
  std::uint16_t resolv_conf_port = 53;
  /// Empty: none.
  std::string hosts_file = "/etc/hosts";

  /// A name is given up after `attempt` times the larger of `attempts` and the number of servers.
  DnsPatience patience;
  /// With IPv4 addresses in hand, how much longer the answer for IPv6 is awaited (RFC 8305 section
  /// 3; more than its 50 ms, since a DNS64 asks twice). Without it the name is kept a second only.
  std::chrono::milliseconds v6_grace{250};

  std::size_t cached_names_max = 10'000;
  /// Names being asked for at once, and sessions waiting for them, before `overloaded`. Of both a
  /// client gets no more than ClientShares leaves it.
  std::size_t names_in_flight_max = 2'000;
  std::size_t waiting_max = 20'000;
};

/// Told of every lookup that ended: its outcome and the time it took. Must neither throw nor call
/// the resolver.
using LookupObserver = std::function<void(Resolution::Outcome, std::chrono::nanoseconds)>;

/// The resolver of one worker.
class Resolver {
 public:
  Resolver(executor worker, ResolverConfig config, LookupObserver observer = {});
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// What is known without asking: from the hosts file or the cache, bad news included; nullptr if
  /// nothing. Does not allocate. Valid until the next call of the resolver or the next suspension
  /// of the caller, whichever is first. REQUIRES: a canonical name (Host::text()), no address
  /// literal.
  const Resolution* cached(std::string_view canonical_name);

  /// The same, asking where it must; one lookup serves all who ask for the name meanwhile, and
  /// counts as that of the client who asked first. The name is looked up at once and need not
  /// outlive the call. A caller that is destroyed disturbs neither the lookup nor the others. The
  /// task may outlive the resolver. REQUIRES: as `cached`; a literal gets `failed` and no query
  /// leaves.
  task<Resolution> resolve(std::string_view canonical_name, const IpAddress& client);

  /// Takes a new configuration. Other servers: the cache is emptied, and names in flight are asked
  /// for anew, at their old deadline.
  void configure(ResolverConfig config);

  /// Reads hosts file and resolv.conf again now, if they changed (SIGHUP).
  void reload();

 private:
  struct Lookup;
  class Waiting;

  void refresh_files(steady_clock::time_point now);
  void use_servers();
  std::shared_ptr<Lookup> start(std::string_view canonical_name, const IpAddress& client);
  void ask(const std::shared_ptr<Lookup>& lookup);
  void on_answer(const std::shared_ptr<Lookup>& lookup, DnsType type, const DnsAnswer& answer);
  void limit(const std::shared_ptr<Lookup>& lookup, steady_clock::time_point when);
  void finish(const std::shared_ptr<Lookup>& lookup);
  static task<Resolution> give(Resolution resolution);
  static task<Resolution> wait(std::shared_ptr<Lookup> lookup, Waiting waiting);

  executor worker_;
  ResolverConfig config_;
  LookupObserver observer_;
  HostsFile hosts_;
  WatchedFile resolv_conf_;
  steady_clock::time_point files_due_{};
  DnsCache cache_;
  // Keys are views of the lookups' names.
  std::unordered_map<std::string_view, std::shared_ptr<Lookup>> in_flight_;
  ClientShares names_;  // of in_flight_
  // Sessions that wait; shared with their tasks, which may outlive the resolver.
  std::shared_ptr<ClientShares> waiting_ = std::make_shared<ClientShares>();
  DnsClient dns_;
};

}  // namespace sallyport
