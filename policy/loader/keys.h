// Every key of a policy file, and of a tests file, in one table: where it stands, what it wants,
// what it means, and which room of the program it waits for where that is not built yet. The
// loader, its messages and the policy reference are fed by it. Static data; safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

// The rooms that keys and values wait for, by the names under which people will hear of them.
inline constexpr std::string_view kRoomAuthenticated = "authenticated listeners";
inline constexpr std::string_view kRoomTransparent = "transparent listener";
inline constexpr std::string_view kRoomDns = "DNS listener";
inline constexpr std::string_view kRoomProxyProtocol = "PROXY protocol";

/// A mapping of a policy file, or of a tests file, that has keys of its own.
enum class Block : std::uint8_t {
  top,
  organization,
  listener,
  metrics,
  client,
  interception,
  destinations,
  route,
  resolver,
  host_set,
  rule,
  rule_limits,
  aws,
  audit,
  limits,
  timeouts,
  // Of a tests file, from here on.
  test_file,
  test,
  test_expect,
  test_expect_aws,
};

inline constexpr std::size_t kBlockCount = static_cast<std::size_t>(Block::test_expect_aws) + 1;

/// False for the blocks of a tests file.
constexpr bool is_of_policy(Block block) { return block < Block::test_file; }

/// How people name it: `rules[]`, `organization`; `""` for the top.
std::string_view text(Block block);

/// The YAML shape of a value.
enum class Shape : std::uint8_t {
  scalar,
  text,  ///< a scalar that may be empty
  scalar_or_list,
  list,     ///< of scalars
  values,   ///< a scalar or a list; or `{not: ...}` of one
  mapping,  ///< with a block's keys
  mapping_or_word,
  list_of_mappings,
  named_mappings,  ///< a mapping whose keys are names
};

/// What this version makes of a key.
enum class KeyState : std::uint8_t {
  works,
  refused,  ///< an error: without its room the policy would not mean what it says
};

/// One key.
struct Key {
  Block block{};
  std::string_view name;
  Shape shape = Shape::scalar;
  std::string_view wants;     ///< the kind of value with an example: follows "`name` wants"
  std::string_view meaning;   ///< one line
  std::string_view fallback;  ///< what holds where it is not written; empty: nothing
  bool is_required = false;
  KeyState state = KeyState::works;
  std::string_view waits_for;  ///< the room that is not built yet; empty where the key works
};

/// All keys, block by block, in DESIGN.md's order.
std::span<const Key> all_keys();

/// The key of that name in the block; null where there is none.
const Key* find_key(Block block, std::string_view name);

/// The names of a block's keys, in order.
std::vector<std::string_view> key_names(Block block);

/// The key of the block that was probably meant; empty if none is near.
std::string_view nearest_key(Block block, std::string_view name);

/// What to say of a key that the block does not have: the nearest one, where it belongs, or all.
std::string unknown_key_message(Block block, std::string_view name);

/// What to say of a key, or of a value, whose room is not built yet.
std::string waiting_message(std::string_view key, std::string_view room);

}  // namespace sallyport
