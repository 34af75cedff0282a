#include "policy/values/server_address.h"

#include <charconv>

namespace sallyport {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || port == 0 || text.front() == '0') return {};
  return port;
}

}  // namespace

std::optional<ServerAddress> ServerAddress::parse(std::string_view text) {
  if (const auto bare = IpAddress::parse(text)) return ServerAddress{.address = *bare};
  const bool is_bracketed = text.starts_with('[');
  std::string_view address_text = text.substr(0, text.find(':'));
  std::string_view rest = text.substr(address_text.size());
  if (is_bracketed) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return {};
    address_text = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  }
  const auto address = IpAddress::parse(address_text);
  if (!address || address->is_v4() == is_bracketed) return {};
  if (rest.empty()) return ServerAddress{.address = *address};
  if (!rest.starts_with(':') || rest.size() == 1) return {};
  const auto port = parse_port(rest.substr(1));
  if (!port) return {};
  return ServerAddress{.address = *address, .port = *port};
}

std::string ServerAddress::text() const {
  const std::string host = address.is_v4() ? address.text() : "[" + address.text() + "]";
  return host + ":" + std::to_string(port);
}

}  // namespace sallyport
