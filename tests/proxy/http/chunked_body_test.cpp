#include "proxy/http/chunked_body.h"

#include <vector>

#include <doctest/doctest.h>

#include "tests/proxy/http/body_read.h"

namespace sallyport::tests {
namespace {

constexpr std::string_view kTrailerNames = "x-amz-checksum-crc32, X-Amz-Trailer-Signature";

// One body. Of a request it passes as it is or not at all; of a response `origin` is what goes on.
struct ChunkRow {
  std::string bytes;
  std::string client;  // `done`, `more` or `refused`
  std::string origin;  // what is forwarded if it is done; else `more` or `refused`
};

ChunkRow same(const std::string& bytes) { return {bytes, "done", bytes}; }
ChunkRow refused(const std::string& bytes) { return {bytes, "refused", "refused"}; }
ChunkRow more(const std::string& bytes) { return {bytes, "more", "more"}; }
ChunkRow origin_only(const std::string& bytes, const std::string& forwarded) {
  return {bytes, "refused", forwarded};
}

const std::string kEnd = "0\r\n\r\n";

// T42: sizes.
std::vector<ChunkRow> size_rows() {
  const std::string big_a(10, 'A');
  return {
      same(kEnd),
      same("5\r\nhello\r\n" + kEnd),
      same("5\r\nhello\r\n1\r\n!\r\n" + kEnd),
      same("a\r\n" + big_a + "\r\n" + kEnd),
      same("A\r\n" + big_a + "\r\n" + kEnd),
      same("0a\r\n" + big_a + "\r\n" + kEnd),
      same("00000005\r\nhello\r\n00000000\r\n\r\n"),
      same("0000000000000005\r\nhello\r\n" + kEnd),
      same("5\r\n0\r\n\r\n\r\n" + kEnd),  // an end within a chunk is payload
      same(std::string("2\r\n\0\n\r\n", 7) + kEnd),
      refused("00000000000000005\r\nhello\r\n" + kEnd),  // 17 digits
      refused("10000000000000005\r\nhello\r\n" + kEnd),
      more("7fffffffffffffff\r\nhello"),
      refused("8000000000000000\r\nhello"),
      refused("8000000000000005\r\nhello\r\n" + kEnd),
      refused("ffffffffffffffff\r\nhello"),
      refused("FFFFFFFFFFFFFFFB\r\nhello"),
      refused("0x5\r\nhello\r\n" + kEnd),
      refused("0X5\r\nhello\r\n" + kEnd),
      refused("5h\r\nhello\r\n" + kEnd),
      refused("+5\r\nhello\r\n" + kEnd),
      refused("-5\r\nhello\r\n" + kEnd),
      refused("-0\r\n\r\n"),
      refused("5_0\r\nhello\r\n" + kEnd),
      refused("5.0\r\nhello\r\n" + kEnd),
      refused("\"5\"\r\nhello\r\n" + kEnd),
      refused("5,5\r\nhello\r\n" + kEnd),
      refused(" 5\r\nhello\r\n" + kEnd),
      refused("5 \r\nhello\r\n" + kEnd),
      refused("5   \r\nhello\r\n" + kEnd),
      refused("5\t\r\nhello\r\n" + kEnd),
      refused("5\r\nhello\r\n0 \r\n\r\n"),
      refused("\r\n5\r\nhello\r\n" + kEnd),
      refused("\r\n"),
      refused("hello"),
      refused("\xd9\xa5\r\nhello\r\n" + kEnd),
      refused(std::string("5\0\r\nhello\r\n", 11) + kEnd),
      refused("5\x0b\r\nhello\r\n" + kEnd),
  };
}

// T42: ends of lines and of chunks.
std::vector<ChunkRow> line_rows() {
  return {
      refused("5\nhello\r\n" + kEnd),
      refused("5\rhello\r\n" + kEnd),
      refused("5\r\r\nhello\r\n" + kEnd),
      refused("5\n\r\nhello\r\n" + kEnd),
      refused("5\r\nhello\n" + kEnd),
      refused("5\r\nhello\r" + kEnd),
      refused("5\r\nhello" + kEnd),
      refused("5\r\nhelloo\r\n" + kEnd),  // longer than its size
      refused("5\r\nhell\r\n" + kEnd),    // shorter
      refused("5\r\nhello\r\n\r\n" + kEnd),
      refused("5\r\nhello \r\n" + kEnd),
      refused("0\n\r\n"),
      refused("0\r\n\n"),
      refused("0\n\n"),
      refused("0\r\r\n"),
      refused("0\r\n\r\r"),
      more(""),
      more("5"),
      more("5\r"),
      more("5\r\n"),
      more("5\r\nhell"),
      more("5\r\nhello"),
      more("5\r\nhello\r"),
      more("5\r\nhello\r\n"),
      more("5\r\nhello\r\n0"),
      more("5\r\nhello\r\n0\r\n"),
      more("5\r\nhello\r\n0\r\n\r"),
  };
}

// T42: extensions. Of a response they are left out, if each reader must see the same end of them.
std::vector<ChunkRow> extension_rows() {
  const std::string plain = "5\r\nhello\r\n" + kEnd;
  const std::string rest = "\r\nhello\r\n" + kEnd;
  return {
      origin_only("5;a" + rest, plain),
      origin_only("5;a=b" + rest, plain),
      origin_only("5;a=b;c;d=e" + rest, plain),
      origin_only("5;a=\"b\"" + rest, plain),
      origin_only("5;a=\"\"" + rest, plain),
      origin_only("5;a=\"b c;\\\"d\\\\\t\xe9\";e" + rest, plain),
      origin_only("5;chunk-signature=" + std::string(64, 'f') + rest, plain),
      origin_only("5\r\nhello\r\n0;a=b\r\n\r\n", plain),
      origin_only("2;a\r\nhe\r\n3;b=\"c\"\r\nllo\r\n0;d\r\n\r\n",
                  "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
      origin_only("5;a=" + std::string(1022, 'x') + rest, plain),
      refused("5;a=" + std::string(1023, 'x') + rest),
      origin_only("2;a=" + std::string(600, 'x') + "\r\nhe\r\n3;a=" + std::string(600, 'x') +
                      "\r\nllo\r\n" + kEnd,
                  "2\r\nhe\r\n3\r\nllo\r\n" + kEnd),
      refused("5;a=\"" + std::string(1 << 20, 'x') + "\"" + rest),
      refused("5;" + rest),
      refused("5;;a" + rest),
      refused("5;a;" + rest),
      refused("5;=b" + rest),
      refused("5;a=" + rest),
      refused("5;a=b=c" + rest),
      refused("5;a=;b" + rest),
      refused("5;a=\"b" + rest),
      refused("5;a=\"b\"c" + rest),
      refused("5;a=b\"c\"" + rest),
      refused("5 ;a" + rest),
      refused("5; a" + rest),
      refused("5;a " + rest),
      refused("5;a =b" + rest),
      refused("5;a= b" + rest),
      refused("5;a\n" + rest),
      refused("5;a\r" + rest),
      refused("5;\r\nhello\r\n" + kEnd),
      refused("5;a\nhello\r\n" + kEnd),
      refused("5;a=\"\r\n\"" + rest),
      refused("5;a=\"\n\"" + rest),
      refused("5;a=\"\r\"" + rest),
      refused("5;a=\"\\\r\n\"" + rest),
      refused("5;a=\"\\\n\"" + rest),
      refused("5;a=\"\x01\"" + rest),
      refused("5;a=\"\\\x7f\"" + rest),
      refused(std::string("5;a=\"\0\"", 7) + rest),
      refused("5;\xe9" + rest),
      refused("5;a,b" + rest),
      {"5;a=\"b", "refused", "more"},
  };
}

// T42: trailers. A request has those that its x-amz-trailer names, kTrailerNames; of a response
// they are left out.
std::vector<ChunkRow> trailer_rows() {
  const std::string begin = "5\r\nhello\r\n0\r\n";
  const std::string plain = begin + "\r\n";
  const std::string crc = "x-amz-checksum-crc32:AAAAAA==\r\n";
  const std::string signature = "x-amz-trailer-signature: 0f\r\n";
  std::string trailers_64;
  for (int i = 0; i < 64; ++i) trailers_64 += "X: y\r\n";
  return {
      {begin + crc + "\r\n", "done", plain},
      {begin + crc + signature + "\r\n", "done", plain},
      {begin + signature + crc + "\r\n", "done", plain},
      {begin + "X-AMZ-Checksum-CRC32: AAAAAA==\r\n\r\n", "done", plain},
      {begin + "x-amz-checksum-crc32:\r\n\r\n", "done", plain},
      origin_only(begin + crc + crc + "\r\n", plain),
      origin_only(begin + "x-amz-checksum-crc3: a\r\n\r\n", plain),
      origin_only(begin + "x-amz-checksum-crc32c: a\r\n\r\n", plain),
      origin_only(begin + "x-amz-date: a\r\n\r\n", plain),
      origin_only(begin + "X: y\r\n\r\n", plain),
      origin_only(begin + "X: y\r\nZ:\r\n\r\n", plain),
      origin_only(begin + "Content-Length: 4\r\n\r\n", plain),
      origin_only(begin + "Transfer-Encoding: chunked\r\n\r\n", plain),
      origin_only(begin + "Host: evil.example\r\n\r\n", plain),
      origin_only(begin + "Authorization: x\r\n\r\n", plain),
      origin_only(begin + "Server-Timing: a;dur=\t1 \xe9\r\n\r\n", plain),
      origin_only(begin + trailers_64 + "\r\n", plain),
      refused(begin + trailers_64 + "X: y\r\n\r\n"),
      origin_only(begin + "X: " + std::string(16000, 'y') + "\r\n\r\n", plain),
      refused(begin + "X: " + std::string(16384, 'y') + "\r\n\r\n"),
      refused(begin + ": y\r\n\r\n"),
      refused(begin + "X\r\n\r\n"),
      refused(begin + "X y\r\n\r\n"),
      refused(begin + "X : y\r\n\r\n"),
      refused(begin + " X: y\r\n\r\n"),
      refused(begin + crc + " folded\r\n\r\n"),
      refused(begin + "x-amz-checksum-crc32 : a\r\n\r\n"),
      refused(begin + "x-amz-checksum-crc32\r\n\r\n"),
      refused(begin + "x-amz-checksum-crc32: a\n\r\n"),
      refused(begin + "x-amz-checksum-crc32: a\r\r\n\r\n"),
      refused(begin + "x-amz-checksum-crc32: a\rb\r\n\r\n"),
      refused(begin + std::string("x-amz-checksum-crc32: \0\r\n\r\n", 27)),
      refused(begin + "x-amz-checksum-crc32: \x7f\r\n\r\n"),
      refused(begin + "X\xe9: y\r\n\r\n"),
      refused(begin + "GET / HTTP/1.1\r\n\r\n"),
      refused(begin + "\n"),
      more(begin + "x-amz-check"),
      more(begin + crc),
      more(begin + crc + "\r"),
  };
}

std::vector<ChunkRow> all_rows() {
  std::vector<ChunkRow> all;
  for (const auto& rows : {size_rows(), line_rows(), extension_rows(), trailer_rows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

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
