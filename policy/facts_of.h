// How facts are built from what was read: pure functions of bytes that became values, and of the
// snapshot that will judge them. They may fail or allocate; decide() may not (DESIGN.md, One loop).
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "policy/snapshot.h"
#include "policy/values/authority.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

/// The facts that a CONNECT head (or a transparent connection) shows. `is_own`: the host is a
/// literal that is one of the gate's own addresses.
Facts facts_of_connect(const Snapshot& snapshot, const IpAddress& client, const Authority& target,
                       TimePoint time, bool is_own);

/// The facts of one request: in absolute-form, or inside a tunnel that is read.
Facts facts_of_exchange(const Snapshot& snapshot, const IpAddress& client, const Authority& target,
                        TimePoint time, bool is_own, RequestFacts request);

/// What the body of an exchange to an AWS host shows, beside all that its head showed: it was read,
/// or cannot be judged. REQUIRES: facts of an exchange.
void add_body(Facts& facts, std::shared_ptr<const AwsFacts> aws);

/// Makes facts that were built for another snapshot, or at another time, current: the client, the
/// matching rules, the route and the time anew (reload, `until`). `facts.lifted` is forgotten; so
/// are addresses of another way than the host takes now, unless one was dialled, which then nothing
/// passes but the exchange that is under way there.
void renew(Facts& facts, const Snapshot& snapshot, TimePoint time);

/// What is resolved and dialled for the attempt: where its route leads, else its own host.
const Host& host_to_dial(const Facts& facts);
/// Likewise its port; `facts.port` stays the one that was asked for.
std::uint16_t port_to_dial(const Facts& facts);

/// Begins the address facts: addresses of host_to_dial() will be added.
void begin_address(Facts& facts);
/// Adds an address of host_to_dial(), in the order of preference. REQUIRES: begin_address() since
/// the facts were built or renewed. `is_own`: it is one of the gate's own addresses.
void add_address(Facts& facts, const IpAddress& address, bool is_own);

/// A request goes out to an address that was dialled by the way that holds. REQUIRES: it is known.
void begin_exchange_at(Facts& facts, const IpAddress& dialled);
/// The exchange lives on as a tunnel, which goes by the way that holds or is cut.
void become_tunnel(Facts& facts);
/// Nobody has seen the request: it is to be dialled anew, and by the way that holds.
void forget_dialled(Facts& facts);

/// What a ClientHello says.
struct HelloWords {
  /// The host_name as it was sent, if there is one.
  std::optional<std::string_view> server_name;
  std::string_view alpn;
  bool has_ech = false;
};

/// Adds the first bytes of a CONNECT that are a ClientHello: SNI and CONNECT host must agree
/// (SEMANTICS.md section 9), else the facts contradict each other.
void add_hello(Facts& facts, const HelloWords& hello);

/// Adds first bytes that begin a TLS record and are no hello.
void add_malformed_hello(Facts& facts);

/// Adds first bytes that are no TLS. REQUIRES: kind is not tls.
void add_first_bytes(Facts& facts, FirstBytes::Kind kind);

/// Keeps the first verdict that monitor mode lifted, before what `answer` says is done: the next
/// fact is fetched, or the origin dialled. One that a monitor rule only notes is none.
void keep_lifted(Facts& facts, const Snapshot& snapshot, const Answer& answer);

}  // namespace sallyport
