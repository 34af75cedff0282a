#include "proxy/http/chunked_body.h"

#include <vector>

#include <doctest/doctest.h>

#include "tests/proxy/http/body_read.h"
#include "tests/proxy/http/chunk_rows.h"

namespace sallyport::tests {
namespace {

void check(const std::vector<ChunkRow>& rows) {
  for (const ChunkRow& row : rows) {
    CAPTURE(row.bytes);
    const ReadBody up =
        read_in_steps(ChunkedBody(Side::client, kTrailerNames), row.bytes, SIZE_MAX);
    CHECK(up.outcome == row.client);
    CHECK(up.forwarded == row.bytes.substr(0, up.consumed));
    if (row.client == "done") CHECK(up.consumed == row.bytes.size());
    const ReadBody down = read_in_steps(ChunkedBody(Side::origin), row.bytes, SIZE_MAX);
    if (row.origin == "more" || row.origin == "refused") {
      CHECK(down.outcome == row.origin);
    } else {
      CHECK(down.outcome == "done");
      CHECK(down.forwarded == row.origin);
      CHECK(down.consumed == row.bytes.size());
    }
  }
}

}  // namespace
}  // namespace sallyport::tests

using namespace sallyport;
using namespace sallyport::tests;

TEST_CASE("the size of a chunk is plain hexadecimal, up to 16 digits and 2^63 - 1") {
  check(size_rows());
}

TEST_CASE("a chunk and each line of a body end with CR LF, where they should") {
  check(line_rows());
}

TEST_CASE("chunk extensions are refused in requests and left out of responses") {
  check(extension_rows());
}

TEST_CASE("trailers are refused in requests unless they are named, and left out of responses") {
  check(trailer_rows());
}

TEST_CASE("however a chunked body is cut into reads, the same goes on and the end is the same") {
  for (const ChunkRow& row : all_rows()) {
    if (row.bytes.size() > 1000) continue;
    CAPTURE(row.bytes);
    for (const ChunkedBody& reader :
         {ChunkedBody(Side::client, kTrailerNames), ChunkedBody(Side::origin)}) {
      const ReadBody whole = read_in_steps(reader, row.bytes, SIZE_MAX);
      for (std::size_t step = 1; step < row.bytes.size(); ++step) {
        CHECK(read_in_steps(reader, row.bytes, step) == whole);
      }
    }
  }
}

TEST_CASE("long bodies are cut without a difference, too") {
  for (const ChunkRow& row : all_rows()) {
    if (row.bytes.size() <= 1000) continue;
    CAPTURE(row.bytes.substr(0, 40));
    for (const ChunkedBody& reader :
         {ChunkedBody(Side::client, kTrailerNames), ChunkedBody(Side::origin)}) {
      const ReadBody whole = read_in_steps(reader, row.bytes, SIZE_MAX);
      for (const std::size_t step : {1u, 997u}) {
        CHECK(read_in_steps(reader, row.bytes, step) == whole);
      }
    }
  }
}

TEST_CASE("what is forwarded of a response is a request's body with the same payload") {
  for (const ChunkRow& row : all_rows()) {
    const ReadBody down = read_in_steps(ChunkedBody(Side::origin), row.bytes, SIZE_MAX);
    if (down.outcome != "done") continue;
    CAPTURE(row.bytes);
    const ReadBody up = read_in_steps(ChunkedBody(Side::client), down.forwarded, SIZE_MAX);
    CHECK(up.outcome == "done");
    CHECK(up.payload_bytes == down.payload_bytes);
  }
}

TEST_CASE("bytes behind a chunked body are not looked at") {
  const std::string body = "5\r\nhello\r\n0\r\n\r\n";
  for (const Side side : {Side::client, Side::origin}) {
    ChunkedBody reader(side);
    const std::string bytes = body + std::string("\0\r\nGET / HTTP/1.1\r\n\r\n", 21);
    const Piece piece = reader.read(bytes);
    CHECK(piece.progress == BodyProgress::done);
    CHECK(piece.consumed == body.size());
    CHECK(piece.forward == body);
    const Piece after = reader.read(bytes);
    CHECK(after.progress == BodyProgress::done);
    CHECK(after.consumed == 0);
    CHECK(after.forward.empty());
  }
}

TEST_CASE("one piece holds what lies together, and as much of it as there is") {
  ChunkedBody up(Side::client);
  const std::string many = "5\r\nhello\r\n1\r\n!\r\n2\r\nab\r\n";
  CHECK(up.read(many).forward == many);

  struct Expected {
    std::string_view forward;
    std::string_view left_out;  // behind it
  };
  ChunkedBody down(Side::origin);
  std::string_view rest = "5;a\r\nhello\r\n1;b=\"c\"\r\n!\r\n0\r\nX: y\r\n\r\n";
  for (const Expected& expected : {Expected{"5", ";a"}, Expected{"\r\nhello\r\n1", ";b=\"c\""},
                                   Expected{"\r\n!\r\n0\r\n", "X: y\r\n"}, Expected{"\r\n", ""}}) {
    const Piece piece = down.read(rest);
    CHECK(piece.forward == expected.forward);
    CHECK(piece.consumed == expected.forward.size() + expected.left_out.size());
    rest.remove_prefix(piece.consumed);
  }
  CHECK(rest.empty());
  CHECK(down.progress() == BodyProgress::done);
}

TEST_CASE("a wrong byte of a body is refused when it arrives, and none behind it goes on") {
  ChunkedBody reader(Side::client);
  CHECK(reader.read("5\r\nhel").progress == BodyProgress::more);
  const Piece piece = reader.read("lo\r\n0;x\r\n\r\n");
  CHECK(piece.progress == BodyProgress::refused);
  CHECK(piece.forward == "lo\r\n0");
  CHECK(std::string_view(reader.what()) == "chunk extensions are refused in requests");
  const Piece after = reader.read("\r\n\r\n");
  CHECK(after.progress == BodyProgress::refused);
  CHECK(after.consumed == 0);
  CHECK(after.forward.empty());
}

TEST_CASE("no byte of a trailer that is not named goes on") {
  ChunkedBody reader(Side::client, kTrailerNames);
  CHECK(reader.read("0\r\nx-amz-secret: a\r\n\r\n").forward == "0\r\nx-amz-");
}

TEST_CASE("payload may pass without being shown") {
  ChunkedBody reader(Side::origin);
  CHECK(reader.left_of_chunk() == 0);
  reader.pass(0);
  CHECK(reader.read("ff").consumed == 2);
  CHECK(reader.left_of_chunk() == 0);
  reader.pass(0);
  CHECK(reader.read("\r\nab").consumed == 4);
  CHECK(reader.left_of_chunk() == 253);
  reader.pass(250);
  CHECK(reader.left_of_chunk() == 3);
  CHECK(reader.read("xyz\r").consumed == 4);
  CHECK(reader.left_of_chunk() == 0);
  CHECK(reader.payload_bytes() == 255);
  CHECK(reader.read("\n0\r\n\r\n").progress == BodyProgress::done);
  CHECK(reader.payload_bytes() == 255);

  ChunkedBody whole(Side::client);
  CHECK(whole.read("5\r\n").consumed == 3);
  whole.pass(5);
  CHECK(whole.read("\r\n0\r\n\r\n").progress == BodyProgress::done);
}
