// The tables of keys in POLICY.md, written from policy/loader/keys.h. Which values and uses of keys
// that work wait for a room is asked of the loader itself. Pure; used by one test.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/loader/keys.h"
#include "tests/policy/loader/load_text.h"

namespace sallyport::test {

/// The end of the bracket that opens at `begin`; quoted text in it is not looked at.
inline std::size_t end_of_bracket(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  bool is_quoted = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '"') is_quoted = !is_quoted;
    if (is_quoted) continue;
    if (text[i] == '[' || text[i] == '{') ++depth;
    if ((text[i] == ']' || text[i] == '}') && --depth == 0) return i + 1;
  }
  return text.size();
}

/// The end of the code (a quoted or bracketed value, `<label>`, a word behind "such as") that
/// begins there; `begin` where there is none.
inline std::size_t end_of_code(std::string_view text, std::size_t begin) {
  const auto behind = [&](char c) { return std::min(text.find(c, begin + 1), text.size()) + 1; };
  constexpr std::string_view kSuchAs = "such as ";
  switch (text[begin]) {
    case '"':
      return behind('"');
    case '<':
      return behind('>');
    case '[':
    case '{':
      return end_of_bracket(text, begin);
    default:
      if (!text.substr(0, begin).ends_with(kSuchAs)) return begin;
      return std::min(text.find_first_of(" ,", begin), text.size());
  }
}

/// A line of the table of keys as Markdown: what stands there as it is typed becomes code.
inline std::string markdown(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '`') {
      const std::size_t end = std::min(text.find('`', i + 1), text.size() - 1) + 1;
      out += text.substr(i, end - i);
      i = end;
    } else if (const std::size_t end = end_of_code(text, i); end != i) {
      out += "`" + std::string(text.substr(i, end - i)) + "`";
      i = end;
    } else {
      if (text[i] == '*' || text[i] == '_' || text[i] == '|') out += '\\';
      out += text[i++];
    }
  }
  return out;
}

/// A policy in which the key has that value, and all else is as it must be. `more`: of its rule.
inline std::string policy_with(const Key& key, std::string_view value, std::string_view more) {
  using Entries = std::vector<std::pair<std::string_view, std::string_view>>;
  Entries entries;
  std::string before = std::string(text(key.block)) + ": {";
  std::string after = "}\n";
  if (key.block == Block::top) before = "{", after = "}\n";
  if (key.block == Block::listener) {
    entries = {{"protocol", "http"}, {"address", "\"127.0.0.1:3128\""}};
    before = "listeners: [{", after = "}]\n";
  } else if (key.block == Block::client) {
    entries = {{"name", "lab"}, {"networks", "[10.20.0.0/16]"}};
    before = "clients: [{", after = "}]\n";
  } else if (key.block == Block::host_set) {
    entries = {{"hosts", "[a.example.org]"}};
    before = "host_sets: {mirrors: {", after = "}}\n";
  } else if (key.block == Block::rule || key.block == Block::rule_limits) {
    entries = {{"name", "docs"}, {"hosts", "[docs.example.org]"}};
    before = "rules: [{", after = "}]\n";
  } else if (key.block == Block::top) {
    entries = {{"version", "1"}, {"rules", "[{name: docs, hosts: [docs.example.org]}]"}};
  }
  std::erase_if(entries, [&](const auto& entry) { return entry.first == key.name; });
  std::string mapping;
  for (const auto& [name, text] : entries) {
    mapping += std::string(name) + ": " + std::string(text) + ", ";
  }
  const std::string written = std::string(key.name) + ": " + std::string(value);
  mapping += key.block == Block::rule_limits ? "limits: {" + written + "}" : written;
  mapping += more;
  if (key.block == Block::top) return before + mapping + after;
  const bool has_rules = key.block == Block::rule || key.block == Block::rule_limits;
  return has_rules ? "version: 1\n" + before + mapping + after
                   : with_a_rule(before + mapping + after);
}

/// The room that the loader says this value of the key waits for; empty where it waits for none.
inline std::string room_of(const Key& key, std::string_view value, std::string_view more = "") {
  const std::string phrase = waiting_message("", "").substr(2);  // behind the name in backticks
  for (const Diagnostic& error : load_text(policy_with(key, value, more)).errors) {
    const auto place = error.message.find(phrase);
    if (place != std::string::npos) return error.message.substr(place + phrase.size());
  }
  return {};
}

inline std::string refused(std::string_view room) {
  return "**refused: " + std::string(room) + " is not built yet**";
}

/// The words that stand in backticks.
inline std::vector<std::string> words_in_backticks(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t begin = text.find('`'); begin != std::string_view::npos;) {
    const std::size_t end = text.find('`', begin + 1);
    words.emplace_back(text.substr(begin + 1, end - begin - 1));
    begin = end == std::string_view::npos ? end : text.find('`', end + 1);
  }
  return words;
}

/// What of a key is not built yet: all of it, some values, or its use over https.
inline std::string what_waits(const Key& key) {
  if (key.state == KeyState::refused) return refused(key.waits_for);
  if (!is_of_policy(key.block)) return {};
  std::string waits;
  const auto add = [&](const std::string& what, std::string_view value) {
    const std::string room = room_of(key, value);
    if (room.empty()) return;
    const bool is_of_rule = key.block == Block::rule;
    const bool works_over_http = is_of_rule && room_of(key, value, ", schemes: [http]").empty();
    waits += (waits.empty() ? "" : "; ") + what + (works_over_http ? "over https " : "");
    waits += refused(room);
  };
  for (const std::string& word : words_in_backticks(key.wants)) {
    add("`" + word + "` ", key.shape == Shape::list ? "[" + word + "]" : word);
  }
  const std::size_t example = key.wants.find('[');
  if (key.block == Block::rule && key.shape == Shape::list && example != std::string_view::npos) {
    add("", key.wants.substr(example));
  }
  return waits;
}

/// What holds where the key is not written; one of its words is code.
inline std::string default_text(const Key& key) {
  if (key.is_required) return "*required*";
  const auto words = words_in_backticks(key.wants);
  const bool is_word = std::find(words.begin(), words.end(), key.fallback) != words.end();
  return is_word ? "`" + std::string(key.fallback) + "`" : markdown(key.fallback);
}

/// The table of one block's keys.
inline std::string keys_table(Block block) {
  std::string table =
      "| key | wants | meaning | default |\n"
      "| --- | --- | --- | --- |\n";
  for (const Key& key : all_keys()) {
    if (key.block != block) continue;
    std::string meaning = markdown(key.meaning);
    if (const std::string waits = what_waits(key); !waits.empty()) {
      meaning += (meaning.empty() ? "" : "; ") + waits;
    }
    table += "| `" + std::string(key.name) + "` | " + markdown(key.wants) + " | " + meaning +
             " | " + default_text(key) + " |\n";
  }
  return table;
}

/// A block's name in the markers of POLICY.md.
inline std::string section_name(Block block) {
  if (block == Block::top) return "keys of the top level";
  if (block == Block::test_file) return "keys of a tests file";
  return "keys of " + std::string(text(block));
}

}  // namespace sallyport::test
