#include "policy/values/host.h"

#include <algorithm>
#include <array>

#include "policy/values/ascii.h"

namespace sallyport {
namespace {

// RFC 1035 2.3.4: a label has 63 octets; 255 octets on the wire are 253 characters of text.
constexpr std::size_t kLabelLengthMax = 63;
constexpr std::size_t kNameLengthMax = 253;

// The canonical character for each byte that may stand in a label, 0 for all others.
constexpr std::array<char, 256> kCanonical = [] {
  std::array<char, 256> table{};
  constexpr std::string_view kWritten =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  constexpr std::string_view kRead =
      "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789_-";
  for (std::size_t i = 0; i < kWritten.size(); ++i) {
    table[static_cast<unsigned char>(kWritten[i])] = kRead[i];
  }
  return table;
}();

bool is_lower_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

// True for what inet_aton(3) or the URL standard would take for a part of an address: such a name
// must never reach a resolver, which turns `2852039166` into 169.254.169.254. A bare `0x` is zero
// to the URL standard, hence counts.
bool looks_like_a_number(std::string_view label) {
  if (!is_digit(label.front())) return false;
  if (label.starts_with("0x")) return std::ranges::all_of(label.substr(2), is_lower_hex_digit);
  return std::ranges::all_of(label, is_digit);
}

// A name in canonical spelling, on the stack until it is known to be one.
class CanonicalName {
 public:
  // False if the text is no name; then nothing else may be asked.
  bool read(std::string_view text) {
    has_trailing_dot_ = text.ends_with('.');
    if (has_trailing_dot_) text.remove_suffix(1);
    if (text.empty() || text.size() > kNameLengthMax) return false;

    char* const buffer = buffer_.data();
    for (size_ = 0; size_ < text.size(); ++size_) {
      if (text[size_] == '.') {
        if (!label_may_end()) return false;
        buffer[size_] = '.';
        label_begin_ = size_ + 1;
        continue;
      }
      const char c = kCanonical[static_cast<unsigned char>(text[size_])];
      if (c == 0 || (c == '-' && size_ == label_begin_)) return false;
      buffer[size_] = c;
    }
    return label_may_end();
  }

  std::string_view text() const { return {buffer_.data(), size_}; }
  std::string_view last_label() const { return text().substr(label_begin_); }
  bool has_trailing_dot() const { return has_trailing_dot_; }

 private:
  bool label_may_end() const {
    const std::size_t length = size_ - label_begin_;
    return length > 0 && length <= kLabelLengthMax && buffer_[size_ - 1] != '-';
  }

  std::array<char, kNameLengthMax> buffer_;
  std::size_t size_ = 0;
  std::size_t label_begin_ = 0;
  bool has_trailing_dot_ = false;
};

}  // namespace

std::optional<Host> Host::parse(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return std::nullopt;
    const auto address = IpAddress::parse(text.substr(1, text.size() - 2));
    if (!address || address->is_v4()) return std::nullopt;
    return of(*address);
  }

  CanonicalName name;
  if (!name.read(text)) return std::nullopt;
  if (looks_like_a_number(name.last_label())) {
    const auto address = IpAddress::parse(name.text());
    if (!address || name.has_trailing_dot()) return std::nullopt;
    return of(*address);
  }
  Host host;
  host.text_ = name.text();
  return host;
}

std::optional<Host> Host::parse_name(std::string_view text) {
  std::optional<Host> host = parse(text);
  if (host && host->is_literal()) return std::nullopt;
  return host;
}

Host Host::of(const IpAddress& address) {
  Host host;
  host.text_ = address.text();
  host.address_ = address;
  host.is_literal_ = true;
  return host;
}

void Host::append_authority_text(std::string& out) const {
  const bool has_brackets = is_literal_ && !address_.is_v4();
  if (has_brackets) out += '[';
  out += text_;
  if (has_brackets) out += ']';
}

bool Host::has_a_label() const {
  std::string_view rest = text_;
  while (true) {
    if (is_a_label(rest)) return true;
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return false;
    rest.remove_prefix(dot + 1);
  }
}

bool Host::is_single_label() const { return !is_literal_ && text_.find('.') == std::string::npos; }

bool is_a_label(std::string_view label) {
  return label.size() >= 4 && (label[0] == 'x' || label[0] == 'X') &&
         (label[1] == 'n' || label[1] == 'N') && label[2] == '-' && label[3] == '-';
}

}  // namespace sallyport
