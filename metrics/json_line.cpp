#include "metrics/json_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace sallyport {
namespace {

constexpr std::size_t kEscapeBytesMax = 6;  // \u0000; the longest that one character becomes
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

constexpr std::array<bool, 256> plain_bytes() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}
constexpr std::array<bool, 256> kPlain = plain_bytes();

bool is_plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

/// Bytes of a word that are no plain characters have their high bit set in the result.
std::uint64_t unplain_bytes(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x80 * kOnes;
  // True for each zero byte; for bytes above it only if it was true below, which is enough.
  const auto zero_bytes = [](std::uint64_t bytes) { return (bytes - kOnes) & ~bytes; };
  const std::uint64_t below_space = (word - 0x20 * kOnes) & ~word;
  return (word | below_space | zero_bytes(word ^ 0x7f * kOnes) | zero_bytes(word ^ '"' * kOnes) |
          zero_bytes(word ^ '\\' * kOnes)) &
         kHigh;
}

/// How many characters at the front of `text` are written as they are; nearly always all.
std::size_t plain_run(std::string_view text) {
  std::size_t run = 0;
  for (std::uint64_t word; run + sizeof word <= text.size(); run += sizeof word) {
    std::memcpy(&word, text.data() + run, sizeof word);
    if (unplain_bytes(word) != 0) break;
  }
  while (run < text.size() && is_plain(text[run])) ++run;
  return run;
}

/// memcpy() where nearly all texts are short: a call costs more than their bytes. Returns the end.
char* copy(char* to, std::string_view text) {
  const char* const from = text.data();
  const std::size_t size = text.size();
  // Two words that may overlap, where the text is no longer than that.
  const auto two_words = [&](auto word) {
    std::memcpy(&word, from, sizeof word);
    auto last = word;
    std::memcpy(&last, from + size - sizeof word, sizeof word);
    std::memcpy(to, &word, sizeof word);
    std::memcpy(to + size - sizeof word, &last, sizeof word);
  };
  if (size > 16) {
    std::memcpy(to, from, size);
  } else if (size >= 8) {
    two_words(std::uint64_t{});
  } else if (size >= 4) {
    two_words(std::uint32_t{});
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  }
  return to + size;
}

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  ///< 0: the first byte begins no well-formed sequence
};

/// Decodes one sequence by Unicode 15, table 3-7: no overlong form, no surrogate, nothing above
/// U+10FFFF.
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  std::uint32_t value = lead & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  const bool is_overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool is_surrogate = value >= 0xd800 && value < 0xe000;
  if (is_overlong || is_surrogate || value > 0x10ffff) return {};
  return {value, bytes};
}

/// Characters that move, hide or turn what stands around them on a screen, and line separators.
bool is_unsafe(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb);
}

/// Noncharacters and language tags: nothing of use is lost when they are replaced.
bool is_replaced(std::uint32_t c) {
  return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) || (c >= 0xe0000 && c <= 0xe0fff);
}

/// Writes the first character of `text`, escaped where needed, to `to` (kEscapeBytesMax bytes).
struct Step {
  std::size_t read = 0;
  std::size_t written = 0;
};
Step escape_one(std::string_view text, char* to) {
  const CodePoint c = decode(text);
  const auto copy = [&](std::string_view what, std::size_t read) {
    std::memcpy(to, what.data(), what.size());
    return Step{read, what.size()};
  };
  if (c.bytes == 0) return copy(kReplacement, 1);
  if (c.value == '"') return copy("\\\"", 1);
  if (c.value == '\\') return copy("\\\\", 1);
  if (is_replaced(c.value)) return copy(kReplacement, c.bytes);
  if (!is_unsafe(c.value)) return copy(text.substr(0, c.bytes), c.bytes);
  static constexpr std::string_view kHex = "0123456789abcdef";
  const char escape[] = {'\\',
                         'u',
                         kHex[c.value >> 12 & 15],
                         kHex[c.value >> 8 & 15],
                         kHex[c.value >> 4 & 15],
                         kHex[c.value & 15]};
  return copy({escape, sizeof escape}, c.bytes);
}

}  // namespace

JsonLine::JsonLine(char* to, std::size_t limit)
    : begin_(to), out_(to), soft_end_(to + limit - kTailBytes), hard_end_(to + limit - 2) {
  put('{');
}

void JsonLine::put(std::string_view text) { out_ = copy(out_, text); }

bool JsonLine::key(std::string_view key, std::size_t value_bytes, const char* end) {
  const auto room = end - out_;
  if (room < static_cast<std::ptrdiff_t>(key.size() + 4 + value_bytes)) return false;
  char* to = out_;
  if (needs_comma_) *to++ = ',';
  *to++ = '"';
  to = copy(to, key);
  *to++ = '"';
  *to++ = ':';
  out_ = to;
  needs_comma_ = true;
  return true;
}

void JsonLine::members(std::string_view ready) {
  const auto room = static_cast<std::size_t>(std::max(soft_end_, out_) - out_);
  if (ready.empty() || room < ready.size() + 1) return;
  if (needs_comma_) put(',');
  put(ready);
  needs_comma_ = true;
}

bool JsonLine::begin_text(std::string_view name) {
  if (!key(name, 2 + kEscapeBytesMax, soft_end_)) return false;
  put('"');
  return true;
}

std::size_t JsonLine::append(std::string_view value, std::size_t chars_max) {
  char* const end = soft_end_ - 2;  // the closing quote, and a list's bracket
  std::size_t chars = 0;
  while (!value.empty() && chars < chars_max && out_ < end) {
    const std::size_t room = static_cast<std::size_t>(end - out_);
    const std::string_view window = value.substr(0, std::min(chars_max - chars, room));
    const std::size_t run = plain_run(window);
    put(window.substr(0, run));
    value.remove_prefix(run);
    chars += run;
    if (value.empty() || chars == chars_max || room - run < kEscapeBytesMax) break;
    if (is_plain(value.front())) continue;
    const Step step = escape_one(value, out_);
    out_ += step.written;
    value.remove_prefix(step.read);
    ++chars;
  }
  return chars;
}

void JsonLine::text(std::string_view name, std::string_view value, std::size_t chars_max) {
  if (value.empty()) return;
  // Nearly always, and one look at the room does.
  const bool is_whole = value.size() <= chars_max && plain_run(value) == value.size();
  if (is_whole && put_member(name, value, soft_end_)) return;
  if (!begin_text(name)) return;
  append(value, chars_max);
  end_text();
}

void JsonLine::plain(std::string_view name, std::string_view value) {
  put_member(name, value, hard_end_);
}

bool JsonLine::put_member(std::string_view name, std::string_view value, const char* end) {
  if (!key(name, value.size() + 2, end)) return false;
  put('"');
  put(value);
  put('"');
  return true;
}

void JsonLine::number(std::string_view name, std::uint64_t value) {
  constexpr std::size_t kDigitsMax = 20;
  if (key(name, kDigitsMax, hard_end_)) {
    out_ = std::to_chars(out_, out_ + kDigitsMax, value).ptr;
  }
}

void JsonLine::list(std::string_view name, std::span<const std::string> values,
                    std::size_t chars_max, std::size_t items_max) {
  constexpr std::size_t kItemBytesMin = 3 + kEscapeBytesMax + 2;
  if (values.empty() || !key(name, kItemBytesMin + 2, soft_end_)) return;
  put('[');
  for (std::size_t i = 0; i < std::min(values.size(), items_max); ++i) {
    if (soft_end_ - out_ < static_cast<std::ptrdiff_t>(kItemBytesMin)) break;
    if (i > 0) put(',');
    put('"');
    append(values[i], chars_max);
    put('"');
  }
  put(']');
}

void JsonLine::begin_object(std::string_view name) {
  char* const before = out_;
  if (!key(name, 2, soft_end_)) {
    object_ = nullptr;
    return;
  }
  put('{');
  object_ = before;
  needs_comma_ = false;
}

void JsonLine::end_object() {
  if (object_ == nullptr) return;
  if (needs_comma_) {
    put('}');
  } else {
    out_ = object_;
  }
  object_ = nullptr;
  needs_comma_ = out_ != begin_ + 1;
}

std::size_t JsonLine::finish() {
  put("}\n");
  return static_cast<std::size_t>(out_ - begin_);
}

std::string visible(std::string_view text, std::size_t chars_max) {
  std::string result;
  for (std::size_t chars = 0; !text.empty() && chars < chars_max; ++chars) {
    char escaped[kEscapeBytesMax];
    const Step step = escape_one(text, escaped);
    result.append(escaped, step.written);
    text.remove_prefix(step.read);
  }
  return result;
}

std::size_t escaped_bytes(std::string_view text, std::size_t chars_max) {
  std::size_t bytes = 0;
  for (std::size_t chars = 0; !text.empty() && chars < chars_max;) {
    const std::size_t run = plain_run(text.substr(0, chars_max - chars));
    bytes += run;
    chars += run;
    text.remove_prefix(run);
    if (text.empty() || chars == chars_max) break;
    char escaped[kEscapeBytesMax];
    const Step step = escape_one(text, escaped);
    bytes += step.written;
    ++chars;
    text.remove_prefix(step.read);
  }
  return bytes;
}

}  // namespace sallyport
