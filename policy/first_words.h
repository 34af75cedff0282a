// Whether an attempt may pass with first bytes that are no TLS, which is when an origin that speaks
// first is heard at once (SEMANTICS.md section 9). Pure.
#pragma once

#include "policy/snapshot.h"
#include "policy/values/facts.h"

namespace sallyport {

/// Some rule that may yet allow this CONNECT has `tls: optional`, or monitor mode lets it pass unread.
bool may_pass_without_tls(const Snapshot& snapshot, const Facts& facts) noexcept;

}  // namespace sallyport
