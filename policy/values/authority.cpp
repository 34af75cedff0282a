#include "policy/values/authority.h"

#include <array>
#include <charconv>

namespace sallyport {
namespace {

// RFC 3986 3.2.3 allows any run of digits; a leading zero would be a second spelling of one port.
std::optional<std::uint16_t> parse_port(std::string_view digits) {
  if (digits.empty() || digits.front() == '0') return std::nullopt;
  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return port;
}

}  // namespace

std::string Authority::text() const {
  std::string text;
  append_to(text);
  return text;
}

void Authority::append_to(std::string& out) const {
  host.append_authority_text(out);
  out += ':';
  std::array<char, 5> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), port).ptr;
  out.append(digits.data(), end);
}

std::optional<Authority> parse_authority(std::string_view text, std::uint16_t default_port) {
  // Colons inside brackets are the address's. Whatever else is odd, Host or the port refuses.
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::size_t colon = text.find(':', bracket);

  std::uint16_t port = default_port;
  if (colon != std::string_view::npos) {
    const std::optional<std::uint16_t> written = parse_port(text.substr(colon + 1));
    if (!written) return std::nullopt;
    port = *written;
  }
  if (port == 0) return std::nullopt;

  std::optional<Host> host = Host::parse(text.substr(0, colon));
  if (!host) return std::nullopt;
  return Authority{*std::move(host), port};
}

}  // namespace sallyport
