// An attempt as people tell it to `explain` and `test`, and what would become of it: the same head
// reader, facts and decide() as the running gate, without a socket.
#pragma once

#include <optional>
#include <string_view>

#include "metrics/attempt_record.h"
#include "policy/loader/tests_yaml.h"
#include "policy/snapshot.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

struct ToldOutcome {
  Decision decision = Decision::block;
  Verdict verdict;
  /// The request must be read to tell; then `verdict` says `allowed` by no rule.
  bool needs_request = false;
  /// The request behind a CONNECT whose TLS is intercepted was judged; then the verdict is its own.
  bool is_in_tunnel = false;
  /// Absent where the head was refused already.
  std::optional<Facts> facts;
  /// Why the head was refused, in words.
  std::string_view head_error;

  /// Of a blocked CONNECT `none`.
  TlsUse tls() const;
};

/// Judges an attempt: a CONNECT, a request in absolute-form, or for an https URL the CONNECT and,
/// where its TLS is intercepted, the request in it. The only place that reads its URL and fields,
/// by the gate's own head reader. What its answer would meet (`content_types`, `download_bytes`)
/// nobody can tell.
ToldOutcome judge(const Snapshot& snapshot, const ToldAttempt& attempt);

}  // namespace sallyport
