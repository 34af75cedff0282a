// Request heads against a second, independent reading: slow, over the whole buffer, by the rules of
// SEMANTICS.md section 9 and nothing of the gate's parser. Ours must accept exactly what that one
// accepts, tell the same parts, and tell them however the bytes are cut.
//
// The first byte picks the place, the second how the rest is cut into reads (cuts.h).
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proxy/http/reply.h"
#include "proxy/http/request_head.h"
#include "tests/fuzz/cuts.h"
#include "tests/fuzz/plain_host.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::plain_authority;
using fuzz::PlainAuthority;
using fuzz::require;
using fuzz::to_lower;

namespace {

// Bytes in one table row: what a plain reader of RFC 9110 would write down.
const std::string kTchar =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kBytesMax = 2048;
constexpr std::size_t kFieldLinesMax = 8;

std::string stripped(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t at; (at = text.find(by, begin)) != std::string::npos; begin = at + by.size()) {
    parts.push_back(text.substr(begin, at - begin));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

struct Plain {
  bool accepted = false;
  std::string method, target, path;
  std::optional<PlainAuthority> authority, host;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body_length;
  bool chunked = false;
  bool keeps_open = false, expects_continue = false, has_via = false;
  std::size_t size = 0;
};

bool read_target(Plain& plain, HeadPlace place) {
  const std::string& target = plain.target;
  if (target.empty() || target.find_first_of("#\\") != std::string::npos) return false;
  if (place != HeadPlace::proxy) {
    if (plain.method == "CONNECT") return false;
    plain.path = target;
    if (target[0] != '/' && !(target == "*" && plain.method == "OPTIONS")) return false;
  } else if (plain.method == "CONNECT") {
    plain.authority = plain_authority(target);
    if (!plain.authority) return false;
  } else {
    if (to_lower(target.substr(0, 7)) != "http://") return false;
    std::size_t end = 7;
    while (end < target.size() && target[end] != '/' && target[end] != '?') ++end;
    plain.path = target.substr(end);
    plain.authority = plain_authority(target.substr(7, end - 7), 80);
    if (!plain.authority) return false;
  }
  return split(plain.path, "?")[0].find("%00") == std::string::npos;
}

bool read_length(Plain& plain, const std::string& value) {
  if (value.empty() || value.size() > 18) return false;
  if (value.find_first_not_of("0123456789") != std::string::npos) return false;
  if (value[0] == '0' && value != "0") return false;
  if (plain.method == "CONNECT" && value != "0") return false;
  plain.body_length = value;
  return true;
}

using ByName = std::map<std::string, std::vector<std::string>>;

bool judge_connection(Plain& plain, ByName& by_name, bool is_1_0) {
  std::set<std::string> options;
  std::size_t elements = 0;
  for (const std::string& value : by_name["connection"]) {
    if (value.empty()) continue;
    // A comma ends an element; nothing behind the last one is none.
    const std::string list = value.back() == ',' ? value.substr(0, value.size() - 1) : value;
    for (const std::string& part : split(list, ",")) {
      ++elements;
      options.insert(to_lower(stripped(part)));
    }
  }
  if (elements > 16) return false;
  const std::set<std::string> known = {
      "",        "close",    "keep-alive",     "upgrade",         "te",
      "trailer", "trailers", "http2-settings", "proxy-connection"};
  if (!std::includes(known.begin(), known.end(), options.begin(), options.end())) return false;
  const std::vector<std::string>& expect = by_name["expect"];
  if (expect.size() > 1 || (!expect.empty() && to_lower(expect[0]) != "100-continue")) return false;
  plain.expects_continue = !expect.empty() && !is_1_0;
  for (const std::string& value : by_name["proxy-connection"]) {
    for (const std::string& part : split(value, ",")) {
      const std::string option = to_lower(stripped(part));
      if (option == "close" || option == "keep-alive") options.insert(option);
    }
  }
  plain.keeps_open = options.count("close") == 0 && (!is_1_0 || options.count("keep-alive") == 1);
  plain.has_via = !by_name["via"].empty();
  return true;
}

bool judge_fields(Plain& plain, HeadPlace place, bool is_1_0) {
  ByName by_name;
  for (const auto& [name, value] : plain.fields) by_name[to_lower(name)].push_back(value);
  const bool is_connect = plain.method == "CONNECT";
  for (const char* single : {"host", "content-length", "transfer-encoding"}) {
    if (by_name[single].size() > 1) return false;
  }
  if (by_name["host"].empty()) {
    if (!is_connect && !is_1_0) return false;
  } else {
    const int port = place == HeadPlace::https_origin ? 443 : 80;
    const auto host = plain_authority(by_name["host"][0], port);
    if (!host) return false;
    if (!is_connect) plain.host = host;
    if (!is_connect && place == HeadPlace::proxy && plain.host != plain.authority) return false;
  }
  if (!by_name["content-length"].empty()) {
    if (!by_name["transfer-encoding"].empty()) return false;
    if (!read_length(plain, by_name["content-length"][0])) return false;
  }
  if (!by_name["transfer-encoding"].empty()) {
    if (is_connect || is_1_0 || by_name["transfer-encoding"][0] != "chunked") return false;
    plain.chunked = true;
  }
  if (is_connect) return true;
  return judge_connection(plain, by_name, is_1_0);
}

Plain read_plainly(const std::string& bytes, HeadPlace place) {
  Plain plain;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos || end + 4 > kBytesMax) return plain;
  const std::vector<std::string> lines = split(bytes.substr(0, end), "\r\n");
  if (lines.size() > kFieldLinesMax + 1) return plain;
  for (const std::string& line : lines) {
    for (const char byte : line) {
      const auto octet = static_cast<unsigned char>(byte);
      const bool in_request_line = &line == &lines[0];
      if (octet == 0x7f || (octet < 0x20 && (in_request_line || octet != '\t'))) return plain;
      if (octet >= 0x80 && in_request_line) return plain;
    }
  }
  const std::vector<std::string> parts = split(lines[0], " ");
  if (parts.size() != 3 || (parts[2] != "HTTP/1.0" && parts[2] != "HTTP/1.1")) return plain;
  plain.method = parts[0];
  plain.target = parts[1];
  if (plain.method.empty() || plain.method.find_first_not_of(kTchar) != std::string::npos ||
      plain.method.find_first_of("#abcdefghijklmnopqrstuvwxyz") != std::string::npos) {
    return plain;
  }
  if (!read_target(plain, place)) return plain;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string name = lines[i].substr(0, lines[i].find(':'));
    if (name.size() == lines[i].size() || name.empty()) return plain;
    if (name.find_first_not_of(kTchar) != std::string::npos) return plain;
    plain.fields.emplace_back(name, stripped(lines[i].substr(name.size() + 1)));
  }
  plain.accepted = judge_fields(plain, place, parts[2] == "HTTP/1.0");
  plain.size = end + 4;
  return plain;
}

bool is_that(const std::optional<Authority>& ours, const std::optional<PlainAuthority>& plain) {
  if (!ours || !plain) return ours.has_value() == plain.has_value();
  return plain->is(std::string(ours->host.text()), ours->port);
}

void compare(const RequestHead& head, const Plain& plain) {
  require(head.method == plain.method && head.target == plain.target && head.path == plain.path,
          "the parts of the request line are those");
  require(is_that(head.authority, plain.authority), "the authority is that");
  require(is_that(head.host, plain.host), "the Host is that");
  require(head.consumed == plain.size, "the head ends there");
  require(head.is_chunked == plain.chunked, "chunked or not");
  require((head.content_length ? std::to_string(*head.content_length) : "") == plain.body_length,
          "the length is that");
  require(head.keeps_open == plain.keeps_open, "the connection stays open or not");
  require(head.expects_continue == plain.expects_continue, "a 100 is waited for or not");
  require(head.has_via == plain.has_via, "it came through a proxy or not");
  std::size_t i = 0;
  for (const Field& field : head.fields) {
    require(i < plain.fields.size() && field.name == plain.fields[i].first &&
                field.value == plain.fields[i].second,
            "the fields are those");
    ++i;
  }
  require(i == plain.fields.size(), "no field is missing");
}

// The answer to a refused head is sound whatever was refused.
void answer(const HeadError& error) {
  Refusal refused;
  refused.reason = error.reason;
  refused.hint = error.what;
  require(refusal(refused).starts_with("HTTP/1.1 4"), "a refused head is the client's fault");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto place = static_cast<HeadPlace>(data[0] % 3);
  fuzz::Cuts cuts(data[1]);
  const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const HeadBounds bounds{kBytesMax, kFieldLinesMax};

  RequestHeadReader whole(place, bounds);
  const HeadProgress progress = whole.read(bytes);
  const Plain plain = read_plainly(bytes, place);
  require((progress == HeadProgress::done) == plain.accepted, "both accept or neither does");
  if (progress == HeadProgress::done) compare(whole.head(), plain);
  if (progress == HeadProgress::refused) answer(whole.error());

  RequestHeadReader cut(place, bounds);
  HeadProgress cut_progress = HeadProgress::need_more;
  std::unique_ptr<char[]> buffer;
  for (std::size_t end = 0; cut_progress == HeadProgress::need_more && end < bytes.size();) {
    end += std::min(cuts.next(), bytes.size() - end);
    auto moved = std::make_unique<char[]>(end);
    std::copy(bytes.data(), bytes.data() + end, moved.get());
    buffer = std::move(moved);
    cut_progress = cut.read({buffer.get(), end});
  }
  require(cut_progress == progress, "how the bytes are cut does not matter");
  if (progress == HeadProgress::done) compare(cut.head(), plain);
  if (progress == HeadProgress::refused) {
    require(cut.error().reason == whole.error().reason && cut.error().what == whole.error().what &&
                cut.error().is_connect == whole.error().is_connect,
            "nor does it for the error");
    require(whole.error().is_connect == bytes.starts_with("CONNECT "), "is_connect is told");
  }
  return 0;
}
