// A request's body that is held back whole until it is judged (SEMANTICS.md section 8, Bodies). It
// leaves as it came, with what frames it. On its worker's thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/body_budget.h"
#include "proxy/http/body_reader.h"

namespace sallyport {

class HeldBody {
 public:
  enum class State : std::uint8_t {
    more,  ///< bytes are missing
    whole,
    too_large,  ///< it cannot be judged, and is not held any further
    crowded,    ///< there is no room for it now
    refused,    ///< it is not framed right: see error()
  };

  /// `trailer_names`: as BodyReader takes them; of a body that has no chunks they count for
  /// nothing.
  HeldBody(const Framing& framing, std::string_view trailer_names, BodyBudget::Share share,
           std::size_t bytes_max)
      : reader_(framing, Side::client_unframed, trailer_names),
        is_chunked_(framing.kind == Framing::Kind::chunked),
        share_(std::move(share)),
        bytes_max_(bytes_max) {}

  /// Adds what came.
  State add(std::string_view bytes);

  /// All that came, as it came; behind a whole body perhaps the next request.
  std::string_view sent() const { return sent_; }
  /// What came behind the body's end. REQUIRES: it is whole.
  std::string_view behind() const { return std::string_view(sent_).substr(read_); }
  /// Without what frames it. REQUIRES: it is whole.
  std::string_view payload() const {
    return is_chunked_ ? std::string_view(payload_) : std::string_view(sent_).substr(0, read_);
  }
  bool is_whole() const { return is_whole_; }
  HeadError error() const { return reader_.error(); }

 private:
  /// A second copy, which counts as the first does.
  bool keep_payload(std::string_view part);

  BodyReader reader_;
  bool is_chunked_;
  BodyBudget::Share share_;
  std::size_t bytes_max_;
  std::string sent_;
  std::string payload_;   ///< of chunks; else it lies in `sent_` as it is
  std::size_t read_ = 0;  ///< of `sent_`
  bool is_whole_ = false;
};

}  // namespace sallyport
