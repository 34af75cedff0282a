// The reader of ClientHellos against OpenSSL: whatever we accept, an origin that runs OpenSSL must
// read the same name in the same bytes. Neither the chunks that bytes come in nor the records that
// a hello is cut into may matter.
//
// The last byte says how it is cut (cuts.h), so that a corpus file is the hello itself and a byte.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/fuzz/cuts.h"
#include "tests/fuzz/openssl_oracle.h"
#include "tests/fuzz/require.h"
#include "tls/client_hello.h"
#include "tls/first_bytes.h"

using namespace sallyport;
using fuzz::compare_with_openssl;
using fuzz::require;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Progress = ClientHelloReader::Progress;

constexpr std::size_t kHeaderBytes = 5;

void require_same(const ClientHello& a, const ClientHello& b) {
  require(a.server_name == b.server_name, "the same name");
  require(a.alpn == b.alpn, "the same protocols");
  require(a.has_ech == b.has_ech, "the same ECH");
}

/// The handshake message in these records; they are sound.
Bytes message_of(ByteSpan records) {
  Bytes message;
  while (!records.empty()) {
    const std::size_t size = std::size_t{records[3]} << 8 | records[4];
    const ByteSpan payload = records.subspan(kHeaderBytes, size);
    message.insert(message.end(), payload.begin(), payload.end());
    records = records.subspan(kHeaderBytes + size);
  }
  return message;
}

/// The message in other records, as few or as many as are still a hello, some of them empty.
Bytes in_other_records(ByteSpan message, fuzz::Cuts& cuts) {
  Bytes records;
  int left = kHelloRecordsMax - kHelloEmptyRecordsMax;
  int empty_left = kHelloEmptyRecordsMax;
  while (!message.empty()) {
    std::size_t size = std::min({cuts.next(), message.size(), kPlaintextBytesMax});
    // So few are left that each must be as full as they come.
    if (static_cast<std::size_t>(left) <= 1 + message.size() / kPlaintextBytesMax) {
      size = std::min(message.size(), kPlaintextBytesMax);
    }
    if (empty_left > 0 && cuts.once_in(8)) {
      size = 0;
      --empty_left;
    } else {
      --left;
    }
    const std::uint8_t header[] = {kHandshakeRecord, 3, 1, static_cast<std::uint8_t>(size >> 8),
                                   static_cast<std::uint8_t>(size & 0xff)};
    records.insert(records.end(), std::begin(header), std::end(header));
    records.insert(records.end(), message.begin(),
                   message.begin() + static_cast<std::ptrdiff_t>(size));
    message = message.subspan(size);
  }
  return records;
}

/// Feeds the bytes in pieces, each a copy of its own, and stops where the reader knows.
Progress feed_in_pieces(ClientHelloReader& reader, ByteSpan bytes, fuzz::Cuts cuts) {
  Progress progress = Progress::need_more;
  while (!bytes.empty()) {
    const ByteSpan piece = bytes.first(std::min(cuts.next(), bytes.size()));
    const Bytes copy(piece.begin(), piece.end());
    progress = reader.feed(copy);
    bytes = bytes.subspan(piece.size());
  }
  return progress;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t seed = data[size - 1];
  const ByteSpan bytes(data, size - 1);

  ClientHelloReader whole;
  const Progress progress = whole.feed(bytes);
  ClientHelloReader pieces;
  require(feed_in_pieces(pieces, bytes, fuzz::Cuts(seed)) == progress, "chunks do not matter");

  const auto kind = classify_first_bytes(bytes);
  if (progress == Progress::not_tls) require(kind != FirstBytesKind::tls, "no TLS, no TLS record");
  if (progress == Progress::malformed) require(kind == FirstBytesKind::tls, "malformed is TLS");
  if (progress != Progress::done) return 0;
  require(kind == FirstBytesKind::tls, "a hello is TLS");
  require(pieces.consumed() == whole.consumed(), "the hello ends there");
  require_same(pieces.hello(), whole.hello());
  compare_with_openssl(bytes.first(whole.consumed()), whole.hello().server_name);

  fuzz::Cuts cuts(static_cast<std::uint8_t>(seed ^ 0x55U));
  const Bytes other = in_other_records(message_of(bytes.first(whole.consumed())), cuts);
  ClientHelloReader again;
  require(feed_in_pieces(again, other, fuzz::Cuts(seed)) == Progress::done,
          "records do not matter");
  require(again.consumed() == other.size(), "the hello ends with its records");
  require_same(again.hello(), whole.hello());
  compare_with_openssl(other, again.hello().server_name);
  return 0;
}
