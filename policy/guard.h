// The destination guard: whether an address may be dialled (SEMANTICS.md section 9). Pure; the
// classes of addresses are in policy/values/ip_address.h.
#pragma once

#include <span>

#include "policy/snapshot.h"
#include "policy/values/facts.h"

namespace sallyport {

/// The guard passes the address by itself: it is global, or a private range that
/// `destinations.allow_networks` hold or that the host's route leads to, and not the gate's own.
bool passes_guard(const Snapshot& snapshot, const ResolvedAddress& address) noexcept;

/// The guard passes the address for this allow rule, by itself or because an enforcing rule's
/// `networks` lift the ban on private ranges, and the rule's `networks` accept it.
bool rule_accepts(const Snapshot& snapshot, const Rule& rule,
                  const ResolvedAddress& address) noexcept;

/// The addresses that may still be dialled: the one that was, which is put into `dialled`, else
/// all; none where they are not those of the way that the host takes now, and no exchange is under
/// way there. REQUIRES: facts.address.
std::span<const ResolvedAddress> candidates(const Facts& facts, ResolvedAddress& dialled) noexcept;

/// The rule, by itself, accepts some address that may still be dialled (the one that was, if any).
bool accepts_some(const Snapshot& snapshot, const Rule& rule, const Facts& facts) noexcept;

/// The host is a literal that the guard does not pass by itself: refused before any rule, so that
/// no rule's `networks` and no monitor mode lift it.
bool literal_is_forbidden(const Snapshot& snapshot, const Facts& facts) noexcept;

}  // namespace sallyport
