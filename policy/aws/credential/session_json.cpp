#include "policy/aws/credential/session_json.h"

#include <algorithm>

#include "policy/aws/credential/characters.h"

namespace sallyport {
namespace {

/// Reads the few forms of JSON (RFC 8259) that are asked for, from left to right.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : rest_(text) {}

  /// Takes the character, and the white space before it.
  bool take(char c) {
    skip_white_space();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> string() {
    if (!take('"')) return std::nullopt;
    std::string value;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
      const auto byte = c == '\\' ? escaped() : std::optional(c);
      if (!byte) return std::nullopt;
      value += *byte;
    }
    return std::nullopt;
  }

  bool is_at_end() {
    skip_white_space();
    return rest_.empty();
  }

 private:
  void skip_white_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }

  /// What follows a backslash: the escapes that writers put into base64 (`\/`, and `\u003d` where
  /// HTML is feared).
  std::optional<char> escaped() {
    if (rest_.starts_with('/')) {
      rest_.remove_prefix(1);
      return '/';
    }
    if (!rest_.starts_with("u00") || rest_.size() < 5) return std::nullopt;
    if (!is_all_of(rest_.substr(3, 2), 2, CharacterClass::hex)) return std::nullopt;
    const int byte = hex_value(rest_[3]) * 16 + hex_value(rest_[4]);
    if (byte < 0x20 || byte > 0x7e) return std::nullopt;
    rest_.remove_prefix(5);
    return static_cast<char>(byte);
  }

  std::string_view rest_;
};

}  // namespace

std::optional<SessionJson> SessionJson::parse(std::string_view text) {
  JsonReader json(text);
  std::optional<std::string> id;
  std::optional<std::string> key;
  std::optional<std::string> token;
  if (!json.take('{')) return std::nullopt;
  do {
    const auto name = json.string();
    if (!name || !json.take(':')) return std::nullopt;
    auto* const member = *name == "sessionId"      ? &id
                         : *name == "sessionKey"   ? &key
                         : *name == "sessionToken" ? &token
                                                   : nullptr;
    if (member == nullptr || member->has_value()) return std::nullopt;
    *member = json.string();
    if (!member->has_value()) return std::nullopt;
  } while (json.take(','));
  if (!json.take('}') || !json.is_at_end() || !id || !key || !token) return std::nullopt;
  return SessionJson{std::move(*id), std::move(*token)};
}

}  // namespace sallyport
