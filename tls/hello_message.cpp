#include "tls/hello_message.h"

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <string_view>

namespace sallyport {
namespace {

constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kAlpn = 16;
constexpr std::uint16_t kSupportedVersions = 43;
constexpr std::uint16_t kEncryptedClientHello = 0xfe0d;
constexpr std::uint16_t kEncryptedServerName = 0xffce;

constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kSessionIdBytesMax = 32;
// What OpenSSL takes, TLSEXT_MAXLEN_host_name.
constexpr std::size_t kServerNameBytesMax = 255;
constexpr std::size_t kAlpnTextBytesMax = 256;

// Reads numbers and length-prefixed vectors off the front of some bytes. After the first thing that
// does not fit it has failed for good and yields zeros and empty spans.
class Cursor {
 public:
  explicit Cursor(ByteSpan bytes) : left_(bytes) {}

  std::uint8_t u8() {
    const ByteSpan bytes = take(1);
    return bytes.empty() ? std::uint8_t{0} : bytes[0];
  }

  std::uint16_t u16() {
    const ByteSpan bytes = take(2);
    return bytes.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
  }

  ByteSpan take(std::size_t size) {
    if (has_failed_ || size > left_.size()) {
      has_failed_ = true;
      return {};
    }
    const ByteSpan taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }

  ByteSpan vector8() { return take(u8()); }
  ByteSpan vector16() { return take(u16()); }

  bool has_failed() const { return has_failed_; }
  bool is_empty() const { return left_.empty(); }
  bool is_used_up() const { return !has_failed_ && left_.empty(); }

 private:
  ByteSpan left_;
  bool has_failed_ = false;
};

// RFC 6066 lets a list hold names of several types; all libraries take exactly one host_name.
bool read_server_name(ByteSpan data, ClientHello& hello) {
  Cursor extension(data);
  Cursor list(extension.vector16());
  if (!extension.is_used_up()) return false;
  const std::uint8_t type = list.u8();
  const ByteSpan name = list.vector16();
  if (!list.is_used_up() || type != 0) return false;
  if (name.empty() || name.size() > kServerNameBytesMax) return false;
  // A C string ends at NUL: an origin might read a shorter name than we do.
  if (std::find(name.begin(), name.end(), std::uint8_t{0}) != name.end()) return false;
  hello.server_name.emplace(name.begin(), name.end());
  return true;
}

bool read_alpn(ByteSpan data, ClientHello& hello) {
  Cursor extension(data);
  Cursor list(extension.vector16());
  if (!extension.is_used_up() || list.is_empty()) return false;
  bool is_cut = false;
  while (!list.is_empty()) {
    const ByteSpan protocol = list.vector8();
    if (list.has_failed() || protocol.empty()) return false;
    is_cut = is_cut || hello.alpn.size() + 1 + protocol.size() > kAlpnTextBytesMax;
    if (is_cut) continue;
    if (!hello.alpn.empty()) hello.alpn += ',';
    for (const std::uint8_t byte : protocol) {
      const bool is_shown = byte > 0x20 && byte < 0x7f && byte != ',';
      hello.alpn += is_shown ? static_cast<char>(byte) : '?';
    }
  }
  if (is_cut) hello.alpn += hello.alpn.empty() ? "..." : ",...";
  return true;
}

bool are_versions_sound(ByteSpan data) {
  Cursor extension(data);
  Cursor list(extension.vector8());
  if (!extension.is_used_up() || list.is_empty()) return false;
  while (!list.is_empty()) {
    list.u16();
    if (list.has_failed()) return false;
  }
  return true;
}

bool read_extension(std::uint16_t type, ByteSpan data, ClientHello& hello) {
  switch (type) {
    case kServerName:
      return read_server_name(data, hello);
    case kAlpn:
      return read_alpn(data, hello);
    case kSupportedVersions:
      return are_versions_sound(data);
    case kEncryptedClientHello:
    case kEncryptedServerName:
      hello.has_ech = true;
      return true;
    default:
      return true;
  }
}

bool read_extensions(Cursor list, ClientHello& hello) {
  std::bitset<0x10000> seen;
  while (!list.is_empty()) {
    const std::uint16_t type = list.u16();
    const ByteSpan data = list.vector16();
    if (list.has_failed() || seen[type]) return false;
    seen[type] = true;
    if (!read_extension(type, data, hello)) return false;
  }
  return true;
}

}  // namespace

std::optional<ClientHello> parse_hello_message(ByteSpan body) {
  Cursor message(body);
  ClientHello hello;
  const std::uint16_t legacy_version = message.u16();
  message.take(kRandomBytes);
  const ByteSpan session_id = message.vector8();
  const ByteSpan cipher_suites = message.vector16();
  const ByteSpan compression_methods = message.vector8();
  if (message.has_failed() || legacy_version >> 8 != 3) return std::nullopt;
  if (session_id.size() > kSessionIdBytesMax) return std::nullopt;
  if (cipher_suites.empty() || cipher_suites.size() % 2 != 0) return std::nullopt;
  if (compression_methods.empty()) return std::nullopt;
  // Before TLS 1.3 the whole block of extensions may be missing.
  if (message.is_empty()) return hello;
  const Cursor extensions(message.vector16());
  if (!message.is_used_up() || !read_extensions(extensions, hello)) return std::nullopt;
  return hello;
}

}  // namespace sallyport
