// Authorities against a second, independent reading of host and port (plain_host.h, RFC 3986 3.2).
// Ours must accept exactly what that one accepts, in the same canonical form, and read its own text
// again as the same.
//
// The first byte says whether the port may be absent.
#include <cstdint>
#include <optional>
#include <string>

#include "policy/values/authority.h"
#include "tests/fuzz/plain_host.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::all_in;
using fuzz::ipv6_bytes;
using fuzz::is_quad;
using fuzz::plain_host;
using fuzz::require;

namespace {

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
