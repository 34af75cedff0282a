// What decide() answers: allow, block, or the one fact it needs next. Trivially copyable; refers to
// a rule by its place in the snapshot, so it outlives nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/values/reason.h"

namespace sallyport {

/// The facts of an attempt, in the order in which they become known (SEMANTICS.md section 1).
enum class Stage : std::uint8_t { connect, address, first_bytes, request, body };

/// `connect`, `address`, `first_bytes`, `request` or `body`.
std::string_view text(Stage stage);

/// A rule's place in its snapshot's file order.
using RuleIndex = std::uint32_t;
inline constexpr RuleIndex kNoRule = 0xffffffff;

/// Why, by which rule, and after which fact an attempt was decided.
struct Verdict {
  Reason reason = Reason::internal_error;
  RuleIndex rule = kNoRule;
  Stage after = Stage::connect;

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// How an attempt ended, as told in records and metrics.
enum class Decision : std::uint8_t { allow, block, would_block };

/// `allow`, `block` or `would_block`.
std::string_view text(Decision decision);

/// The answer of decide().
struct Answer {
  enum class Kind : std::uint8_t { allow, block, need };

  Kind kind = Kind::block;
  /// The fact to fetch; meaningful for `need` alone.
  Stage need = Stage::connect;
  /// For allow and block. For `would_block`: of the block that monitor lifted.
  Verdict verdict;
  /// The rules block this attempt and monitor mode lets it pass. With `need`, the caller keeps
  /// `verdict` in Facts::lifted before it asks again: the first lifted verdict is the one told.
  bool would_block = false;

  bool is_allow() const { return kind == Kind::allow; }
  bool is_block() const { return kind == Kind::block; }

  friend bool operator==(const Answer&, const Answer&) = default;
};

}  // namespace sallyport
