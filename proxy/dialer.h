// Connects to the first of some addresses that answers: Happy Eyeballs (RFC 8305 section 5). It
// knows no names: what it is given was checked, and that is what it connects to. On a worker's
// thread.
#pragma once

#include <cstdint>
#include <optional>

#include "policy/values/ip_address.h"
#include "proxy/deadlines.h"
#include "proxy/socket.h"
#include "proxy/task.h"

namespace sallyport {

struct DialPlan {
  AddressList addresses;  ///< in the order to try
  std::uint16_t port = 0;
  std::optional<IpAddress> source;  ///< bound before connecting, where the family fits
  /// The client sends first, so its bytes carry the handshake's last acknowledgement: one packet
  /// less. An origin that speaks first would wait for it 200 ms.
  bool client_speaks_first = false;
};

struct Dialled {
  enum class Outcome : std::uint8_t { connected, failed, timed_out };
  Outcome outcome = Outcome::failed;
  std::optional<Socket> socket;  ///< non-blocking, TCP_NODELAY and keepalive set
  IpAddress address;             ///< of the socket
  int error = 0;                 ///< errno of the last try that failed
};

/// Dials, for as long as the phase `connect` lasts for all tries together. A caller that dies
/// closes all tries.
task<Dialled> dial(Reactor& reactor, Deadlines& deadlines, DialPlan plan);

/// TCP keepalive that outlives the idle limits of NAT gateways and endpoints (350 s).
void set_keepalive(int fd);

}  // namespace sallyport
