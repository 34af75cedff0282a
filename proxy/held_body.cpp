#include "proxy/held_body.h"

namespace sallyport {

bool HeldBody::keep_payload(std::string_view part) {
  payload_ += part;
  return share_.take(part.size(), bytes_max_);
}

HeldBody::State HeldBody::add(std::string_view bytes) {
  sent_ += bytes;
  if (!share_.take(bytes.size(), bytes_max_)) return State::crowded;
  for (;;) {
    const Piece piece = reader_.read(std::string_view(sent_).substr(read_));
    read_ += piece.consumed;
    if (is_chunked_ && !keep_payload(piece.forward)) return State::crowded;
    // What frames the body counts, too: a byte a chunk is as much to hold.
    if (read_ > bytes_max_) return State::too_large;
    if (piece.progress == BodyProgress::refused) return State::refused;
    if (piece.progress == BodyProgress::done) {
      is_whole_ = true;
      return State::whole;
    }
    if (piece.consumed == 0 || read_ == sent_.size()) return State::more;
  }
}

}  // namespace sallyport
