#include "proxy/http/content_coding.h"

#include <algorithm>
#include <limits>

#include <zlib.h>

#include "proxy/http/octets.h"

namespace sallyport {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;
/// The largest window, and 16 for the wrapping of gzip alone (zlib.h, inflateInit2).
constexpr int kGzipWindowBits = 15 + 16;

/// zlib's state, which ends with this.
class Inflation {
 public:
  Inflation() : is_good_(inflateInit2(&stream_, kGzipWindowBits) == Z_OK) {}
  ~Inflation() {
    if (is_good_) inflateEnd(&stream_);
  }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;

  std::optional<std::string> run(std::string_view body, std::size_t bytes_max);

 private:
  z_stream stream_{};
  bool is_good_;
};

std::optional<std::string> Inflation::run(std::string_view body, std::size_t bytes_max) {
  if (!is_good_ || body.size() > std::numeric_limits<uInt>::max()) return std::nullopt;
  // zlib reads through it only, but says so in no type.
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream_.avail_in = static_cast<uInt>(body.size());
  std::string decoded;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t size = decoded.size();
    // One byte more than allowed, to see whether there is one.
    const std::size_t room = std::min(kChunkBytes - 1, bytes_max - size) + 1;
    decoded.resize(size + room);
    stream_.next_out = reinterpret_cast<Bytef*>(decoded.data() + size);
    stream_.avail_out = static_cast<uInt>(room);
    status = inflate(&stream_, Z_NO_FLUSH);
    decoded.resize(size + room - stream_.avail_out);
    if (decoded.size() > bytes_max) return std::nullopt;
  }
  if (status != Z_STREAM_END || stream_.avail_in != 0) return std::nullopt;
  return decoded;
}

}  // namespace

ContentCoding content_coding(std::string_view value) {
  if (value.empty() || equal_ignoring_case(value, "identity")) return ContentCoding::identity;
  const bool is_gzip = equal_ignoring_case(value, "gzip") || equal_ignoring_case(value, "x-gzip");
  return is_gzip ? ContentCoding::gzip : ContentCoding::unknown;
}

std::optional<std::string> gunzip(std::string_view body, std::size_t bytes_max) {
  return Inflation().run(body, bytes_max);
}

}  // namespace sallyport
