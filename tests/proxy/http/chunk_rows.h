// Chunked bodies and what must become of them: tables that can be checked without knowing the code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::tests {
inline constexpr std::string_view kTrailerNames = "x-amz-checksum-crc32, X-Amz-Trailer-Signature";

/// One body. Of a request it passes as it is or not at all; of a response `origin` is what goes on.
struct ChunkRow {
  std::string bytes;
  std::string client;  // `done`, `more` or `refused`
  std::string origin;  // what is forwarded if it is done; else `more` or `refused`
};

inline ChunkRow same(const std::string& bytes) { return {bytes, "done", bytes}; }
inline ChunkRow refused(const std::string& bytes) { return {bytes, "refused", "refused"}; }
inline ChunkRow more(const std::string& bytes) { return {bytes, "more", "more"}; }
inline ChunkRow origin_only(const std::string& bytes, const std::string& forwarded) {
  return {bytes, "refused", forwarded};
}

inline const std::string kEnd = "0\r\n\r\n";

// T42: sizes.
inline std::vector<ChunkRow> size_rows() {
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
inline std::vector<ChunkRow> line_rows() {
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
inline std::vector<ChunkRow> extension_rows() {
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
inline std::vector<ChunkRow> trailer_rows() {
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

inline std::vector<ChunkRow> all_rows() {
  std::vector<ChunkRow> all;
  for (const auto& rows : {size_rows(), line_rows(), extension_rows(), trailer_rows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace sallyport::tests
