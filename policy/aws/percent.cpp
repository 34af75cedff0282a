#include "policy/aws/percent.h"

#include "policy/values/ascii.h"

namespace sallyport {
namespace {

bool is_letter_or_digit(int byte) { return byte >= 0 && is_alphanumeric(static_cast<char>(byte)); }

/// The byte that the `%` at that place stands for; -1 where it has no two hex digits behind it.
int byte_at(std::string_view text, std::size_t percent) {
  if (text.size() - percent < 3) return -1;
  const int high = hex_value(text[percent + 1]);
  const int low = hex_value(text[percent + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    int byte = static_cast<unsigned char>(text[i]);
    if (text[i] == '%') {
      byte = byte_at(text, i);
      i += 2;
    }
    if (byte <= 0) return std::nullopt;
    decoded.push_back(static_cast<char>(byte));
  }
  return decoded;
}

bool encodes_letters(std::string_view text) {
  for (auto i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
    if (is_letter_or_digit(byte_at(text, i))) return true;
  }
  return false;
}

bool is_plain_path(std::string_view path) {
  std::size_t segment = 0;
  for (std::size_t i = 0; i <= path.size(); ++i) {
    const char c = i < path.size() ? path[i] : '/';
    const int byte = c == '%' ? byte_at(path, i) : static_cast<unsigned char>(c);
    if (byte <= 0 || c == ';' || c == '\\') return false;
    if (c == '%' && (byte == '.' || is_letter_or_digit(byte))) return false;
    if (byte != '/' && byte != '\\') continue;
    const auto text = path.substr(segment, i - segment);
    if (text == "." || text == "..") return false;
    segment = i + (c == '%' ? 3 : 1);
  }
  return true;
}

}  // namespace sallyport
