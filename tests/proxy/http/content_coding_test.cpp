#include "proxy/http/content_coding.h"

#include <limits>

#include <doctest/doctest.h>
#include <zlib.h>

namespace sallyport {
namespace {

constexpr std::size_t kBytesMax = 1 << 20;
constexpr int kGzip = 15 + 16;
constexpr int kZlib = 15;
constexpr int kRaw = -15;

/// Compressed, in the wrapping of the window bits.
std::string compressed(std::string_view text, int window_bits = kGzip) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_CASE("The codings that can be undone are told by their names") {
  CHECK(content_coding("") == ContentCoding::identity);
  CHECK(content_coding("identity") == ContentCoding::identity);
  CHECK(content_coding("gzip") == ContentCoding::gzip);
  CHECK(content_coding("GZip") == ContentCoding::gzip);
  CHECK(content_coding("x-gzip") == ContentCoding::gzip);
  for (const std::string_view value : {"br", "deflate", "zstd", "compress", "aws-chunked", "gzip,",
                                       "gzip, gzip", "identity, gzip", "gzip;q=1", " gzip", "*"}) {
    CAPTURE(value);
    CHECK(content_coding(value) == ContentCoding::unknown);
  }
}

TEST_CASE("A body in gzip is decoded") {
  const std::string large(300'000, 'x');
  for (const std::string& text : {std::string(), std::string("{}"), large}) {
    CHECK(gunzip(compressed(text), kBytesMax) == text);
  }
}

TEST_CASE("Gzip is one whole member and nothing else") {
  const std::string whole = compressed("{\"RoleArn\": \"r\"}");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(gunzip(whole.substr(0, size), kBytesMax));
  }
  CHECK_FALSE(gunzip(whole + "x", kBytesMax));
  CHECK_FALSE(gunzip(whole + std::string(1, '\0'), kBytesMax));
  CHECK_FALSE(gunzip(whole + whole, kBytesMax));
  CHECK_FALSE(gunzip("{\"RoleArn\": \"r\"}", kBytesMax));
  CHECK_FALSE(gunzip(compressed("{}", kZlib), kBytesMax));
  CHECK_FALSE(gunzip(compressed("{}", kRaw), kBytesMax));
  std::string wrong_sum = whole;
  wrong_sum[whole.size() - 8] = static_cast<char>(wrong_sum[whole.size() - 8] ^ 1);
  CHECK_FALSE(gunzip(wrong_sum, kBytesMax));
  std::string wrong_size = whole;
  wrong_size.back() = 1;
  CHECK_FALSE(gunzip(wrong_size, kBytesMax));
  std::string reserved_flag = whole;
  reserved_flag[3] = static_cast<char>(0x80);
  CHECK_FALSE(gunzip(reserved_flag, kBytesMax));
}

TEST_CASE("A body that grows beyond the bound is not decoded further") {
  const std::string bomb = compressed(std::string(50'000'000, 'x'));
  CHECK(bomb.size() < 60'000);
  CHECK_FALSE(gunzip(bomb, kBytesMax));
  const std::string body = compressed(std::string(kBytesMax, 'x'));
  CHECK(gunzip(body, kBytesMax));
  CHECK_FALSE(gunzip(body, kBytesMax - 1));
  CHECK_FALSE(gunzip(compressed("x"), 0));
  CHECK(gunzip(compressed(""), 0) == "");
  CHECK(gunzip(body, std::numeric_limits<std::size_t>::max()));
}

}  // namespace
}  // namespace sallyport
