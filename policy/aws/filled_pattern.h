// Host patterns of a built-in set after a policy's `organization` filled them, and what they match.
// Values that own their text; built at load. `matches` here is the plain reading, the oracle of the
// host matcher; it allocates nothing, and is no match for a trie.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/region.h"
#include "policy/aws/tenant_kind.h"
#include "policy/values/host.h"

namespace sallyport {

/// A label, or a part of one.
struct FilledPart {
  enum class Kind : std::uint8_t {
    literal,  ///< `literal`
    region,   ///< one of `one_of`; where that is empty, any region of `partitions` by its shape
    shape,    ///< a label of kind `tenant` by its shape, but none of `except`
  };

  Kind kind = Kind::literal;
  std::string literal;
  PartitionSet partitions;
  std::vector<std::string> one_of;
  TenantKind tenant{};
  std::vector<std::string> except;

  static FilledPart of_literal(std::string_view text);
  static FilledPart of_region(PartitionSet partitions);
  static FilledPart of_shape(TenantKind tenant);

  friend bool operator==(const FilledPart&, const FilledPart&) = default;
};

/// One label of a filled pattern.
struct FilledLabel {
  enum class Kind : std::uint8_t { literal, any, region, shape, composed };

  /// `*`: no part. Else one part, or several that together make the label (`composed`).
  std::vector<FilledPart> parts;

  Kind kind() const;
  /// REQUIRES: kind() is literal.
  const std::string& literal() const { return parts.front().literal; }

  friend bool operator==(const FilledLabel&, const FilledLabel&) = default;
};

/// A pattern: `leading_wildcard` stands for one or more labels before `labels`.
struct FilledPattern {
  bool leading_wildcard = false;
  std::vector<FilledLabel> labels;  ///< from left to right

  /// As people write it, for messages: `d-abc.studio.<region>.sagemaker.aws`.
  std::string text() const;

  friend bool operator==(const FilledPattern&, const FilledPattern&) = default;
};

/// True if the label of a canonical host fits.
bool matches(const FilledLabel& label, std::string_view text);

/// True if the whole host fits. False for address literals. A-labels are no special case here.
bool matches(const FilledPattern& pattern, const Host& host);

}  // namespace sallyport
