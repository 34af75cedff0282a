#include "policy/loader/keys.h"

#include <algorithm>

#include "policy/loader/nearest_name.h"

namespace sallyport {
namespace {

constexpr std::string_view kBlockTexts[] = {"",
                                            "organization",
                                            "listeners[]",
                                            "metrics",
                                            "clients[]",
                                            "interception",
                                            "destinations",
                                            "destinations.routes[]",
                                            "resolver",
                                            "host_sets.NAME",
                                            "rules[]",
                                            "rules[].limits",
                                            "rules[].aws",
                                            "audit",
                                            "limits",
                                            "timeouts",
                                            "",
                                            "tests[]",
                                            "tests[].expect",
                                            "tests[].expect.aws"};
static_assert(std::size(kBlockTexts) == kBlockCount);

std::string in_backticks(std::string_view text) { return "`" + std::string(text) + "`"; }

}  // namespace

std::string_view text(Block block) { return kBlockTexts[static_cast<std::size_t>(block)]; }

const Key* find_key(Block block, std::string_view name) {
  for (const Key& key : all_keys()) {
    if (key.block == block && key.name == name) return &key;
  }
  return nullptr;
}

std::vector<std::string_view> key_names(Block block) {
  std::vector<std::string_view> names;
  for (const Key& key : all_keys()) {
    if (key.block == block) names.push_back(key.name);
  }
  return names;
}

std::string_view nearest_key(Block block, std::string_view name) {
  return nearest_name(name, key_names(block));
}

std::string unknown_key_message(Block block, std::string_view name) {
  std::string message = "unknown key '" + std::string(name) + "'";
  if (const auto nearest = nearest_key(block, name); !nearest.empty()) {
    return message + "; did you mean '" + std::string(nearest) + "'?";
  }
  for (const Key& key : all_keys()) {
    if (key.name != name || is_of_policy(key.block) != is_of_policy(block)) continue;
    const std::string place =
        key.block == Block::top ? "the top level" : in_backticks(text(key.block));
    return message + "; it belongs in " + place;
  }
  const auto names = key_names(block);
  message += "; the keys here are ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) message += ' ';
    message += names[i];
  }
  return message;
}

std::string waiting_message(std::string_view key, std::string_view room) {
  return in_backticks(key) +
         " needs a room that this version does not have yet: " + std::string(room);
}

}  // namespace sallyport
