// One mapping of a policy file, read through the table of keys: unknown keys, keys whose room is
// not built, wrong shapes, null and empty values, lists that name a value twice are told once,
// here; what `find` returns has its shape. Lives no longer than the tree and the diagnostics that
// it refers to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "policy/loader/diagnostics.h"
#include "policy/loader/document_yaml.h"
#include "policy/loader/keys.h"

namespace sallyport {

class Fields {
 public:
  /// What a parser of `(std::string_view, std::string& error)` returns: an optional.
  template <class Parse>
  using Read = std::invoke_result_t<Parse, std::string_view, std::string&>;

  /// Checks the whole mapping, its required keys too, and tells what is wrong.
  Fields(const YamlNode& node, Block block, Diagnostics& diagnostics);

  /// The key's value, of the shape that the table says; null where it is absent or was refused.
  const YamlNode* find(std::string_view key) const;

  /// A scalar's text; absent where it is absent or was refused.
  std::optional<std::string> word(std::string_view key) const;

  /// One of `words`; else an error that names them.
  std::optional<std::string> one_of(std::string_view key,
                                    const std::vector<std::string_view>& words) const;

  /// `true` or `false`, unquoted.
  std::optional<bool> flag(std::string_view key) const;

  /// A number in these bounds, unquoted.
  std::optional<std::uint64_t> number(std::string_view key, std::uint64_t min,
                                      std::uint64_t max) const;

  /// A number in these bounds; absent too where `word` is written in its place.
  std::optional<std::uint64_t> number_or(std::string_view key, std::string_view word,
                                         std::uint64_t min, std::uint64_t max) const;

  /// The mapping that is the key's value; absent where the key is.
  std::optional<Fields> below(std::string_view key, Block block) const;

  /// A word that `parse(text, error)` reads.
  template <class Parse>
  Read<Parse> parsed(std::string_view key, Parse parse) const {
    const YamlNode* node = find(key);
    return node == nullptr ? std::nullopt : parse_node(*node, parse);
  }

  /// The items of a list that `parse(text, error)` reads; the others are told. Empty where the list
  /// is absent.
  template <class Parse>
  std::vector<typename Read<Parse>::value_type> list(std::string_view key, Parse parse) const {
    std::vector<typename Read<Parse>::value_type> values;
    const YamlNode* node = find(key);
    if (node == nullptr) return values;
    for (const YamlNode& item : node->items) {
      if (!item.is_scalar()) continue;  // told already
      if (auto value = parse_node(item, parse)) values.push_back(std::move(*value));
    }
    return values;
  }

  /// `` `key` wants ...`` at the place of the value.
  void wants(std::string_view key) const;

  const YamlNode& node() const { return *node_; }

 private:
  template <class Parse>
  Read<Parse> parse_node(const YamlNode& node, Parse parse) const {
    std::string error;
    Read<Parse> value = parse(std::string_view(node.text), error);
    if (!value) diagnostics_->error(node.mark, std::move(error));
    return value;
  }

  void check(const YamlEntry& entry);
  /// False where the value has not the shape that the key wants; told.
  bool has_shape(const YamlEntry& entry, const Key& key) const;
  bool check_list(const YamlNode& list, const Key& key) const;
  bool check_negation(const YamlNode& value, const Key& key) const;

  const YamlNode* node_;
  Block block_;
  Diagnostics* diagnostics_;
  std::vector<const YamlEntry*> fields_;  ///< those that passed
};

}  // namespace sallyport
