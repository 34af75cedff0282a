// Whether an attempt may pass with first bytes that are no TLS, which is when an origin that speaks
// first is heard at once (SEMANTICS.md section 9). Pure.
#pragma once

#include "policy/snapshot.h"
#include "policy/values/facts.h"

namespace sallyport {

/// Some rule that may yet allow this CONNECT has `tls: optional`, or its client is monitored: its
/// origin may speak first.
bool some_rule_takes_no_tls(const Snapshot& snapshot, const Facts& facts);

/// This CONNECT would pass unread if its client said nothing: some rule that may yet allow it has
/// `tls: optional`, or monitor mode lifts the block. REQUIRES: the address is known.
bool may_pass_without_tls(const Snapshot& snapshot, const Facts& facts);

}  // namespace sallyport
