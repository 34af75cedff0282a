#include "tls/first_bytes.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sallyport {
namespace {

// Longer than any registered method (UPDATEREDIRECTREF has 17 letters).
constexpr std::size_t kMethodBytesMax = 20;
// RFC 9113 3.4; the rest of the preface adds nothing.
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0";

bool is_method_byte(std::uint8_t byte, std::size_t offset) {
  return (byte >= 'A' && byte <= 'Z') || (byte == '-' && offset > 0);  // VERSION-CONTROL
}

FirstBytesKind classify_record(ByteSpan bytes) {
  if (bytes[0] == kHandshakeRecord) return FirstBytesKind::tls;
  // The other types are common first bytes of other protocols; the version tells.
  if (bytes.size() < 2) return FirstBytesKind::need_more;
  return bytes[1] == 3 ? FirstBytesKind::tls : FirstBytesKind::other;
}

}  // namespace

FirstBytesKind classify_first_bytes(ByteSpan bytes) {
  if (bytes.empty()) return FirstBytesKind::need_more;
  if (is_record_type(bytes[0])) return classify_record(bytes);

  std::size_t size = 0;
  while (size < bytes.size() && size <= kMethodBytesMax && is_method_byte(bytes[size], size)) {
    ++size;
  }
  if (size > kMethodBytesMax) return FirstBytesKind::other;
  if (size == bytes.size()) return FirstBytesKind::need_more;
  if (size == 0 || bytes[size] != ' ') return FirstBytesKind::other;

  const std::size_t compared = std::min(bytes.size(), kHttp2Preface.size());
  if (!std::equal(kHttp2Preface.begin(), kHttp2Preface.begin() + compared, bytes.begin())) {
    return FirstBytesKind::http;
  }
  return compared == kHttp2Preface.size() ? FirstBytesKind::other : FirstBytesKind::need_more;
}

}  // namespace sallyport
