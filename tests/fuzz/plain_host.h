// Hosts read a second time, slowly and plainly, from SEMANTICS.md section 6 and RFC 1035 and 3986
// alone: labels by a plain split, IPv4 by four numbers, IPv6 by inet_pton. The oracle of whatever
// reads a host. Nothing here comes from the gate's own parsers.
#pragma once

#include <arpa/inet.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::fuzz {

inline bool all_in(const std::string& text, const char* set) {
  return !text.empty() && text.find_first_not_of(set) == std::string::npos;
}

inline std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts(1);
  for (const char byte : text) {
    if (byte == by) {
      parts.emplace_back();
    } else {
      parts.back() += byte;
    }
  }
  return parts;
}

inline std::string to_lower(std::string text) {
  for (char& byte : text) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return text;
}

/// Four decimal numbers up to 255, each in its shortest spelling.
inline bool is_quad(const std::string& text) {
  const std::vector<std::string> parts = split(text, '.');
  if (parts.size() != 4) return false;
  return std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return all_in(part, "0123456789") && part.size() <= 3 && std::stoi(part) <= 255 &&
           std::to_string(std::stoi(part)) == part;
  });
}

/// The 16 bytes of an IPv6 address, so that no two spellings are compared.
inline std::optional<std::string> ipv6_bytes(const std::string& text) {
  in6_addr address{};
  if (text.find('\0') != std::string::npos) return std::nullopt;
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(address.s6_addr), 16);
}

/// A label of a name in lower case.
inline bool is_label(const std::string& text) {
  return all_in(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") && text.size() <= 63 &&
         text.front() != '-' && text.back() != '-';
}

/// A last label by which inet_aton or a browser would take the whole for an IPv4 address.
inline bool is_number(const std::string& label) {
  return all_in(label, "0123456789") || label == "0x" ||
         (label.starts_with("0x") && all_in(label.substr(2), "0123456789abcdef"));
}

/// What a host says: the canonical name or quad; of an IPv6 address `[` and its 16 bytes.
inline std::optional<std::string> plain_host(std::string text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    const auto bytes = ipv6_bytes(text.substr(1, text.size() - 2));
    return bytes ? std::optional('[' + *bytes) : std::nullopt;
  }
  if (is_quad(text)) return text;
  if (!text.empty() && text.back() == '.') text.pop_back();
  text = to_lower(text);
  if (text.size() > 253) return std::nullopt;
  const std::vector<std::string> labels = split(text, '.');
  if (!std::all_of(labels.begin(), labels.end(), is_label)) return std::nullopt;
  return is_number(labels.back()) ? std::nullopt : std::optional(text);
}

/// A host as plain_host says it, and a port.
struct PlainAuthority {
  std::string host;
  int port = 0;

  friend bool operator==(const PlainAuthority&, const PlainAuthority&) = default;

  /// The canonical text of a host, without brackets, and a port say the same.
  bool is(const std::string& text, int number) const {
    if (port != number) return false;
    return host.front() == '[' ? ipv6_bytes(text) == host.substr(1) : text == host;
  }
};

/// RFC 3986 3.2 without userinfo. 0 for `default_port`: the port may not be absent.
inline std::optional<PlainAuthority> plain_authority(const std::string& text,
                                                     int default_port = 0) {
  // An IPv6 address ends with its bracket; behind the host there is nothing or a colon and a port.
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string::npos ? 0 : bracket);
  PlainAuthority plain;
  plain.port = default_port;
  if (colon != std::string::npos) {
    const std::string port = text.substr(colon + 1);
    if (!all_in(port, "0123456789") || port.size() > 5 || port[0] == '0') return std::nullopt;
    plain.port = std::stoi(port);
  }
  const auto host = plain_host(text.substr(0, colon));
  if (!host || plain.port < 1 || plain.port > 65535) return std::nullopt;
  plain.host = *host;
  return plain;
}

}  // namespace sallyport::fuzz
