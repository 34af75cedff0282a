// What the allow rules that are true ask for beyond the verdict (SEMANTICS.md section 2: limits,
// websocket, content_types). Pure; asked after decide() said allow, with the same facts.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "policy/snapshot.h"
#include "policy/values/facts.h"

namespace sallyport {

/// On what terms an attempt passes.
struct Terms {
  static constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

  /// The smallest `limits` of the enforcing allow rules that are true.
  std::uint64_t upload_max = kNoLimit;
  std::uint64_t download_max = kNoLimit;
  /// One of them has `websocket: true`; or none is true, and monitor mode lets pass what they
  /// block.
  bool takes_websocket = false;
};

Terms terms_of(const Snapshot& snapshot, const Facts& facts) noexcept;

/// Some of them takes an answer of this Content-Type, as it was sent (parameters and case do not
/// matter; absent: empty). One without `content_types` takes all. True where none is true.
bool takes_content_type(const Snapshot& snapshot, const Facts& facts,
                        std::string_view content_type) noexcept;

}  // namespace sallyport
