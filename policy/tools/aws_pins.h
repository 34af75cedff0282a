// What the `aws:` block of an allow rule holds requests to, as far as it matters to strangers
// (SEMANTICS.md section 7). Pure; at load alone.
#pragma once

#include "policy/rule.h"

namespace sallyport {

struct AwsPins {
  /// Signers of listed accounts alone.
  bool signer = false;
  /// Buckets that are listed, or that S3 proves to be a listed account's.
  bool buckets = false;

  /// REQUIRES: the rule has an `aws:` block.
  static AwsPins of(const Rule& rule);
};

}  // namespace sallyport
