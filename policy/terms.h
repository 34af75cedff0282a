// What the allow rules that are true ask for beyond the verdict (SEMANTICS.md section 2: limits,
// websocket, content_types), of a request and of its answer. Pure; asked after decide() said allow,
// with the same facts.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "policy/snapshot.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

/// On what terms an attempt passes.
struct Terms {
  static constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

  /// The smallest `limits` of the enforcing allow rules that are true.
  std::uint64_t upload_max = kNoLimit;
  std::uint64_t download_max = kNoLimit;
  /// One of them has `websocket: true`; or none is true, and monitor mode lets it pass.
  bool takes_websocket = false;
  /// The first of them, which stands for all in a block by their terms; or none.
  RuleIndex rule = kNoRule;
};

Terms terms_of(const Snapshot& snapshot, const Facts& facts) noexcept;

/// The limits among the terms; cheap where no rule that speaks of the host has any.
struct TransferLimits {
  std::uint64_t upload_max = Terms::kNoLimit;
  std::uint64_t download_max = Terms::kNoLimit;
};
TransferLimits limits_of(const Snapshot& snapshot, const Facts& facts) noexcept;

/// What a request asks for beside its facts.
struct Asked {
  bool websocket = false;
  /// Of its body, as far as it is told.
  std::uint64_t body_bytes = 0;
};

/// What an answer brings.
struct Offered {
  bool websocket = false;
  /// Of its body, as far as it is told.
  std::uint64_t body_bytes = 0;
  /// Its Content-Type as it was sent; absent where it describes no body.
  std::optional<std::string_view> content_type = {};
};

/// `allowed`, which decide() answered for these facts, unless what is asked for breaks the terms:
/// then a block by that, or a would-block where monitor mode lifts it (SEMANTICS.md section 5; the
/// first verdict that was lifted is the one told). Any other answer is returned as it is.
Answer hold_to_terms(const Snapshot& snapshot, const Facts& facts, const Asked& asked,
                     const Answer& allowed) noexcept;
Answer hold_to_terms(const Snapshot& snapshot, const Facts& facts, const Offered& offered,
                     const Answer& allowed) noexcept;

/// A WebSocket that was let through may live on, beside the verdict.
bool websocket_may_stay(const Snapshot& snapshot, const Facts& facts) noexcept;

/// Some of them takes an answer of this Content-Type, as it was sent (parameters and case do not
/// matter; absent: empty). One without `content_types` takes all. True where none is true.
bool takes_content_type(const Snapshot& snapshot, const Facts& facts,
                        std::string_view content_type) noexcept;

}  // namespace sallyport
