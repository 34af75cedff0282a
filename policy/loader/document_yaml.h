// YAML as a small tree that still knows where everything stood and what was quoted. Reads what a
// person can read in one way only: no anchors, aliases, tags or merge keys, no duplicate keys, one
// document. The only reader of YAML in this program. Pure; the tree owns its text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/loader/diagnostics.h"

namespace sallyport {

struct YamlEntry;

/// One node of the tree.
struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  Mark mark;
  bool is_refused = false;         ///< it stood for something that is not read; told already
  std::string text;                ///< of a scalar, as it is meant (escapes read)
  bool is_quoted = false;          ///< of a scalar: '...', "...", | or >
  std::vector<YamlNode> items;     ///< of a sequence
  std::vector<YamlEntry> entries;  ///< of a mapping, in file order; keys differ

  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_mapping() const { return kind == Kind::mapping; }
};

struct YamlEntry {
  std::string key;
  Mark mark;
  YamlNode value;
};

/// Nesting beyond this is no policy (and recursion has an end).
inline constexpr std::size_t kYamlDepthMax = 32;
/// Nor are more values; each needs some 100 bytes, where `,` was enough to write it.
inline constexpr std::size_t kYamlNodesMax = 1'000'000;

/// Reads one document; an empty one must begin with `first`. All errors are added to `diagnostics`
/// (for its own file); nothing is returned where the text is no YAML. A tree that is returned
/// beside errors lacks what was refused.
std::optional<YamlNode> read_yaml(std::string_view text, std::string_view first,
                                  Diagnostics& diagnostics);

}  // namespace sallyport
