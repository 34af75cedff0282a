// The one loop of a session over facts that are given beforehand: what `explain`, `test` and
// `replay` do. It asks the same decide() in the same order as the running gate.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "policy/snapshot.h"
#include "policy/values/authority.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

/// An attempt as it is described, not made: a CONNECT, or a request.
struct GivenAttempt {
  IpAddress client;
  Authority target;
  TimePoint time;
  /// Absent: the address is taken to pass the guard and every rule's `networks`.
  std::optional<std::vector<IpAddress>> addresses;
  FirstBytes::Kind first_bytes = FirstBytes::Kind::tls;
  /// The name in the hello; absent: the host's, `""`: none.
  std::optional<std::string> sni;
  /// Of a request; absent: it is a CONNECT.
  std::optional<RequestFacts> request = std::nullopt;
  /// What a request to an AWS host shows with its body. REQUIRES: not null where `request` has
  /// facts of AWS.
  std::shared_ptr<const AwsFacts> with_body = nullptr;
};

struct Rehearsal {
  Facts facts;    ///< as they stood when the answer fell
  Answer answer;  ///< need(request), or none
};

/// Runs an attempt to its verdict, or to need(request).
Rehearsal rehearse(const Snapshot& snapshot, const GivenAttempt& given);

}  // namespace sallyport
