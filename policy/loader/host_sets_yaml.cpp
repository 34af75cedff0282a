#include "policy/loader/host_sets_yaml.h"

#include <algorithm>
#include <set>

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

void read_lines(std::string_view text, const std::string& path, Diagnostics& diagnostics,
                std::vector<HostPattern>& patterns) {
  std::set<std::string, std::less<>> seen;
  Mark mark;
  for (std::size_t begin = 0; begin < text.size(); ++mark.line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trimmed(without_comment(text.substr(begin, end - begin)));
    begin = end + 1;
    if (line.empty()) continue;
    std::string error;
    auto pattern = parse_item(line, error);
    if (!pattern) {
      diagnostics.error_in(path, mark, std::move(error));
      continue;
    }
    if (!seen.insert(pattern->text).second) {
      diagnostics.warning_in(path, mark, quoted(line) + " stands in the file twice");
      continue;
    }
    patterns.push_back(std::move(*pattern));
  }
}

void read_file(const Fields& fields, PolicyFiles& files, Diagnostics& diagnostics,
               std::vector<HostPattern>& patterns) {
  const YamlNode* node = fields.find("file");
  if (node == nullptr) return;
  const std::string path = files.resolve(node->text);
  std::string error;
  const std::string* text = files.read(path, error);
  if (text == nullptr) {
    diagnostics.error(node->mark, "cannot read " + quoted(path) + ": " + error);
    return;
  }
  if (!check_text(*text, path, diagnostics)) return;
  const std::size_t before = patterns.size();
  const std::size_t errors_before = diagnostics.error_count();
  read_lines(*text, path, diagnostics, patterns);
  if (patterns.size() == before && diagnostics.error_count() == errors_before) {
    diagnostics.error(node->mark, quoted(path) + " holds no pattern; write one a line");
  }
}

/// Takes out what `except` covers, and keeps what it cuts out of wildcards.
void subtract(const Fields& fields, HostSet& set, Diagnostics& diagnostics) {
  const YamlNode* node = fields.find("except");
  if (node == nullptr) return;
  for (const YamlNode& item : node->items) {
    if (!item.is_scalar()) continue;
    std::string error;
    auto except = parse_item(item.text, error);
    if (!except) {
      diagnostics.error(item.mark, std::move(error));
      continue;
    }
    const std::size_t before = set.patterns.size();
    std::erase_if(set.patterns, [&](const HostPattern& held) { return covers(*except, held); });
    const bool cuts =
        std::any_of(set.patterns.begin(), set.patterns.end(),
                    [&](const HostPattern& held) { return may_overlap(*except, held); });
    if (before == set.patterns.size() && !cuts) {
      diagnostics.error(item.mark,
                        quoted(item.text) + " is not in the set; take it out of `except`");
    }
    if (cuts) set.cuts.push_back(std::move(*except));
  }
}

HostSet read_set(const YamlEntry& entry, PolicyFiles& files, Diagnostics& diagnostics) {
  HostSet set{.name = entry.key, .mark = entry.mark, .patterns = {}, .cuts = {}};
  if (!is_policy_name(set.name)) {
    diagnostics.error(entry.mark, quoted(set.name) +
                                      " is no name for a set; use a-z, 0-9, '_' and '-', up to 64");
  } else if (!builtin_set(set.name).empty()) {
    diagnostics.error(entry.mark, "@" + set.name + " is a built-in set; choose another name");
  }
  const Fields fields(entry.value, Block::host_set, diagnostics);
  set.patterns = fields.list("hosts", parse_item);
  read_file(fields, files, diagnostics, set.patterns);
  const auto is_written = [&](std::string_view key) {
    return std::any_of(entry.value.entries.begin(), entry.value.entries.end(),
                       [key](const YamlEntry& each) { return each.key == key; });
  };
  if (entry.value.is_mapping() && !is_written("hosts") && !is_written("file")) {
    diagnostics.error(entry.mark, "@" + set.name + " holds nothing; it wants `hosts` or `file`");
  }
  const bool held_some = !set.patterns.empty();
  subtract(fields, set, diagnostics);
  if (held_some && set.patterns.empty()) {
    diagnostics.error(entry.mark, "`except` leaves nothing of @" + set.name);
  }
  return set;
}

}  // namespace

std::vector<HostSet> read_host_sets(const Fields& top, PolicyFiles& files,
                                    Diagnostics& diagnostics) {
  std::vector<HostSet> sets;
  const YamlNode* node = top.find("host_sets");
  if (node == nullptr) return sets;
  for (const YamlEntry& entry : node->entries) {
    sets.push_back(read_set(entry, files, diagnostics));
  }
  return sets;
}

const HostSet* find_set(std::span<const HostSet> sets, std::string_view name) {
  const auto set = std::find_if(sets.begin(), sets.end(),
                                [name](const HostSet& each) { return each.name == name; });
  return set == sets.end() ? nullptr : &*set;
}

}  // namespace sallyport
