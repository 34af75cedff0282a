#include "proxy/dns_client.h"

#include <algorithm>
#include <utility>

namespace sallyport {
namespace {

// A channel of c-ares 1.18 takes some 75 KiB for its tables, so these are under 10 MiB a worker.
constexpr std::size_t kChannelsMax = 64;
constexpr std::size_t kRetiredMax = 64;

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
  retire_old_ports();
  const auto channel = pick();
  if (!channel) {
    on_v6(DnsAnswer{});
    on_v4(DnsAnswer{});
    return;
  }
  channel->ask(canonical_name, DnsType::aaaa, std::move(on_v6));
  channel->ask(canonical_name, DnsType::a, std::move(on_v4));
}

// Whoever keeps every channel busy with names that nobody answers would otherwise keep the ports of
// all names to come, for as long as forgers of answers need to find them.
void DnsClient::retire_old_ports() {
  const auto oldest = steady_clock::now() - patience_.attempt * patience_.attempts;
  const auto old = std::stable_partition(
      channels_.begin(), channels_.end(), [&](const std::shared_ptr<DnsChannel>& channel) {
        return is_idle(channel) || channel->busy_since() > oldest;
      });
  const auto room =
      static_cast<std::ptrdiff_t>(kRetiredMax - std::min(kRetiredMax, retired_.size()));
  const auto first = channels_.end() - std::min(room, channels_.end() - old);
  retired_.insert(retired_.end(), first, channels_.end());
  channels_.erase(first, channels_.end());
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
