// Which rules name a host: one matcher for exact names, `*.` patterns, labels of `*`, sets and
// `re:`. A trie over the labels from the right; its cost grows with the labels of the host, not
// with the number of patterns (only `re:` patterns are tried one by one). Built once, then read by
// any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "policy/host_pattern.h"
#include "policy/values/facts.h"
#include "policy/values/host.h"

namespace sallyport {

class HostMatcher {
 public:
  enum class Part : std::uint8_t { hosts, except_hosts };

  HostMatcher() : nodes_(1) {}

  /// Adds one pattern of a rule. `wild_takes_a_labels`: its wildcards match A-labels and literals
  /// too (in a deny, in `except_hosts` of an allow, in a monitor allow).
  void add(const HostPattern& pattern, RuleIndex rule, Part part, bool wild_takes_a_labels);

  /// Appends the rules whose `hosts` match, in file order, each once, with the most precise pattern
  /// and whether `except_hosts` match too. `out` keeps its capacity.
  void match(const Host& host, std::vector<RuleMatch>& out) const;

 private:
  /// One pattern's end in the trie.
  struct Use {
    RuleIndex rule;
    std::uint32_t precision;
    Part part;
    bool wild_takes_a_labels;
  };
  struct TypedEdge {
    PatternLabel label;
    std::uint32_t node;
  };
  struct Node {
    std::vector<Use> exact;  ///< patterns that end here
    std::vector<Use> below;  ///< patterns with `*.` in front: one or more labels more
    std::vector<TypedEdge> typed;
  };
  struct EdgeKey {
    std::uint32_t parent;
    std::string label;
  };
  struct EdgeView {
    std::uint32_t parent;
    std::string_view label;
  };
  struct EdgeHash {
    using is_transparent = void;
    template <class Key>
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(key.label) ^ (key.parent * 0x9e3779b97f4a7c15ULL);
    }
  };
  struct EdgeEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return a.parent == b.parent && std::string_view(a.label) == std::string_view(b.label);
    }
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  struct RegexUse {
    std::shared_ptr<const re2::RE2> regex;
    Use use;
  };
  struct Walk;

  std::uint32_t child(std::uint32_t node, const PatternLabel& label);
  /// Follows what is left of a name from this node. `wild_a_label`: a label that was not literal
  /// took an A-label on the way.
  void walk(std::uint32_t node, std::string_view name, bool wild_a_label, Walk& walk) const;
  static void collect(std::span<Use> found, std::vector<RuleMatch>& out);

  std::vector<Node> nodes_;
  boost::unordered_flat_map<EdgeKey, std::uint32_t, EdgeHash, EdgeEqual> edges_;
  boost::unordered_flat_map<std::string, std::vector<Use>, TextHash, std::equal_to<>> literals_;
  std::vector<Use> any_;
  std::vector<RegexUse> regexes_;
};

}  // namespace sallyport
