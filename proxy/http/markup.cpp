#include "proxy/http/markup.h"

#include "proxy/http/octets.h"

namespace sallyport {

void append_escaped(std::string& markup, std::string_view utf8) {
  for (const char byte : utf8) {
    switch (byte) {
      case '&':
        markup += "&amp;";
        break;
      case '<':
        markup += "&lt;";
        break;
      case '>':
        markup += "&gt;";
        break;
      case '"':
        markup += "&#34;";
        break;
      case '\'':
        markup += "&#39;";
        break;
      default:
        markup += is_obs_text(byte) || is_visible(byte) ? byte : ' ';
    }
  }
}

void append_json_string(std::string& json, std::string_view utf8) {
  constexpr std::string_view kHex = "0123456789abcdef";
  json += '"';
  for (const char byte : utf8) {
    const auto octet = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      json += '\\';
      json += byte;
    } else if (octet < 0x20 || octet == 0x7f || byte == '<' || byte == '>' || byte == '&') {
      json += "\\u00";
      json += kHex[octet >> 4U];
      json += kHex[octet & 15U];
    } else {
      json += byte;
    }
  }
  json += '"';
}

std::string_view cut_text(std::string_view utf8, std::size_t size) {
  if (utf8.size() <= size) return utf8;
  while (size != 0 && (static_cast<unsigned char>(utf8[size]) & 0xc0) == 0x80) --size;
  return utf8.substr(0, size);
}

}  // namespace sallyport
