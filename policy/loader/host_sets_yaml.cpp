#include "policy/loader/host_sets_yaml.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <boost/unordered/unordered_flat_set.hpp>

#include "policy/aws/builtin_sets.h"
#include "policy/loader/pattern_cover.h"
#include "policy/loader/text_check.h"
#include "policy/loader/value_text.h"
#include "policy/quoted.h"

namespace sallyport {
namespace {

constexpr std::string_view kNoNesting =
    "a host set holds patterns, not other sets; list both sets in the rule";

std::optional<HostPattern> parse_item(std::string_view text, std::string& error) {
  if (text.starts_with('@')) {
    error = kNoNesting;
    return std::nullopt;
  }
  return HostPattern::parse(text, error);
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto first = line.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

/// A line without its comment: `#` at its beginning or behind a blank, since `re:` may hold one.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
      return line.substr(0, i);
    }
  }
  return line;
}

/// The patterns of a set while exceptions are taken out of it. Exact names are found by their text,
/// so that an exact exception costs no more than the set's wildcards.
class HeldPatterns {
 public:
  explicit HeldPatterns(std::vector<HostPattern>& patterns)
      : patterns_(patterns), is_out_(patterns.size()) {
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      if (const auto host = host_of(patterns[i])) {
        names_.emplace(host->text(), i);
      } else {
        wild_.push_back(i);
      }
    }
  }

  /// How many patterns it must be compared with.
  std::size_t pairs_with(const HostPattern& except) const {
    return host_of(except) ? wild_.size() : patterns_.size();
  }

  /// Takes out what it covers; false if that is nothing.
  bool take_out(const HostPattern& except) {
    bool takes_some = false;
    const auto take = [&](std::size_t place) {
      takes_some = takes_some || !is_out_[place];
      is_out_[place] = true;
    };
    if (const auto host = host_of(except)) {
      const auto [first, last] = names_.equal_range(std::string(host->text()));
      for (auto name = first; name != last; ++name) take(name->second);
      return takes_some;
    }
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      if (!is_out_[i] && covers(except, patterns_[i])) take(i);
    }
    return takes_some;
  }

  /// Some wildcard that is left may match what it matches.
  bool overlap(const HostPattern& except) const {
    return std::any_of(wild_.begin(), wild_.end(), [&](std::size_t place) {
      return !is_out_[place] && may_overlap(except, patterns_[place]);
    });
  }

  /// What is left; nothing else may be asked then.
  std::vector<HostPattern> left() {
    std::vector<HostPattern> kept;
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      if (!is_out_[i]) kept.push_back(std::move(patterns_[i]));
    }
    return kept;
  }

 private:
  std::vector<HostPattern>& patterns_;
  std::vector<bool> is_out_;
  std::unordered_multimap<std::string, std::size_t> names_;
  std::vector<std::size_t> wild_;
};

/// Reads one set.
class SetReader {
 public:
  SetReader(const YamlEntry& entry, PolicyFiles& files, PatternBudget& budget,
            Diagnostics& diagnostics)
      : entry_(entry), files_(files), budget_(budget), diagnostics_(diagnostics) {
    set_.name = entry.key;
    set_.mark = entry.mark;
  }

  HostSet read() {
    check_name();
    const Fields fields(entry_.value, Block::host_set, diagnostics_);
    if (const YamlNode* node = fields.find("hosts")) read_items(*node);
    if (const YamlNode* node = fields.find("file")) read_file(*node);
    const auto is_written = [&](std::string_view key) {
      return std::any_of(entry_.value.entries.begin(), entry_.value.entries.end(),
                         [key](const YamlEntry& each) { return each.key == key; });
    };
    if (entry_.value.is_mapping() && !is_written("hosts") && !is_written("file")) {
      diagnostics_.error(entry_.mark,
                         "@" + set_.name + " holds nothing; it wants `hosts` or `file`");
    }
    if (const YamlNode* node = fields.find("except")) subtract(*node);
    set_.patterns = std::move(patterns_);
    return std::move(set_);
  }

 private:
  void check_name() {
    if (!is_policy_name(set_.name)) {
      diagnostics_.error(
          entry_.mark,
          quoted(set_.name) + " is no name for a set; use a-z, 0-9, '_' and '-', up to 64");
    } else if (!builtin_set(set_.name).empty()) {
      diagnostics_.error(entry_.mark, "@" + set_.name + " is a built-in set; choose another name");
    }
  }

  /// The pattern of an item; nothing where it is none, which is told.
  std::optional<HostPattern> pattern_of(const YamlNode& item) {
    const bool is_lost = diagnostics_.is_full() || budget_.is_exceeded();
    if (!item.is_scalar() || is_lost) return std::nullopt;
    std::string error;
    auto pattern = parse_item(item.text, error);
    if (!pattern) diagnostics_.error(item.mark, std::move(error));
    return pattern;
  }

  void read_items(const YamlNode& node) {
    for (const YamlNode& item : node.items) {
      auto pattern = pattern_of(item);
      if (pattern && budget_.take(*pattern, item.mark)) {
        patterns_.push_back(std::move(*pattern));
      }
    }
  }

  void read_file(const YamlNode& node) {
    const std::string path = files_.resolve(node.text);
    std::string error;
    const std::string* text = files_.read(path, error);
    if (text == nullptr) {
      diagnostics_.error(node.mark, "cannot read " + quoted(path) + ": " + error);
      return;
    }
    if (budget_.is_exceeded() || !check_text(*text, path, diagnostics_, kHostSetFileBytesMax))
      return;
    const std::size_t before = patterns_.size();
    const std::size_t errors_before = diagnostics_.error_count();
    read_lines(*text, path, node.mark);
    if (patterns_.size() == before && diagnostics_.error_count() == errors_before) {
      diagnostics_.error(node.mark, quoted(path) + " holds no pattern; write one a line");
    }
  }

  /// `place`: where the policy names the file.
  void read_lines(std::string_view text, const std::string& path, Mark place) {
    boost::unordered_flat_set<std::string_view> seen;  // the lines themselves
    Mark mark;
    for (std::size_t begin = 0; begin < text.size() && !diagnostics_.is_full(); ++mark.line) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = trimmed(without_comment(text.substr(begin, end - begin)));
      begin = end + 1;
      if (line.empty()) continue;
      std::string error;
      auto pattern = parse_item(line, error);
      if (!pattern) {
        diagnostics_.error_in(path, mark, std::move(error));
        continue;
      }
      if (!seen.insert(line).second) {
        diagnostics_.warning_in(path, mark, quoted(line) + " stands in the file twice");
        continue;
      }
      if (!budget_.take(*pattern, place)) return;
      patterns_.push_back(std::move(*pattern));
    }
  }

  /// Takes out what `except` covers, and keeps what it cuts out of wildcards.
  void subtract(const YamlNode& node) {
    const bool held_some = !patterns_.empty();
    HeldPatterns held(patterns_);
    for (const YamlNode& item : node.items) {
      auto except = pattern_of(item);
      if (!except) continue;
      if (!budget_.take_pairs(held.pairs_with(*except), item.mark)) return;
      const bool is_held = held.take_out(*except);
      const bool cuts = held.overlap(*except);
      if (!is_held && !cuts) {
        diagnostics_.error(item.mark,
                           quoted(item.text) + " is not in the set; take it out of `except`");
      }
      if (cuts) set_.cuts.push_back(std::move(*except));
    }
    patterns_ = held.left();
    if (held_some && patterns_.empty()) {
      diagnostics_.error(entry_.mark, "`except` leaves nothing of @" + set_.name);
    }
  }

  const YamlEntry& entry_;
  PolicyFiles& files_;
  PatternBudget& budget_;
  Diagnostics& diagnostics_;
  HostSet set_;
  std::vector<HostPattern> patterns_;
};

}  // namespace

std::vector<HostSet> read_host_sets(const Fields& top, PolicyFiles& files, PatternBudget& budget,
                                    Diagnostics& diagnostics) {
  std::vector<HostSet> sets;
  const YamlNode* node = top.find("host_sets");
  if (node == nullptr) return sets;
  for (const YamlEntry& entry : node->entries) {
    sets.push_back(SetReader(entry, files, budget, diagnostics).read());
  }
  return sets;
}

}  // namespace sallyport
