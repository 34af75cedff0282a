#include "proxy/http/body_reader.h"

#include <doctest/doctest.h>

#include "tests/proxy/http/body_read.h"

using namespace sallyport;
using sallyport::tests::read_in_steps;
using sallyport::tests::ReadBody;

namespace {

const std::string kBytes("hello\r\n0\r\n\r\n\0GET /", 18);

}  // namespace

TEST_CASE("no body is read where there is none") {
  for (const Framing& framing : {Framing{}, Framing{Framing::length, 0}}) {
    BodyReader reader(framing, Side::origin);
    CHECK(reader.progress() == BodyProgress::done);
    CHECK(reader.end_of_stream() == StreamEnd::clean);
    const Piece piece = reader.read(kBytes);
    CHECK(piece.consumed == 0);
    CHECK(piece.forward.empty());
    CHECK(piece.progress == BodyProgress::done);
    CHECK(reader.payload_bytes() == 0);
  }
}

TEST_CASE("a body with a length is that long, and what follows is not looked at") {
  for (std::size_t step = 1; step <= kBytes.size(); ++step) {
    const ReadBody body =
        read_in_steps(BodyReader({Framing::length, 7}, Side::client), kBytes, step);
    CHECK(body == ReadBody{"done", "hello\r\n", 7, 7});
  }
}

TEST_CASE("a body until close takes all that comes, whatever it is") {
  for (std::size_t step = 1; step <= kBytes.size(); ++step) {
    const ReadBody body =
        read_in_steps(BodyReader({Framing::until_close}, Side::origin), kBytes, step);
    CHECK(body == ReadBody{"more", kBytes, 18, 18});
  }
}

TEST_CASE("a chunked body is read by its grammar") {
  const std::string chunks = "5;a\r\nhello\r\n0\r\nX: y\r\n\r\n";
  CHECK(read_in_steps(BodyReader({Framing::chunked}, Side::origin), chunks, 100) ==
        ReadBody{"done", "5\r\nhello\r\n0\r\n\r\n", chunks.size(), 5});
  BodyReader up({Framing::chunked}, Side::client);
  CHECK(up.read(chunks).progress == BodyProgress::refused);
  CHECK(up.error().reason == Reason::malformed_request);
  CHECK(std::string_view(up.error().what) == "chunk extensions are refused in requests");
  BodyReader down({Framing::chunked}, Side::origin);
  CHECK(down.read("z").progress == BodyProgress::refused);
  CHECK(down.error().reason == Reason::origin_malformed);
}

TEST_CASE("a request's trailers are those that its signing mode names") {
  const std::string chunks = "0\r\nx-amz-checksum-crc32: a\r\n\r\n";
  BodyReader named({Framing::chunked}, Side::client, "x-amz-checksum-crc32");
  CHECK(named.read(chunks).forward == chunks);
  CHECK(named.progress() == BodyProgress::done);
  BodyReader not_named({Framing::chunked}, Side::client);
  CHECK(not_named.read(chunks).progress == BodyProgress::refused);
}

TEST_CASE("an end of the stream is clean only where the body ends, or may end anywhere") {
  BodyReader length({Framing::length, 3}, Side::origin);
  CHECK(length.end_of_stream() == StreamEnd::truncated);
  length.read("ab");
  CHECK(length.end_of_stream() == StreamEnd::truncated);
  length.read("c");
  CHECK(length.end_of_stream() == StreamEnd::clean);

  BodyReader chunked({Framing::chunked}, Side::origin);
  const std::string chunks = "1\r\na\r\n0\r\n\r\n";
  for (const char& byte : chunks) {
    CHECK(chunked.end_of_stream() == StreamEnd::truncated);
    chunked.read({&byte, 1});
  }
  CHECK(chunked.end_of_stream() == StreamEnd::clean);
  BodyReader refused({Framing::chunked}, Side::origin);
  refused.read("z");
  CHECK(refused.end_of_stream() == StreamEnd::truncated);

  BodyReader open({Framing::until_close}, Side::origin);
  CHECK(open.end_of_stream() == StreamEnd::clean);
  open.read("a");
  CHECK(open.end_of_stream() == StreamEnd::clean);
}

TEST_CASE("payload that passes unread is counted") {
  BodyReader length({Framing::length, std::uint64_t{5} << 30}, Side::origin);
  CHECK(length.unread_payload() == std::uint64_t{5} << 30);
  length.read("abc");
  length.pass((std::uint64_t{5} << 30) - 4);
  CHECK(length.unread_payload() == 1);
  CHECK(length.progress() == BodyProgress::more);
  length.pass(1);
  CHECK(length.progress() == BodyProgress::done);
  CHECK(length.payload_bytes() == std::uint64_t{5} << 30);

  BodyReader open({Framing::until_close}, Side::origin);
  open.pass(std::uint64_t{1} << 40);
  open.read("a");
  CHECK(open.unread_payload() > std::uint64_t{1} << 40);
  CHECK(open.progress() == BodyProgress::more);
  CHECK(open.payload_bytes() == (std::uint64_t{1} << 40) + 1);

  BodyReader chunked({Framing::chunked}, Side::client);
  CHECK(chunked.unread_payload() == 0);
  chunked.read("a\r\nx");
  CHECK(chunked.unread_payload() == 9);
  chunked.pass(9);
  CHECK(chunked.read("\r\n0\r\n\r\n").progress == BodyProgress::done);
  CHECK(chunked.payload_bytes() == 10);
}
