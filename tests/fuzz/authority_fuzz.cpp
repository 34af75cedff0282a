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
using fuzz::is_quad;
using fuzz::plain_authority;
using fuzz::PlainAuthority;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint16_t default_port = data[0] % 2 == 0 ? 0 : 443;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);

  const std::optional<Authority> ours = parse_authority(text, default_port);
  const std::optional<PlainAuthority> plain = plain_authority(text, default_port);
  require(ours.has_value() == plain.has_value(), "both accept or neither does");
  if (!ours) return 0;
  require(plain->is(std::string(ours->host.text()), ours->port), "host and port are those");
  require(ours->host.is_literal() == (plain->host.front() == '[' || is_quad(plain->host)),
          "an address is a literal, a name is none");
  const std::optional<Authority> again = parse_authority(ours->text());
  require(again && again->host == ours->host && again->port == ours->port &&
              again->text() == ours->text(),
          "canonical text reads as itself");
  return 0;
}
