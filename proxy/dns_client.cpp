#include "proxy/dns_client.h"

#include <algorithm>
#include <utility>

namespace sallyport {
namespace {

// A channel of c-ares 1.18 takes some 75 KiB for its tables, so this is under 5 MiB a worker.
constexpr std::size_t kChannelsMax = 64;

bool is_idle(const std::shared_ptr<DnsChannel>& channel) { return channel->open_questions() == 0; }

}  // namespace

void DnsClient::use(std::vector<ServerAddress> servers, DnsPatience patience) {
  servers_ = std::move(servers);
  patience_ = patience;
  retired_.insert(retired_.end(), channels_.begin(), channels_.end());
  channels_.clear();
  std::erase_if(retired_, is_idle);
}

void DnsClient::ask(const std::string& canonical_name, DnsHandler on_v6, DnsHandler on_v4) {
  std::erase_if(retired_, is_idle);
  const auto channel = pick();
  if (!channel) {
    on_v6(DnsAnswer{});
    on_v4(DnsAnswer{});
    return;
  }
  channel->ask(canonical_name, DnsType::aaaa, std::move(on_v6));
  channel->ask(canonical_name, DnsType::a, std::move(on_v4));
}

std::shared_ptr<DnsChannel> DnsClient::pick() {
  if (servers_.empty()) return nullptr;
  // An idle channel has no socket, so its next one has another port.
  const auto least = std::ranges::min_element(
      channels_, {}, [](const auto& channel) { return channel->open_questions(); });
  const bool has_idle = least != channels_.end() && is_idle(*least);
  if (!has_idle && channels_.size() < kChannelsMax) {
    if (auto channel = DnsChannel::open(worker_, servers_, patience_)) {
      return channels_.emplace_back(std::move(channel));
    }
  }
  return least == channels_.end() ? nullptr : *least;
}

}  // namespace sallyport
