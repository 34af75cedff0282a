// What became of a name: its addresses in the order to dial them, or why there are none. Plain
// data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "policy/values/ip_address.h"

namespace sallyport {

/// More addresses of one name than this are not kept (THREATS.md C9: a huge answer stays cheap).
/// Enough for the names of large services: what is not kept, no `networks` sees.
constexpr std::size_t kAddressesPerNameMax = 64;

/// The result of resolving a name. `addresses` is empty unless `outcome` is `ok`; nothing in it was
/// judged: the guard does that with every address.
struct Resolution {
  enum class Outcome : std::uint8_t {
    ok,            ///< at least one address
    no_such_name,  ///< NXDOMAIN
    no_address,    ///< the name exists, without A and AAAA
    failed,        ///< SERVFAIL, REFUSED, a broken answer, no DNS server known or reachable
    timed_out,     ///< no answer in time
    overloaded,    ///< too many names or sessions are waiting already; nothing was asked
  };

  std::vector<IpAddress> addresses;
  Outcome outcome = Outcome::failed;
};

/// Orders addresses as RFC 8305 section 4 wants them: IPv6 first if there is any, then alternating.
/// Keeps the order within a family, drops repetitions, returns at most `kAddressesPerNameMax`.
std::vector<IpAddress> in_dial_order(std::span<const IpAddress> v6, std::span<const IpAddress> v4);

}  // namespace sallyport
