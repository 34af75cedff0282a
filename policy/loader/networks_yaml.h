// Lists of networks in a policy file, and those among them that no address can be in.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/values/ip_address.h"

namespace sallyport {

/// What a list of networks is written for.
enum class NetworksFor : std::uint8_t {
  clients,  ///< to know who asks
  opening,  ///< to let addresses be dialled
  denying,
};

/// The networks of a list. Told are those that are none; as errors, where they would leave a client
/// unknown or a deny without effect, those that are written in IPv6 for what is judged as IPv4; as
/// warnings, where they open nothing, those whose addresses the guard never passes.
std::vector<Network> read_networks(const Fields& fields, std::string_view key, NetworksFor purpose,
                                   Diagnostics& diagnostics);

}  // namespace sallyport
