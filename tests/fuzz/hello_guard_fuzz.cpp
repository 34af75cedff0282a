// The guard of later ClientHellos: what it lets through, and what it thinks of it, must not depend
// on the chunks that either side's bytes come in; what passes is what the client sent, in order;
// and each hello that passed before the guard opened names the host, as OpenSSL reads it.
//
// The first byte says what the origin answers and which name is expected, the second after what
// part of the client's bytes it does (255: behind them all), the last how both are cut (cuts.h).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/values/host.h"
#include "tests/fuzz/cuts.h"
#include "tests/fuzz/openssl_oracle.h"
#include "tests/fuzz/require.h"
#include "tls/client_hello.h"
#include "tls/hello_guard.h"

using namespace sallyport;
using namespace std::string_view_literals;
using fuzz::require;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kHeaderBytes = 5;

constexpr std::string_view kRetry =
    "\x16\x03\x03\x00\x26\x02\x00\x00\x22\x03\x03\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c"
    "\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"sv;
constexpr std::string_view kServerHello =
    "\x16\x03\x03\x00\x26\x02\x00\x00\x22\x03\x03\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c"
    "\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9d"sv;
constexpr std::string_view kWarningAndRetry =
    "\x15\x03\x03\x00\x02\x01\x70"
    "\x16\x03\x03\x00\x26\x02\x00\x00\x22\x03\x03\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c"
    "\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"sv;
constexpr std::string_view kAlert = "\x15\x03\x03\x00\x02\x02\x28"sv;
constexpr std::string_view kAnswers[] = {kRetry, kServerHello, kWarningAndRetry,
                                         kAlert, "HTTP"sv,     ""sv};

/// What one run of a guard came to.
struct Outcome {
  bool is_refused = false;
  bool is_open = false;
  bool is_holding = false;
  Bytes passed;

  void add(ByteSpan bytes) { passed.insert(passed.end(), bytes.begin(), bytes.end()); }
};

/// A tunnel: the client's bytes, and the origin's answer after `answer_at` of them.
struct Tunnel {
  ByteSpan client;
  ByteSpan origin;
  std::size_t answer_at = 0;
  std::optional<Host> host;
};

template <class Use>
void in_pieces(ByteSpan bytes, fuzz::Cuts& cuts, Use use) {
  while (!bytes.empty()) {
    const ByteSpan piece = bytes.first(std::min(cuts.next(), bytes.size()));
    const Bytes copy(piece.begin(), piece.end());
    use(ByteSpan(copy));
    bytes = bytes.subspan(piece.size());
  }
}

/// As the relay's two pumps do it (hello_guard.h).
Outcome run(const Tunnel& tunnel, std::uint8_t seed) {
  HelloGuard guard(tunnel.host);
  Outcome outcome;
  fuzz::Cuts cuts(seed);
  const auto from_client = [&](ByteSpan chunk) {
    const auto passage = guard.on_client(chunk);
    outcome.is_refused = passage.verdict != HelloGuard::Verdict::proceed;
    require(!outcome.is_refused || passage.pass == 0, "nothing passes with a refusal");
    outcome.add(chunk.first(passage.pass));
    outcome.add(guard.take_released());
  };
  const auto from_origin = [&](ByteSpan chunk) {
    outcome.is_refused = guard.on_origin(chunk) != HelloGuard::Verdict::proceed;
    outcome.add(guard.take_released());
  };
  in_pieces(tunnel.client.first(tunnel.answer_at), cuts, from_client);
  in_pieces(tunnel.origin, cuts, from_origin);
  in_pieces(tunnel.client.subspan(tunnel.answer_at), cuts, from_client);
  outcome.is_open = guard.is_open();
  outcome.is_holding = guard.is_holding();
  return outcome;
}

bool is_prefix(ByteSpan part, ByteSpan all) {
  return part.size() <= all.size() && std::equal(part.begin(), part.end(), all.begin());
}

/// The records begin a hello that names the host, to us and to OpenSSL; how many bytes it has.
std::size_t require_hello(ByteSpan records, const std::optional<Host>& host) {
  ClientHelloReader reader;
  require(reader.feed(records) == ClientHelloReader::Progress::done, "what passed is a hello");
  const auto& name = reader.hello().server_name;
  require(name.has_value() == host.has_value(), "with a name where one is expected");
  require(!host || Host::parse_name(*name) == host, "which is the host");
  fuzz::compare_with_openssl(records.first(reader.consumed()), name);
  return reader.consumed();
}

/// Walks the handshake messages in what passed, as an origin does. Each hello that began before the
/// origin answered, and the first message behind a request for a hello, must be a sound one.
class Passed {
 public:
  Passed(const Tunnel& tunnel, ByteSpan bytes, bool is_retry)
      : tunnel_(tunnel), left_(bytes), size_(bytes.size()), is_asked_for_(is_retry) {}

  void check() {
    while (left_.size() >= kHeaderBytes && (offset() < tunnel_.answer_at || is_asked_for_)) {
      const std::size_t size = std::size_t{left_[3]} << 8 | left_[4];
      const std::size_t record = std::min(kHeaderBytes + size, left_.size());
      const ByteSpan payload = left_.first(record).subspan(kHeaderBytes);
      if (left_[0] != kHandshakeRecord || payload.empty()) {
        left_ = left_.subspan(record);
      } else if (bytes_left_ == 0 && header_ == 0 && payload[0] == 1) {
        left_ = left_.subspan(require_hello(left_, tunnel_.host));
        is_asked_for_ = false;
      } else {
        left_ = left_.subspan(kHeaderBytes);
        for (std::size_t i = 0; i < payload.size(); ++i) {
          if (offset() < tunnel_.answer_at || is_asked_for_) skip(left_[0]);
          left_ = left_.subspan(1);
        }
      }
    }
  }

 private:
  std::size_t offset() const { return size_ - left_.size(); }

  /// One byte of a message that is no hello.
  void skip(std::uint8_t byte) {
    if (header_ == 4) {
      if (--bytes_left_ == 0) header_ = 0;
      return;
    }
    if (header_ == 0) {
      require(byte != 1, "no hello begins within a record");
      require(!is_asked_for_, "a hello follows a request for one");
    } else {
      bytes_left_ = bytes_left_ << 8 | byte;
    }
    if (++header_ == 4 && bytes_left_ == 0) header_ = 0;
  }

  const Tunnel& tunnel_;
  ByteSpan left_;
  std::size_t size_;
  bool is_asked_for_;
  int header_ = 0;  ///< bytes of a message's header so far
  std::size_t bytes_left_ = 0;
};

void check_passed(const Tunnel& tunnel, const Outcome& outcome, bool is_retry) {
  if (outcome.is_open) {
    Passed(tunnel, outcome.passed, is_retry).check();
    return;
  }
  if (is_retry) {
    // It waits for the next answer: whatever passed was judged, the hello that was asked for first.
    Tunnel unanswered = tunnel;
    unanswered.answer_at = SIZE_MAX;
    Passed(unanswered, outcome.passed, true).check();
    return;
  }
  // No part of a handshake record passes before the guard is open.
  ByteSpan left(outcome.passed);
  while (left.size() >= kHeaderBytes) {
    require(left[0] != kHandshakeRecord, "handshakes are held");
    left =
        left.subspan(std::min(kHeaderBytes + (std::size_t{left[3]} << 8 | left[4]), left.size()));
  }
  require(left.empty() || left[0] != kHandshakeRecord, "and their first bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  constexpr std::size_t kCount = std::size(kAnswers);
  const std::string_view answer = kAnswers[data[0] % kCount];
  constexpr const char* kNames[] = {"origin.example", "", "second.example"};
  const std::string_view name = kNames[data[0] / kCount % 3];

  Tunnel tunnel;
  tunnel.client = ByteSpan(data + 2, size - 3);
  tunnel.origin = bytes_of(answer);
  tunnel.answer_at = tunnel.client.size() * data[1] / 255;
  if (!name.empty()) tunnel.host = Host::parse_name(name);

  const Outcome whole = run(tunnel, 255);
  const Outcome pieces = run(tunnel, data[size - 1]);
  const bool is_retry = answer == kRetry || answer == kWarningAndRetry;
  require(whole.is_refused == pieces.is_refused, "refused in any chunks");
  require(is_prefix(whole.passed, tunnel.client), "what passes is what was sent");
  require(is_prefix(pieces.passed, tunnel.client), "in any chunks");
  if (!whole.is_refused) {
    require(whole.is_open == pieces.is_open, "open in any chunks");
    require(whole.is_holding == pieces.is_holding, "holding in any chunks");
    require(whole.passed == pieces.passed, "the same passes in any chunks");
  }
  check_passed(tunnel, whole, is_retry);
  check_passed(tunnel, pieces, is_retry);
  return 0;
}
