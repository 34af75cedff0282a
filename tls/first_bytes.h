// What the first bytes of a CONNECT tunnel are, before anything reads them in earnest. A pure
// function over the bytes that came so far.
#pragma once

#include <cstdint>

#include "tls/record_walker.h"

namespace sallyport {

/// What a tunnel begins with (SEMANTICS.md section 1).
enum class FirstBytesKind : std::uint8_t {
  need_more,  ///< cannot be told yet; if no more comes in time it is `other` (or silence, if empty)
  tls,        ///< a TLS record begins here: ClientHelloReader judges it
  http,       ///< an upper-case token and a space, and not the HTTP/2 preface
  other,
};

/// `bytes` are all that came so far, from the first on. Agrees with ClientHelloReader: `tls` where
/// that says anything but not_tls.
FirstBytesKind classify_first_bytes(ByteSpan bytes);

}  // namespace sallyport
