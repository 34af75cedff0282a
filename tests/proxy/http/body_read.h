// A body read to its end by a reader that is shown it in pieces, as a relay would do it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/http/body_piece.h"

namespace sallyport::tests {

/// What became of the bytes.
struct ReadBody {
  std::string outcome;    ///< `done`, `more` or `refused`
  std::string forwarded;  ///< all that went on
  std::size_t consumed = 0;
  std::uint64_t payload_bytes = 0;

  friend bool operator==(const ReadBody&, const ReadBody&) = default;
};

inline std::string words(BodyProgress progress) {
  if (progress == BodyProgress::more) return "more";
  return progress == BodyProgress::done ? "done" : "refused";
}

/// Shows `bytes` to `reader` in blocks that begin at multiples of `step`, each in memory of its own
/// size, so that AddressSanitizer sees a byte read beyond.
template <class Reader>
ReadBody read_in_steps(Reader reader, std::string_view bytes, std::size_t step) {
  ReadBody body;
  while (body.consumed < bytes.size() && reader.progress() == BodyProgress::more) {
    const std::size_t size = std::min(step - body.consumed % step, bytes.size() - body.consumed);
    const auto block = std::make_unique<char[]>(size);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(body.consumed), size, block.get());
    const Piece piece = reader.read({block.get(), size});
    if (piece.progress == BodyProgress::more && piece.consumed == 0) {
      body.outcome = "stuck";
      return body;
    }
    body.forwarded += piece.forward;
    body.consumed += piece.consumed;
  }
  body.outcome = words(reader.progress());
  body.payload_bytes = reader.payload_bytes();
  return body;
}

}  // namespace sallyport::tests
