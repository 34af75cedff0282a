#include "proxy/http/body_reader.h"

#include <algorithm>
#include <limits>

namespace sallyport {

BodyReader::BodyReader(const Framing& framing, Side side, std::string_view trailer_names)
    : kind_(framing.kind), side_(side), left_(0), chunks_(side, trailer_names) {
  if (kind_ == Framing::length) left_ = framing.content_length;
  if (kind_ == Framing::until_close) left_ = std::numeric_limits<std::uint64_t>::max();
}

Piece BodyReader::read(std::string_view bytes) {
  if (kind_ == Framing::chunked) return chunks_.read(bytes);
  const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
  pass(taken);
  return {taken, bytes.substr(0, taken), progress()};
}

std::uint64_t BodyReader::unread_payload() const {
  return kind_ == Framing::chunked ? chunks_.left_of_chunk() : left_;
}

void BodyReader::pass(std::uint64_t bytes) {
  if (kind_ == Framing::chunked) return chunks_.pass(bytes);
  payload_bytes_ += bytes;
  left_ -= bytes;
}

BodyProgress BodyReader::progress() const {
  if (kind_ == Framing::chunked) return chunks_.progress();
  return left_ == 0 ? BodyProgress::done : BodyProgress::more;
}

StreamEnd BodyReader::end_of_stream() const {
  const bool is_whole = kind_ == Framing::until_close || progress() == BodyProgress::done;
  return is_whole ? StreamEnd::clean : StreamEnd::truncated;
}

std::uint64_t BodyReader::payload_bytes() const {
  return kind_ == Framing::chunked ? chunks_.payload_bytes() : payload_bytes_;
}

HeadError BodyReader::error() const {
  return {is_client(side_) ? Reason::malformed_request : Reason::origin_malformed, chunks_.what()};
}

}  // namespace sallyport
