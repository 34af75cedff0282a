// How many connections the descriptor limit carries (`limits.connections`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sallyport {

/// Pipes of all workers together: 21 of 1 MiB and 147 of 256 KiB are 58 MiB, and an ordinary user
/// may own 64 (SPEED.md trap 4).
inline constexpr std::size_t kPipesMax = 168;

/// Raises the soft descriptor limit to the hard one and returns it.
std::uint64_t raise_descriptor_limit();

/// The connections of one client, of `all`: what the policy says, else 512 but half of all at most,
/// since the other half is for the other clients.
std::uint32_t connections_of_one_client(std::optional<std::uint32_t> written, std::uint32_t all);

/// Connections that `descriptors` carry: two sockets each, beside pipes, listeners, logs and DNS.
std::uint32_t connections_carried(std::uint64_t descriptors, std::size_t workers);

}  // namespace sallyport
