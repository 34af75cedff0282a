#include "proxy/origin_pool.h"

#include <algorithm>

namespace sallyport {

bool OriginPool::Idle::leads_to(const OriginName& name,
                                std::span<const IpAddress> addresses) const {
  return port == name.port && (connection.tls != nullptr) == name.is_tls && host == name.host &&
         std::find(addresses.begin(), addresses.end(), connection.address) != addresses.end();
}

/// Nothing came: no end, no reset, no byte of an answer that nobody asked for. What TLS says of
/// itself is taken in: tickets come behind the handshake.
bool OriginPool::is_quiet(OriginConnection& connection) {
  char byte = 0;
  if (!connection.tls) return sys::peek(connection.socket.fd()) < 0 && sys::would_block();
  TlsStream stream(buffers_, connection.socket, *connection.tls);
  return stream.read({&byte, 1}) < 0 && sys::would_block();
}

std::list<OriginPool::Idle>::iterator OriginPool::find(const OriginName& name,
                                                       std::span<const IpAddress> addresses,
                                                       steady_clock::duration idle_max) {
  const auto now = steady_clock::now();
  for (auto each = idle_.end(); each != idle_.begin();) {
    --each;
    if (now - each->armed_at() > idle_max) break;  // all that follow are older
    if (!each->leads_to(name, addresses)) continue;
    if (is_quiet(each->connection)) return each;
    each = idle_.erase(each);
  }
  return idle_.end();
}

std::optional<OriginConnection> OriginPool::take(const OriginName& name,
                                                 std::span<const IpAddress> addresses,
                                                 steady_clock::duration idle_max) {
  const auto found = find(name, addresses, idle_max);
  if (found == idle_.end()) return std::nullopt;
  std::optional<OriginConnection> taken(std::move(found->connection));
  idle_.erase(found);
  return taken;
}

bool OriginPool::has(const OriginName& name, std::span<const IpAddress> addresses,
                     steady_clock::duration idle_max) {
  return find(name, addresses, idle_max) != idle_.end();
}

void OriginPool::give(const OriginName& name, OriginConnection connection) {
  if (connection.era != era_) return;
  if (idle_.size() >= kIdleMax) idle_.pop_front();
  idle_.emplace_back(*this, name, std::move(connection));
  deadlines_.arm(idle_.back(), Phase::origin_idle);
}

void OriginPool::Idle::expire() {
  pool_.idle_.remove_if([this](const Idle& each) { return &each == this; });
}

}  // namespace sallyport
