// Response heads and what must become of them: tables that can be checked without knowing the code.
// Shared by the tests of the parts and by the test that cuts each head at every byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/http/body_framing.h"
#include "proxy/http/response_head.h"

namespace sallyport::tests {

/// One head. `expected` is the framing of what follows it, or `refused`.
struct ResponseRow {
  std::string bytes;
  std::string expected;
  bool is_head_method = false;
};

/// `no body`, `5 bytes`, `chunked` or `until close`.
inline std::string words(const Framing& framing) {
  switch (framing.kind) {
    case Framing::none:
      return "no body";
    case Framing::length:
      return std::to_string(framing.content_length) + " bytes";
    case Framing::chunked:
      return "chunked";
    case Framing::until_close:
      return "until close";
  }
  return "";
}

/// What a ResponseRow expects; `need_more` where the bytes do not suffice, and the reason where it
/// is not the one that a malformed response has.
inline std::string outcome(const ResponseHeadReader& reader, HeadProgress progress,
                           bool is_head_method) {
  if (progress == HeadProgress::need_more) return "need_more";
  if (progress == HeadProgress::done) return words(framing_of(reader.head(), is_head_method));
  const Reason reason = reader.error().reason;
  return reason == Reason::origin_malformed ? "refused" : std::string(text(reason));
}

/// Reads the head in one piece.
inline std::string outcome(const ResponseRow& row) {
  ResponseHeadReader reader;
  const HeadProgress progress = reader.read(row.bytes);
  return outcome(reader, progress, row.is_head_method);
}

std::vector<ResponseRow> status_line_rows();
std::vector<ResponseRow> response_byte_rows();
std::vector<ResponseRow> response_framing_rows();
std::vector<ResponseRow> content_length_rows();
std::vector<ResponseRow> bodiless_rows();
std::vector<ResponseRow> real_origin_rows();

}  // namespace sallyport::tests
