// Writes one flat JSON object into a caller's buffer, by hand and without allocation, so that it is
// always one line of valid JSON: what does not fit is cut at a character, or left out with its key.
// Texts may come from an attacker: no control byte, no line separator, no character that turns or
// hides text, and no invalid UTF-8 gets through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sallyport {

class JsonLine {
 public:
  /// Texts leave this many bytes free, so that numbers and totals after them always find a place.
  static constexpr std::size_t kTailBytes = 400;

  /// `limit`: what may be written at most, `}` and the line feed included. REQUIRES: limit above
  /// kTailBytes.
  JsonLine(char* to, std::size_t limit);

  /// Members that were written before, escaped and without a comma at their ends.
  void members(std::string_view ready);
  /// A key with a text of at most `chars_max` characters; an empty text is left out. Keys are ours
  /// and need no escape.
  void text(std::string_view key, std::string_view value, std::size_t chars_max);
  /// The same where the value needs no escape.
  void plain(std::string_view key, std::string_view value);
  void number(std::string_view key, std::uint64_t value);
  /// As many values as fit, at most `items_max`; an empty list is left out.
  void list(std::string_view key, std::span<const std::string> values, std::size_t chars_max,
            std::size_t items_max);

  void begin_object(std::string_view key);
  /// An object without a member is left out with its key.
  void end_object();

  // For a text in pieces: begin_text, append..., end_text. False: no room, nothing was begun.
  bool begin_text(std::string_view key);
  /// Returns how many characters were written.
  std::size_t append(std::string_view value, std::size_t chars_max);
  void end_text() { put('"'); }

  /// From here on nothing that an attacker chose follows: the bytes kept free may be used.
  void begin_tail() { soft_end_ = hard_end_; }

  /// Closes the object and the line; the number of bytes written.
  std::size_t finish();

 private:
  /// False: the key and so many bytes of its value do not fit before `end`.
  bool key(std::string_view key, std::size_t value_bytes, const char* end);
  /// `"key":"value"`, neither to be escaped; false: not all of it fits.
  bool put_member(std::string_view name, std::string_view value, const char* end);
  void put(char c) { *out_++ = c; }
  void put(std::string_view text);

  char* begin_;
  char* out_;
  char* soft_end_;  // texts end here
  char* hard_end_;  // all but the closing `}` and line feed
  char* object_ = nullptr;
  bool needs_comma_ = false;
};

/// The text with everything escaped that JsonLine escapes, without quotes: safe to show on a
/// terminal. At most `chars_max` characters of the text.
std::string visible(std::string_view text, std::size_t chars_max);

/// The bytes that the escaped text takes at most, quotes excluded.
std::size_t escaped_bytes(std::string_view text, std::size_t chars_max);

}  // namespace sallyport
