#include "proxy/origin_pool.h"

#include <algorithm>

#include "proxy/http/octets.h"

namespace sallyport {
namespace {

/// Nothing came: no end, no reset, no byte of an answer that nobody asked for.
bool is_quiet(const Socket& socket) { return sys::peek(socket.fd()) < 0 && sys::would_block(); }

bool logs_in(const FieldLines& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (!equal_ignoring_case(field.name, name)) continue;
    for (const std::string_view scheme : {"NTLM", "Negotiate"}) {
      if (equal_ignoring_case(field.value.substr(0, scheme.size()), scheme)) return true;
    }
  }
  return false;
}

}  // namespace

bool is_of_one_client(const FieldLines& request, const FieldLines& answer) {
  return logs_in(request, "authorization") || logs_in(answer, "www-authenticate");
}

std::optional<OriginConnection> OriginPool::take(std::string_view host, std::uint16_t port,
                                                 std::span<const IpAddress> addresses,
                                                 steady_clock::duration idle_max) {
  const auto now = steady_clock::now();
  for (auto each = idle_.end(); each != idle_.begin();) {
    --each;
    if (now - each->armed_at() > idle_max) return std::nullopt;  // all that follow are older
    const bool fits =
        each->port == port && each->host == host &&
        std::find(addresses.begin(), addresses.end(), each->connection.address) != addresses.end();
    if (!fits) continue;
    std::optional<OriginConnection> found;
    if (is_quiet(each->connection.socket)) found.emplace(std::move(each->connection));
    each = idle_.erase(each);
    if (found) return found;
  }
  return std::nullopt;
}

void OriginPool::give(std::string_view host, std::uint16_t port, OriginConnection connection) {
  if (idle_.size() >= kIdleMax) idle_.pop_front();
  idle_.emplace_back(*this, host, port, std::move(connection));
  deadlines_.arm(idle_.back(), Phase::origin_idle);
}

void OriginPool::Idle::expire() {
  pool_.idle_.remove_if([this](const Idle& each) { return &each == this; });
}

}  // namespace sallyport
