// One body, read as it comes, however it is framed: which bytes go on, and where it ends (RFC 9112
// sections 6 and 7). Nothing is kept of what was read but counts, so that a body of any size costs
// the same. Not for sharing between threads.
//
// Flow: read() what came, send `forward`, and again with what is behind `consumed`, until the bytes
// are used up or the body is `done`. Payload that goes on whatever it is may pass without being
// shown: up to unread_payload() bytes of it may be spliced, and told by pass().
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/http/body_framing.h"
#include "proxy/http/body_piece.h"
#include "proxy/http/chunked_body.h"
#include "proxy/http/head_error.h"

namespace sallyport {

/// What it means that the sender ended the stream.
enum class StreamEnd : std::uint8_t {
  clean,      ///< the body is whole
  truncated,  ///< bytes are missing: the other side must not be shown a clean end
};

/// Reads one body.
class BodyReader {
 public:
  /// `trailer_names` is the value of a request's `x-amz-trailer`: the trailers that a chunked
  /// request may have. It stays alive as long as the reader; absent or empty, none is let through.
  BodyReader(const Framing& framing, Side side, std::string_view trailer_names = {});

  /// Reads on. `bytes` begins where `consumed` ended. How the bytes were cut into calls changes
  /// neither what goes on nor the end. A body without a byte is `done` before the first call.
  Piece read(std::string_view bytes);

  /// So many of the next bytes are payload and go on whatever they are.
  std::uint64_t unread_payload() const;

  /// So many bytes of payload passed without being shown. REQUIRES: at most unread_payload().
  void pass(std::uint64_t bytes);

  /// As the last read() said it.
  BodyProgress progress() const;

  /// What it means that the stream ends here.
  StreamEnd end_of_stream() const;

  /// Bytes of payload so far, without what frames them.
  std::uint64_t payload_bytes() const;

  /// Of a request `malformed_request`, of a response `origin_malformed`. REQUIRES: progress() is
  /// `refused`.
  HeadError error() const;

 private:
  Framing::Kind kind_;
  Side side_;
  std::uint64_t left_;  // of a body with a length, or until close: the most that may come
  std::uint64_t payload_bytes_ = 0;
  ChunkedBody chunks_;
};

}  // namespace sallyport
