// Heads that our readers accept, written as they leave the gate, and read again: the same facts,
// the end-to-end field lines byte for byte and in order, and nothing left of what belongs to one
// hop. Which lines are to stay is told by a second, slow reading of the block that knows nothing of
// the writer.
//
// The first byte picks request or response and the place, the second what the writer is told.
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/http/forwarded_head.h"
#include "proxy/http/request_head.h"
#include "proxy/http/response_head.h"
#include "proxy/http/via.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

using Lines = std::vector<std::string>;

const std::string kPseudonym = via_pseudonym(0x5a11);
constexpr HeadBounds kBounds{4096, 16};
constexpr HeadBounds kWiderBounds{8192, 24};  // what was added fits as well

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& byte : out) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte + 32);
  }
  return out;
}

Lines lines_of(std::string_view block) {
  Lines lines;
  while (!block.empty()) {
    const std::size_t end = block.find("\r\n");
    lines.emplace_back(block.substr(0, end));
    block.remove_prefix(end + 2);
  }
  return lines;
}

std::string name_of(const std::string& line) { return lower(line.substr(0, line.find(':'))); }

std::string stripped(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::set<std::string> named_by_connection(const Lines& lines) {
  std::set<std::string> names;
  for (const std::string& line : lines) {
    if (name_of(line) != "connection") continue;
    std::string name;
    for (const char byte : line.substr(line.find(':') + 1) + ",") {
      if (byte != ',') {
        name += byte;
        continue;
      }
      names.insert(lower(stripped(name)));
      name.clear();
    }
  }
  return names;
}

bool is_of_one_hop(const std::string& name) {
  const std::set<std::string> names = {"close", "connection", "keep-alive",
                                       "te",    "upgrade",    "http2-settings"};
  return names.count(name) != 0 || name.rfind("proxy-", 0) == 0;
}

Lines kept_of_request(const Lines& lines) {
  const std::set<std::string> named = named_by_connection(lines);
  Lines kept;
  for (const std::string& line : lines) {
    const std::string name = name_of(line);
    if (!is_of_one_hop(name) && named.count(name) == 0) kept.push_back(line);
  }
  return kept;
}

Lines kept_of_response(const Lines& lines, std::uint16_t status, const ResponseForwarding& how) {
  const std::set<std::string> meant_for_all = {
      "transfer-encoding", "cache-control", "date", "location",
      "set-cookie",        "vary",          "etag", "www-authenticate"};
  const std::set<std::string> named = named_by_connection(lines);
  const bool is_1_0 = how.client_version == HttpVersion::http_1_0;
  Lines kept;
  for (const std::string& line : lines) {
    const std::string name = name_of(line);
    const bool is_framing = name == "content-length" || name == "transfer-encoding";
    const bool is_trailer = name == "trailer" || name == "trailers";
    const bool may_be_named =
        meant_for_all.count(name) == 0 && name.rfind("content-", 0) != 0 && !is_trailer;
    if (is_of_one_hop(name) || name == "alt-svc") continue;
    if (named.count(name) != 0 && may_be_named) continue;
    if (is_trailer) continue;
    if (is_framing && (status < 200 || status == 204)) continue;
    if (is_1_0 && status >= 200 && name == "transfer-encoding") continue;
    kept.push_back(line);
  }
  return kept;
}

void try_request(std::string_view bytes, HeadPlace place, std::uint8_t options) {
  RequestHeadReader reader(place, kBounds);
  if (reader.read(bytes) != HeadProgress::done || reader.head().is_connect()) return;
  const RequestHead& head = reader.head();
  const std::optional<Authority> tunnel = parse_authority("Tunnel.example:8443");
  const Authority& origin = head.authority ? *head.authority : *tunnel;
  const bool has_via = (options & 1U) != 0;
  const std::string_view via = has_via ? std::string_view(kPseudonym) : std::string_view();
  std::string out;
  append_request_head(out, head, {.origin = origin, .via = via});

  RequestHeadReader again(
      place == HeadPlace::https_origin ? HeadPlace::https_origin : HeadPlace::http_origin,
      kWiderBounds);
  require(again.read(out) == HeadProgress::done, "what was written is read");
  const RequestHead& read = again.head();
  require(read.consumed == out.size(), "it is one head and nothing behind it");
  require(read.method == head.method, "the method stays");
  const bool needs_slash = head.path.empty() || head.path.front() == '?';
  require(read.path == (needs_slash ? "/" : "") + std::string(head.path), "the path stays");
  require(read.version == HttpVersion::http_1_1, "the version is the gate's");
  require(read.host->text() == (head.host ? *head.host : origin).text(), "the host stays");
  require(read.content_length == head.content_length && read.is_chunked == head.is_chunked,
          "the framing stays");
  require(read.keeps_open, "the origin's connection stays");
  const bool upgrades = head.upgrade == UpgradeOffer::websocket;
  require(read.upgrade == (upgrades ? UpgradeOffer::websocket : UpgradeOffer::none),
          "a WebSocket's offer passes, and no other");
  require(has_passed(read.fields, kPseudonym) ==
              (has_via || (head.has_via && has_passed(head.fields, kPseudonym))),
          "the gate knows what it sent");

  Lines expected = kept_of_request(lines_of(head.fields.block()));
  Lines lines = lines_of(read.fields.block());
  if (!head.host) lines.erase(lines.begin());
  if (upgrades) expected.insert(expected.end(), {"Connection: Upgrade", "Upgrade: websocket"});
  if (has_via) {
    expected.push_back((head.version == HttpVersion::http_1_0 ? "Via: 1.0 " : "Via: 1.1 ") +
                       kPseudonym);
  }
  require(lines == expected, "the lines that stay are those, byte for byte");
}

std::string write_response(const ResponseHead& head, const ResponseForwarding& how) {
  std::string out;
  if (head.status == 101) {
    append_websocket_head(out, head, how.via);
  } else if (head.status < 200) {
    append_interim_head(out, head);
  } else {
    append_response_head(out, head, how);
  }
  return out;
}

void try_response(std::string_view bytes, std::uint8_t options) {
  ResponseHeadReader reader(kBounds);
  if (reader.read(bytes) != HeadProgress::done) return;
  const ResponseHead& head = reader.head();
  ResponseForwarding how;
  if ((options & 1U) != 0) how.via = kPseudonym;
  if ((options & 2U) != 0) how.client_version = HttpVersion::http_1_0;
  how.keeps_open = (options & 4U) != 0;
  const std::string out = write_response(head, how);
  if (head.status == 100) {
    require(out == "HTTP/1.1 100 Continue\r\n\r\n", "a 100 is a bare line");
    return;
  }
  ResponseHeadReader again(kWiderBounds);
  require(again.read(out) == HeadProgress::done, "what was written is read");
  const ResponseHead& read = again.head();
  require(read.consumed == out.size(), "it is one head and nothing behind it");
  require(read.version == HttpVersion::http_1_1, "the version is the gate's");
  require(read.status == head.status && read.reason_phrase == head.reason_phrase,
          "status and phrase stay");
  const bool is_final = head.status >= 200;
  const bool is_1_0 = how.client_version == HttpVersion::http_1_0;
  require(read.keeps_open == (how.keeps_open || !is_final), "who closes says so");
  const bool never_has_body = !is_final || head.status == 204;
  require(read.content_length == (never_has_body ? std::nullopt : head.content_length) &&
              read.is_chunked == (head.is_chunked && !(is_1_0 && is_final)),
          "the framing stays, as far as the client knows it");

  Lines expected = kept_of_response(lines_of(head.fields.block()), head.status, how);
  const std::string via =
      (head.version == HttpVersion::http_1_0 ? "Via: 1.0 " : "Via: 1.1 ") + kPseudonym;
  if (head.status == 101) {
    expected.insert(expected.end(), {"Connection: Upgrade", "Upgrade: websocket"});
  }
  if (!how.via.empty() && (is_final || head.status == 101)) expected.push_back(via);
  if (is_final && !how.keeps_open) expected.emplace_back("Connection: close");
  if (is_final && how.keeps_open && is_1_0) expected.emplace_back("Connection: keep-alive");
  require(lines_of(read.fields.block()) == expected, "the lines that stay are those");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (data[0] % 4 == 3) {
    try_response(bytes, data[1]);
  } else {
    try_request(bytes, static_cast<HeadPlace>(data[0] % 4), data[1]);
  }
  return 0;
}
