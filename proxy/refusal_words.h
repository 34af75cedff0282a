// What the gate says to people beyond a reason: hints in a refusal, lines of the operator's log.
// Static text, or text made of canonical values alone.
#pragma once

#include <string>
#include <string_view>

#include "policy/snapshot.h"
#include "policy/values/facts.h"
#include "proxy/http/accept.h"
#include "proxy/http/head_error.h"
#include "proxy/resolution.h"

namespace sallyport {

/// What would help here, or `""`: names that belong in NO_PROXY, a key of `organization` to fill,
/// what to ask the keepers of the policy for.
std::string hint_for(const Snapshot& snapshot, const Facts& facts, Reason reason);

/// Why a name has no address, or `""`.
std::string_view words_for(Resolution::Outcome outcome);

/// Why a connection was not made; errno in words that are ours.
std::string_view words_for_connect_error(int error);

/// The operator's line about a client that speaks TLS or SOCKS to a plain listener.
std::string foreign_protocol_line(const IpAddress& client, ForeignProtocol protocol);

}  // namespace sallyport
