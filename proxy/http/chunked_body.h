// A chunked body, read as it comes (RFC 9112 section 7.1). Of a request nothing but chunks passes,
// byte-exact, since clients sign them; of a response chunk extensions and trailers are left out.
// Sizes are plain hexadecimal and lines end with CR LF: what another reader could take for another
// end is refused at the byte that shows it. Keeps nothing but counts. Not for sharing between
// threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/http/body_piece.h"
#include "proxy/http/trailer_names.h"

namespace sallyport {

/// Who sends a body.
enum class Side : std::uint8_t {
  client,
  origin,
  /// For an HTTP/1.0 client, which reads no chunks: all but their data is left out.
  origin_unframed,
  /// For who judges it: the same of a request, as strict as a client's.
  client_unframed,
};

constexpr bool is_client(Side side) {
  return side == Side::client || side == Side::client_unframed;
}

/// Reads one chunked body.
class ChunkedBody {
 public:
  /// `trailer_names` is of a request's `x-amz-trailer`, empty if it has none; it stays alive.
  explicit ChunkedBody(Side side, std::string_view trailer_names = {})
      : side_(side), trailer_names_(trailer_names) {}

  /// Reads on, as BodyReader::read().
  Piece read(std::string_view bytes);

  /// So many bytes of the chunk that is being read are to come.
  std::uint64_t left_of_chunk() const { return state_ == State::data ? left_ : 0; }

  /// So many of them passed elsewhere. REQUIRES: no more than left_of_chunk().
  void pass(std::uint64_t bytes);

  /// Bytes of the chunks, without what frames them.
  std::uint64_t payload_bytes() const { return payload_bytes_; }

  BodyProgress progress() const;

  /// What is wrong, in words. REQUIRES: progress() is `refused`.
  const char* what() const { return what_; }

 private:
  /// What the next byte is.
  enum class State : std::uint8_t {
    size_begin,       // first digit of a size
    size,             // another one, or what is behind the size
    extension_begin,  // first byte of an extension's name
    extension_name,   // another one, or what is behind it
    value_begin,      // first byte of an extension's value
    value,            // another one, or what is behind it
    quoted_value,     // within quotes
    quoted_pair,      // behind a backslash
    quoted_end,       // behind the closing quote
    size_lf,          // LF of the line of a size
    data,             // payload
    data_cr,          // CR behind the payload
    data_lf,          // LF behind that
    trailer_begin,    // first byte of a trailer, or the CR of the empty line
    trailer_name,     // another one, or the colon
    trailer_value,    // of the value, or its CR
    trailer_lf,       // LF of a trailer
    end_lf,           // LF of the empty line
    done,
    refused,
  };

  bool leaves_out(char byte) const;
  const char* step(char byte);
  const char* step_size(char byte);
  const char* end_size(char byte);
  const char* end_size_line(char byte);
  const char* step_extension(char byte);
  const char* step_trailer(char byte);
  const char* expect(char byte, char expected, State next);

  Side side_;
  State state_ = State::size_begin;
  std::uint16_t size_digits_ = 0;
  std::uint16_t extension_bytes_ = 0;  // of one chunk
  std::uint16_t trailer_bytes_ = 0;    // of all trailers
  std::uint16_t trailers_ = 0;
  std::uint64_t left_ = 0;  // the size that is being read; then what of it is to come
  std::uint64_t payload_bytes_ = 0;
  TrailerNames trailer_names_;
  const char* what_ = nullptr;
};

}  // namespace sallyport
