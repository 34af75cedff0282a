#include "policy/loader/fields.h"

#include <algorithm>
#include <map>

#include "policy/loader/value_text.h"
#include "policy/quoted.h"

namespace sallyport {
namespace {

std::string in_backticks(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string wants_message(const Key& key) {
  return in_backticks(key.name) + " wants " + std::string(key.wants);
}

std::string not_a_mapping(Block block) {
  std::string message;
  if (block == Block::top) {
    message = "a policy";
  } else if (block == Block::test_file) {
    message = "a tests file";
  } else {
    message = in_backticks(text(block));
  }
  message += " must be a mapping of keys:";
  for (const std::string_view name : key_names(block)) message += ' ' + std::string(name);
  return message;
}

}  // namespace

Fields::Fields(const YamlNode& node, Block block, Diagnostics& diagnostics)
    : node_(&node), block_(block), diagnostics_(&diagnostics) {
  if (!node.is_mapping()) {
    diagnostics.error(node.mark, not_a_mapping(block));
    return;
  }
  for (const YamlEntry& entry : node.entries) check(entry);
  for (const Key& key : all_keys()) {
    if (key.block != block || !key.is_required || diagnostics.is_full()) continue;
    // A misspelt key was told as such; it is not missing too.
    const bool is_written =
        std::any_of(node.entries.begin(), node.entries.end(), [&](const YamlEntry& entry) {
          return entry.key == key.name || (find_key(block, entry.key) == nullptr &&
                                           nearest_key(block, entry.key) == key.name);
        });
    if (!is_written) {
      diagnostics.error(node.mark,
                        in_backticks(key.name) + " is missing; it wants " + std::string(key.wants));
    }
  }
}

void Fields::check(const YamlEntry& entry) {
  const Key* key = find_key(block_, entry.key);
  if (key == nullptr) {
    diagnostics_->error(entry.mark, diagnostics_->is_full()
                                        ? std::string()
                                        : unknown_key_message(block_, entry.key));
  } else if (key->state == KeyState::refused) {
    diagnostics_->error(entry.mark, waiting_message(key->name, key->waits_for));
  } else if (has_shape(entry, *key)) {
    fields_.push_back(&entry);
  }
}

bool Fields::has_shape(const YamlEntry& entry, const Key& key) const {
  const YamlNode& value = entry.value;
  if (value.is_refused) return false;
  const auto refuse = [&](std::string message) {
    diagnostics_->error(entry.mark, std::move(message));
    return false;
  };
  const std::string remedy =
      std::string(key.wants) + (key.is_required ? "" : ", or take the key out");
  if (value.kind == YamlNode::Kind::null) {
    return refuse(in_backticks(key.name) + " has no value; write " + remedy);
  }
  if ((value.is_sequence() && value.items.empty()) ||
      (value.is_mapping() && value.entries.empty()) ||
      (value.is_scalar() && value.text.empty() && key.shape != Shape::text)) {
    return refuse(in_backticks(key.name) + " is empty; write " + remedy);
  }
  const auto expect = [&](bool fits) {
    if (!fits) diagnostics_->error(value.mark, wants_message(key));
    return fits;
  };
  switch (key.shape) {
    case Shape::scalar:
    case Shape::text:
      return expect(value.is_scalar());
    case Shape::mapping:
    case Shape::named_mappings:
      return expect(value.is_mapping());
    case Shape::mapping_or_word:
      return expect(!value.is_sequence());
    case Shape::list_of_mappings:
      return expect(value.is_sequence());
    case Shape::values:
      if (value.is_mapping()) return check_negation(value, key);
      [[fallthrough]];
    case Shape::scalar_or_list:
      if (value.is_scalar()) return true;
      [[fallthrough]];
    case Shape::list:
      return expect(value.is_sequence()) && check_list(value, key);
  }
  return false;
}

bool Fields::check_negation(const YamlNode& value, const Key& key) const {
  const YamlEntry& entry = value.entries.front();
  const YamlNode& negated = entry.value;
  const bool is_negation = value.entries.size() == 1 && entry.key == "not" && !negated.is_refused;
  if (is_negation && negated.is_scalar() && !negated.text.empty()) return true;
  if (is_negation && negated.is_sequence() && !negated.items.empty()) {
    return check_list(negated, key);
  }
  diagnostics_->error(value.mark, wants_message(key) + "; or in a deny {not: ...} of one");
  return false;
}

bool Fields::check_list(const YamlNode& list, const Key& key) const {
  std::map<std::string_view, Mark> seen;
  for (const YamlNode& item : list.items) {
    if (item.is_refused) continue;
    if (!item.is_scalar()) {
      diagnostics_->error(item.mark, wants_message(key));
      continue;
    }
    const auto [same, is_new] = seen.try_emplace(item.text, item.mark);
    if (!is_new) {
      diagnostics_->error(item.mark, quoted(item.text) +
                                         " stands in the list twice; the first is on line " +
                                         std::to_string(same->second.line));
    }
  }
  return true;
}

const YamlNode* Fields::find(std::string_view key) const {
  for (const YamlEntry* entry : fields_) {
    if (entry->key == key) return &entry->value;
  }
  return nullptr;
}

std::optional<std::string> Fields::word(std::string_view key) const {
  const YamlNode* node = find(key);
  return node == nullptr ? std::nullopt : std::optional(node->text);
}

std::optional<std::string> Fields::one_of(std::string_view key,
                                          const std::vector<std::string_view>& words) const {
  const YamlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (std::find(words.begin(), words.end(), node->text) != words.end()) return node->text;
  wants(key);
  return std::nullopt;
}

std::optional<bool> Fields::flag(std::string_view key) const {
  const YamlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_quoted && (node->text == "true" || node->text == "false")) {
    return node->text == "true";
  }
  wants(key);
  return std::nullopt;
}

std::optional<std::uint64_t> Fields::number(std::string_view key, std::uint64_t min,
                                            std::uint64_t max) const {
  return parsed(key, [=](std::string_view text, std::string& error) {
    return parse_number(text, min, max, error);
  });
}

std::optional<std::uint64_t> Fields::number_or(std::string_view key, std::string_view word,
                                               std::uint64_t min, std::uint64_t max) const {
  const YamlNode* node = find(key);
  if (node == nullptr || node->text == word) return std::nullopt;
  std::string error;
  const auto value = parse_number(node->text, min, max, error);
  if (!value) wants(key);
  return value;
}

std::optional<Fields> Fields::below(std::string_view key, Block block) const {
  const YamlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  return std::optional<Fields>(std::in_place, *node, block, *diagnostics_);
}

void Fields::wants(std::string_view key) const {
  const YamlNode* node = find(key);
  const Key* row = find_key(block_, key);
  if (node == nullptr || row == nullptr) return;
  diagnostics_->error(node->mark, wants_message(*row) + ", not " + quoted(node->text));
}

}  // namespace sallyport
