// Asks DNS servers, over as many c-ares channels as it takes for names in flight not to share a
// source port; past a bound of channels they do share them, for some seconds each. Not safe for
// threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/values/server_address.h"
#include "proxy/dns_channel.h"
#include "proxy/net.h"

namespace sallyport {

/// The DNS servers in use, and questions to them.
class DnsClient {
 public:
  explicit DnsClient(executor worker) : worker_(worker) {}

  DnsClient(const DnsClient&) = delete;
  DnsClient& operator=(const DnsClient&) = delete;

  /// Takes these servers from now on. Questions that are out are still answered by the old ones.
  /// Not allowed within a handler.
  void use(std::vector<ServerAddress> servers, DnsPatience patience);

  /// Asks for A and AAAA at once, from one source port that no other name uses if a channel is to
  /// be had. Without servers both answers are `failed`. Handlers are told as DnsHandler says,
  /// unless the client is destroyed. Not allowed within a handler.
  void ask(const std::string& canonical_name, DnsHandler on_v6, DnsHandler on_v4);

  const std::vector<ServerAddress>& servers() const { return servers_; }
  const DnsPatience& patience() const { return patience_; }

 private:
  std::shared_ptr<DnsChannel> pick();
  void retire_old_ports();

  executor worker_;
  std::vector<ServerAddress> servers_;
  DnsPatience patience_;
  std::vector<std::shared_ptr<DnsChannel>> channels_;
  // Channels of former servers, and of ports that were long in use, kept until their last answer.
  std::vector<std::shared_ptr<DnsChannel>> retired_;
};

}  // namespace sallyport
