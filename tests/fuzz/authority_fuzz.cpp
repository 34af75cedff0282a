// Authorities against a second, independent reading by SEMANTICS.md section 6: labels by a plain
// split, IPv4 by four numbers, IPv6 by inet_pton. Ours must accept exactly what that one accepts,
// in the same canonical form, and read its own text again as the same.
//
// The first byte says whether the port may be absent.
#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "policy/values/authority.h"

using namespace sallyport;

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

bool all_in(const std::string& text, const char* set) {
  return !text.empty() && text.find_first_not_of(set) == std::string::npos;
}

std::vector<std::string> split(const std::string& text, char by) {
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

bool is_quad(const std::string& text) {
  const std::vector<std::string> parts = split(text, '.');
  if (parts.size() != 4) return false;
  return std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return all_in(part, "0123456789") && part.size() <= 3 && std::stoi(part) <= 255 &&
           std::to_string(std::stoi(part)) == part;
  });
}

// The 16 bytes of an address, so that no two spellings are compared.
std::optional<std::string> ipv6_bytes(const std::string& text) {
  in6_addr address{};
  if (text.find('\0') != std::string::npos) return std::nullopt;
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(address.s6_addr), 16);
}

// The canonical name; IPv6 as `[` and its 16 bytes.
std::optional<std::string> plain_host(std::string text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    const auto bytes = ipv6_bytes(text.substr(1, text.size() - 2));
    return bytes ? std::optional('[' + *bytes) : std::nullopt;
  }
  if (is_quad(text)) return text;
  if (!text.empty() && text.back() == '.') text.pop_back();
  for (char& byte : text) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  if (text.size() > 253) return std::nullopt;
  const std::vector<std::string> labels = split(text, '.');
  for (const std::string& label : labels) {
    if (!all_in(label, "abcdefghijklmnopqrstuvwxyz0123456789_-") || label.size() > 63 ||
        label.front() == '-' || label.back() == '-') {
      return std::nullopt;
    }
  }
  const std::string& last = labels.back();
  if (all_in(last, "0123456789")) return std::nullopt;
  if (last == "0x" || (last.starts_with("0x") && all_in(last.substr(2), "0123456789abcdef"))) {
    return std::nullopt;
  }
  return text;
}

struct Plain {
  std::string host;
  int port = 0;
};

std::optional<Plain> read_plainly(const std::string& text, int default_port) {
  // An IPv6 address ends with its bracket; behind the host there is nothing or a colon and a port.
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string::npos ? 0 : bracket);
  Plain plain;
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint16_t default_port = data[0] % 2 == 0 ? 0 : 443;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);

  const std::optional<Authority> ours = parse_authority(text, default_port);
  const std::optional<Plain> plain = read_plainly(text, default_port);
  require(ours.has_value() == plain.has_value(), "both accept or neither does");
  if (!ours) return 0;
  require(ours->port == plain->port, "the port is that");
  const std::string host(ours->host.text());
  if (plain->host.front() == '[') {
    require(ours->host.is_literal() && '[' + ipv6_bytes(host).value() == plain->host,
            "the address is that");
  } else {
    require(host == plain->host, "the host is that");
    require(ours->host.is_literal() == is_quad(host), "a quad is a literal, a name is none");
  }
  const std::optional<Authority> again = parse_authority(ours->text());
  require(again && again->host == ours->host && again->port == ours->port &&
              again->text() == ours->text(),
          "canonical text reads as itself");
  return 0;
}
