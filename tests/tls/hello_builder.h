// Builds TLS handshake bytes for tests: hellos that are right, and hellos that are wrong in one
// place. Header only; plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::test {

using Bytes = std::vector<std::uint8_t>;

inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// The bytes that lower-case hex digits stand for.
inline Bytes from_hex(std::string_view hex) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(value(hex[i]) * 16 + value(hex[i + 1])));
  }
  return bytes;
}

/// `value` in `width` bytes, most significant first.
inline Bytes number(std::size_t value, int width) {
  Bytes bytes;
  for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  return bytes;
}

/// `body` behind its length in `width` bytes.
inline Bytes prefixed(const Bytes& body, int width) { return number(body.size(), width) + body; }

/// One record.
inline Bytes record(std::uint8_t type, const Bytes& payload, std::uint16_t version = 0x0301) {
  return Bytes{type} + number(version, 2) + prefixed(payload, 2);
}

/// One handshake message; type 1 is a ClientHello.
inline Bytes handshake(std::uint8_t type, const Bytes& body) {
  return Bytes{type} + prefixed(body, 3);
}

/// Handshake records of at most `size` payload bytes each.
inline Bytes records_of(const Bytes& message, std::size_t size) {
  Bytes records;
  for (std::size_t at = 0; at < message.size(); at += size) {
    const std::size_t end = at + size < message.size() ? at + size : message.size();
    records = records + record(22, {message.begin() + static_cast<std::ptrdiff_t>(at),
                                    message.begin() + static_cast<std::ptrdiff_t>(end)});
  }
  return records;
}

inline Bytes extension(std::uint16_t type, const Bytes& data) {
  return number(type, 2) + prefixed(data, 2);
}

/// One entry of a server name list.
inline Bytes server_name_entry(std::string_view name, std::uint8_t type = 0) {
  return Bytes{type} + prefixed(bytes_of(name), 2);
}

inline Bytes server_name_extension(std::string_view name) {
  return extension(0, prefixed(server_name_entry(name), 2));
}

inline Bytes alpn_extension(const std::vector<std::string>& protocols) {
  Bytes list;
  for (const auto& protocol : protocols) list = list + prefixed(bytes_of(protocol), 1);
  return extension(16, prefixed(list, 2));
}

/// A ClientHello with its parts to be changed one by one. As it is, it has no server name and would
/// be taken by an ordinary origin.
struct HelloBuilder {
  std::uint16_t legacy_version = 0x0303;
  Bytes random = Bytes(32, 0x5a);
  Bytes session_id = Bytes(32, 0xa5);
  Bytes cipher_suites = number(0x130113021303, 6) + number(0xc02bc02f, 4);
  Bytes compression_methods = {0};
  bool has_extension_block = true;
  /// In the order they are sent; with_name() puts server_name first.
  Bytes extensions = extension(43, prefixed(number(0x03040303, 4), 1)) +
                     extension(10, prefixed(number(0x001d0017, 4), 2)) +
                     extension(13, prefixed(number(0x04030804, 4), 2)) +
                     extension(51, prefixed(number(0x001d, 2) + prefixed(Bytes(32, 9), 2), 2));
  Bytes trailing;

  HelloBuilder& with_name(std::string_view name) {
    extensions = server_name_extension(name) + extensions;
    return *this;
  }
  HelloBuilder& with(const Bytes& more) {
    extensions = extensions + more;
    return *this;
  }

  Bytes body() const {
    Bytes bytes = number(legacy_version, 2) + random + prefixed(session_id, 1) +
                  prefixed(cipher_suites, 2) + prefixed(compression_methods, 1);
    if (has_extension_block) bytes = bytes + prefixed(extensions, 2);
    return bytes + trailing;
  }
  /// With the four bytes of handshake header.
  Bytes message() const { return handshake(1, body()); }
  /// In one record.
  Bytes bytes() const { return record(22, message()); }
};

/// The hello of an ordinary client for `name`, in one record.
inline Bytes hello_for(std::string_view name) { return HelloBuilder{}.with_name(name).bytes(); }

/// In the shape of a browser's: GREASE (RFC 8701), GREASE ECH, an X25519MLKEM768 key share.
inline HelloBuilder browser_hello(std::string_view name) {
  HelloBuilder hello;
  hello.cipher_suites = number(0x8a8a, 2) + hello.cipher_suites;
  const Bytes shares = number(0x4a4a, 2) + prefixed({0}, 2) + number(0x11ec, 2) +
                       prefixed(Bytes(1216, 7), 2) + number(0x001d, 2) + prefixed(Bytes(32, 9), 2);
  hello.extensions =
      extension(0x5a5a, {}) + extension(51, prefixed(shares, 2)) + server_name_extension(name) +
      alpn_extension({"h2", "http/1.1"}) + extension(43, prefixed(number(0x6a6a03040303, 6), 1)) +
      extension(0xfe0d, Bytes(186, 3)) + extension(10, prefixed(number(0x4a4a11ec001d, 6), 2)) +
      extension(13, prefixed(number(0x04030804, 4), 2)) + extension(0x7a7a, {0});
  return hello;
}

/// A ServerHello record; with `is_retry` a HelloRetryRequest (RFC 8446 4.1.3).
inline Bytes server_hello(bool is_retry) {
  const Bytes retry_random =
      from_hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
  const Bytes random = is_retry ? retry_random : Bytes(32, 0x77);
  const Bytes body = number(0x0303, 2) + random + prefixed(Bytes(32, 0xa5), 1) +
                     number(0x130100, 3) + prefixed(extension(43, number(0x0304, 2)), 2);
  return record(22, handshake(2, body), 0x0303);
}

}  // namespace sallyport::test
