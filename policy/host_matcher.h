// Which rules name a host: one matcher for exact names, `*.` patterns, labels of `*`, sets and
// `re:`. Names are looked up whole, and by each of their ends for `*.` patterns; labels of `*` and
// typed ones stand in a trie over the labels from the right. The cost grows with the host's labels,
// not with the number of patterns (only `re:` patterns are tried one by one). Built once, then read
// by any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "policy/host_pattern.h"
#include "policy/name_table.h"
#include "policy/values/facts.h"
#include "policy/values/host.h"

namespace sallyport {

class HostMatcher {
 public:
  enum class Part : std::uint8_t { hosts, except_hosts };

  HostMatcher() : cells_(1), nodes_(1), typed_(1) {}

  /// Adds one pattern of a rule. `wild_takes_a_labels`: its wildcards match A-labels and literals
  /// too (in a deny, in `except_hosts` of an allow, in a monitor allow).
  void add(const HostPattern& pattern, RuleIndex rule, Part part, bool wild_takes_a_labels);

  /// Appends the rules whose `hosts` match, in file order, each once, with the most precise pattern
  /// and whether `except_hosts` match too. `out` keeps its capacity.
  void match(const Host& host, RuleMatches& out) const;

 private:
  /// One pattern at its place in a rule.
  struct Use {
    RuleIndex rule = 0;
    std::uint32_t precision = 0;
    Part part = Part::hosts;
    bool wild_takes_a_labels = false;
    bool is_below = false;  ///< with `*.` in front: one or more labels more

    friend bool operator==(const Use&, const Use&) = default;
  };
  /// A list of uses, by the place of its first cell; 0 is the empty list. Equal lists are one: a
  /// million names of a set share a few cells.
  using Uses = std::uint32_t;
  struct Cell {
    Use use;
    Uses next = 0;

    friend bool operator==(const Cell&, const Cell&) = default;
  };
  struct CellHash {
    std::size_t operator()(const Cell& cell) const;
  };
  /// A node of the trie; its labels that are literal stand in names_.
  struct Node {
    Uses uses = 0;            ///< of the patterns that end here
    std::uint32_t typed = 0;  ///< the first of its edges in typed_; 0: none
  };
  struct TypedEdge {
    PatternLabel label;
    std::uint32_t node = 0;
    std::uint32_t next = 0;  ///< 0: none
  };
  struct RegexUse {
    std::shared_ptr<const re2::RE2> regex;
    Use use;
  };
  struct Walk;

  /// The list with one use more.
  Uses with(Uses uses, const Use& use);
  std::uint32_t child(std::uint32_t node, const PatternLabel& label);
  std::uint32_t new_node();
  /// Follows what is left of a name from this node. `wild_a_label`: a label that was not literal
  /// took an A-label on the way.
  void follow(std::uint32_t node, std::string_view name, bool wild_a_label, Walk& walk) const;
  /// Finds the name, and the names that it is below.
  void find_names(std::string_view name, Walk& walk) const;
  /// Takes those of a list that fit what stands in front of the name they were found by.
  void take(Uses uses, std::string_view in_front, bool wild_a_label, Walk& walk) const;
  static void collect(std::span<Use> found, RuleMatches& out);

  // Whole names and literals in the scope kNames, labels in the scope of their node in the trie.
  NameTable names_;
  std::vector<Cell> cells_;
  boost::unordered_flat_map<Cell, Uses, CellHash> known_cells_;
  std::vector<Node> nodes_;
  std::vector<TypedEdge> typed_;
  std::vector<Use> any_;
  std::vector<RegexUse> regexes_;
};

}  // namespace sallyport
