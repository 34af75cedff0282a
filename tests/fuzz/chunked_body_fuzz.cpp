// Chunked bodies against a second, independent reading: by recursive descent over the whole buffer,
// as RFC 9112 section 7.1 writes the grammar down, with what SEMANTICS.md section 9 refuses. Both
// must forward the same bytes, hold the same payload and end alike, at the same byte, however the
// bytes are cut. What goes on must be a request's body with that payload in its turn.
//
// The first byte picks who sends and which trailers are named, the second how the rest is cut into
// reads (cuts.h).
#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "proxy/http/body_reader.h"
#include "tests/fuzz/cuts.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

constexpr std::string_view kTchar =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct Named {
  std::string_view list;
  std::set<std::string> names;  // those of the list that count
};

const Named& named(std::uint8_t choice) {
  static const Named all[] = {
      {"", {}},
      {"x-amz-checksum-a", {"x-amz-checksum-a"}},
      {"X-Amz-Checksum-ab ,\tx-amz-checksum-a,host,x-amz-acl,x-amz-checksum-,,x-amz-checksum-a,"
       "x-amz-checksum-b c,X-AMZ-CHECKSUM-B",
       {"x-amz-checksum-a", "x-amz-checksum-ab", "x-amz-checksum-b"}},
  };
  return all[choice % 3];
}

/// What becomes of a body.
struct Outcome {
  BodyProgress progress = BodyProgress::more;
  std::string forwarded;
  std::string payload;
  std::size_t consumed = 0;
};

struct Ended {
  BodyProgress progress;
};

class PlainReading {
 public:
  PlainReading(const std::string& bytes, Side side, std::set<std::string> names)
      : bytes_(bytes), is_request_(side == Side::client), names_(std::move(names)) {}

  Outcome read() {
    try {
      while (read_chunk()) {
      }
      read_trailers();
      read_line_end(true);
      outcome_.progress = BodyProgress::done;
    } catch (const Ended& ended) {
      outcome_.progress = ended.progress;
    }
    return outcome_;
  }

 private:
  char next() const {
    if (outcome_.consumed == bytes_.size()) throw Ended{BodyProgress::more};
    return bytes_[outcome_.consumed];
  }
  void take(bool is_forwarded) {
    if (is_forwarded) outcome_.forwarded += next();
    ++outcome_.consumed;
  }
  void need(bool holds) const {
    if (!holds) throw Ended{BodyProgress::refused};
  }
  void take_one(char expected, bool is_forwarded) {
    need(next() == expected);
    take(is_forwarded);
  }
  void read_line_end(bool is_forwarded) {
    take_one('\r', is_forwarded);
    take_one('\n', is_forwarded);
  }
  static bool is_text(char byte) {
    const auto octet = static_cast<unsigned char>(byte);
    return octet == '\t' || (octet >= 0x20 && octet != 0x7f);
  }
  static bool is_tchar(char byte) { return kTchar.find(byte) != std::string_view::npos; }

  // False behind the last chunk's line.
  bool read_chunk() {
    std::string digits;
    while (std::string_view("0123456789abcdefABCDEF").find(next()) != std::string_view::npos) {
      digits += next();
      need(digits.size() <= 16 && std::stoull(digits, nullptr, 16) <= INT64_MAX);
      take(true);
    }
    need(!digits.empty());
    extension_bytes_ = 0;
    if (!is_request_ && next() == ';') {
      ++outcome_.consumed;
      read_extension();
      while (next() == ';') {
        take_of_extension();
        read_extension();
      }
    }
    read_line_end(true);
    const std::uint64_t size = std::stoull(digits, nullptr, 16);
    if (size == 0) return false;
    for (std::uint64_t i = 0; i < size; ++i) {
      outcome_.payload += next();
      take(true);
    }
    read_line_end(true);
    return true;
  }

  void take_of_extension() {
    need(++extension_bytes_ <= 1024);
    take(false);
  }
  void take_token() {
    need(is_tchar(next()));
    while (is_tchar(next())) take_of_extension();
  }
  void read_extension() {
    take_token();
    if (next() != '=') return;
    take_of_extension();
    if (next() != '"') return take_token();
    do {
      if (next() == '\\') take_of_extension();
      need(is_text(next()));
      take_of_extension();
    } while (next() != '"');
    take_of_extension();
  }

  void read_trailers() {
    for (int lines = 0; next() != '\r'; ++lines) {
      need(lines < 64);
      read_trailer_name();
      while (next() != '\r') {
        need(is_text(next()));
        take_of_trailer();
      }
      need(++trailer_bytes_ <= 16384);
      take_one('\r', is_request_);
      need(++trailer_bytes_ <= 16384);
      take_one('\n', is_request_);
    }
  }
  void take_of_trailer() {
    need(++trailer_bytes_ <= 16384);
    take(is_request_);
  }
  void read_trailer_name() {
    std::string name;
    while (next() != ':') {
      const char byte = next();
      need(is_tchar(byte));
      name += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte;
      need(!is_request_ || std::any_of(names_.begin(), names_.end(), [&](const std::string& each) {
        return each.starts_with(name);
      }));
      take_of_trailer();
    }
    need(is_request_ ? names_.erase(name) == 1 : !name.empty());
    take_of_trailer();
  }

  const std::string& bytes_;
  bool is_request_;
  std::set<std::string> names_;
  int extension_bytes_ = 0;
  int trailer_bytes_ = 0;
  Outcome outcome_;
};

// Shows the bytes in pieces; now and then payload passes without being shown, as a splice does it.
Outcome read_in_cuts(BodyReader& reader, const std::string& bytes, fuzz::Cuts cuts) {
  Outcome outcome;
  while (outcome.consumed < bytes.size() && reader.progress() == BodyProgress::more) {
    const std::size_t size = std::min(cuts.next(), bytes.size() - outcome.consumed);
    const std::size_t unread = std::min<std::uint64_t>(reader.unread_payload(), size);
    if (unread > 0 && cuts.once_in(3)) {
      reader.pass(unread);
      outcome.forwarded += bytes.substr(outcome.consumed, unread);
      outcome.consumed += unread;
      continue;
    }
    const auto block = std::make_unique<char[]>(size);
    std::copy_n(bytes.data() + outcome.consumed, size, block.get());
    const Piece piece = reader.read({block.get(), size});
    require(piece.consumed > 0 || piece.progress == BodyProgress::refused, "reading goes on");
    require(piece.forward.empty() ||
                (piece.forward.data() >= block.get() &&
                 piece.forward.data() + piece.forward.size() <= block.get() + piece.consumed),
            "what goes on is of what was read");
    outcome.forwarded += piece.forward;
    outcome.consumed += piece.consumed;
  }
  outcome.progress = reader.progress();
  return outcome;
}

void compare(const Outcome& ours, const Outcome& plain, const BodyReader& reader) {
  require(ours.progress == plain.progress, "both end alike");
  require(ours.forwarded == plain.forwarded, "both forward the same");
  require(ours.consumed == plain.consumed, "both end at the same byte");
  require(reader.payload_bytes() == plain.payload.size(), "the payload is counted");
  require((reader.end_of_stream() == StreamEnd::clean) == (plain.progress == BodyProgress::done),
          "an end is clean behind the body alone");
  if (ours.progress == BodyProgress::refused) {
    require(reader.error().what != nullptr, "a refusal has its words");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Side side = data[0] % 2 == 0 ? Side::client : Side::origin;
  const Named& trailers = named(data[0] / 2);
  const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Framing framing{Framing::chunked};

  const Outcome plain = PlainReading(bytes, side, trailers.names).read();
  BodyReader whole(framing, side, trailers.list);
  compare(read_in_cuts(whole, bytes, fuzz::Cuts(255)), plain, whole);
  BodyReader cut(framing, side, trailers.list);
  compare(read_in_cuts(cut, bytes, fuzz::Cuts(data[1])), plain, cut);

  if (side == Side::client) {
    require(plain.forwarded == bytes.substr(0, plain.consumed), "a request passes as it is");
  }
  if (plain.progress == BodyProgress::done) {
    BodyReader again(framing, Side::client, trailers.list);
    compare(read_in_cuts(again, plain.forwarded, fuzz::Cuts(255)),
            {BodyProgress::done, plain.forwarded, plain.payload, plain.forwarded.size()}, again);
  }
  return 0;
}
