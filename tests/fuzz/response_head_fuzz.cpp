// Response heads against two other readings: a slow one over the whole buffer, by RFC 9112 and
// SEMANTICS.md section 9 and nothing of the gate's parser, which must accept exactly what ours does
// and tell the same parts; and Boost.Beast's, which must accept all that ours does
// (beast_response.h). However the bytes are cut, the result is the same.
//
// The first byte says whether it answers a HEAD, the second how the rest is cut into reads
// (cuts.h).
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/http/response_head.h"
#include "tests/fuzz/beast_response.h"
#include "tests/fuzz/cuts.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

const std::string kDigits = "0123456789";
const std::string kTchar =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kBytesMax = 2048;
constexpr std::size_t kFieldLinesMax = 8;

std::string lower(std::string text) {
  for (char& byte : text) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte + 32);
  }
  return text;
}

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
  bool is_1_0 = false;
  std::string status, phrase;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body_length;
  bool chunked = false;
  bool keeps_open = false;
  std::size_t size = 0;
};

bool read_status_line(Plain& plain, const std::string& line) {
  const std::string version = line.substr(0, 9);
  if (version != "HTTP/1.0 " && version != "HTTP/1.1 ") return false;
  plain.is_1_0 = version == "HTTP/1.0 ";
  plain.status = line.substr(9, 3);
  if (plain.status.size() != 3 || plain.status < "100" || plain.status > "599") return false;
  if (plain.status.find_first_not_of(kDigits) != std::string::npos) return false;
  if (line.size() == 12) return true;
  plain.phrase = line.substr(13);
  return line[12] == ' ';
}

bool judge_fields(Plain& plain) {
  std::map<std::string, std::vector<std::string>> by_name;
  for (const auto& [name, value] : plain.fields) by_name[lower(name)].push_back(value);
  const auto& lengths = by_name["content-length"];
  const auto& codings = by_name["transfer-encoding"];
  if (lengths.size() + codings.size() > 1) return false;
  const bool never_has_body = plain.status[0] == '1' || plain.status == "204";
  if (!lengths.empty()) {
    const std::string& value = lengths[0];
    if (value.empty() || value.find_first_not_of(kDigits) != std::string::npos) return false;
    if (value[0] == '0' && value != "0") return false;
    if (value.size() > 19 || (value.size() == 19 && value > "9223372036854775807")) return false;
    if (never_has_body && value != "0") return false;
    plain.body_length = value;
  }
  if (!codings.empty()) {
    if (lower(codings[0]) != "chunked" || plain.is_1_0 || never_has_body) return false;
    plain.chunked = true;
  }
  std::vector<std::string> options;
  std::ptrdiff_t elements = 0;  // the empty ones too, but for one behind the last comma
  for (const std::string& value : by_name["connection"]) {
    elements += std::count(value.begin(), value.end(), ',');
    if (!value.empty() && value.back() != ',') ++elements;
    for (const std::string& part : split(value, ",")) options.push_back(lower(stripped(part)));
  }
  if (elements > 64) return false;
  const auto has = [&](const char* option) {
    return std::find(options.begin(), options.end(), option) != options.end();
  };
  plain.keeps_open = !has("close") && (!plain.is_1_0 || has("keep-alive"));
  return true;
}

Plain read_plainly(const std::string& bytes) {
  Plain plain;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos || end + 4 > kBytesMax) return plain;
  const std::vector<std::string> lines = split(bytes.substr(0, end), "\r\n");
  if (lines.size() > kFieldLinesMax + 1) return plain;
  for (const unsigned char octet : bytes.substr(0, end)) {
    const bool is_text = octet == '\t' || (octet >= 0x20 && octet != 0x7f);
    if (!is_text && octet != '\r' && octet != '\n') return plain;
  }
  for (const std::string& line : lines) {
    if (line.find_first_of("\r\n") != std::string::npos) return plain;
  }
  if (!read_status_line(plain, lines[0])) return plain;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string name = lines[i].substr(0, lines[i].find(':'));
    if (name.size() == lines[i].size() || name.empty()) return plain;
    if (name.find_first_not_of(kTchar) != std::string::npos) return plain;
    plain.fields.emplace_back(name, stripped(lines[i].substr(name.size() + 1)));
  }
  plain.accepted = judge_fields(plain);
  plain.size = end + 4;
  return plain;
}

void compare(const ResponseHead& head, const Plain& plain) {
  require((head.version == HttpVersion::http_1_0) == plain.is_1_0 &&
              std::to_string(head.status) == plain.status && head.reason_phrase == plain.phrase,
          "the parts of the status line are those");
  require(head.consumed == plain.size, "the head ends there");
  require(head.is_chunked == plain.chunked, "chunked or not");
  require((head.content_length ? std::to_string(*head.content_length) : "") == plain.body_length,
          "the length is that");
  require(head.keeps_open == plain.keeps_open, "the connection stays open or not");
  std::size_t i = 0;
  for (const Field& field : head.fields) {
    require(i < plain.fields.size() && field.name == plain.fields[i].first &&
                field.value == plain.fields[i].second,
            "the fields are those");
    ++i;
  }
  require(i == plain.fields.size(), "no field is missing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const bool is_head_method = data[0] % 2 == 1;
  fuzz::Cuts cuts(data[1]);
  const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const HeadBounds bounds{kBytesMax, kFieldLinesMax};

  ResponseHeadReader whole(bounds);
  const HeadProgress progress = whole.read(bytes);
  const Plain plain = read_plainly(bytes);
  require((progress == HeadProgress::done) == plain.accepted, "both accept or neither does");
  if (progress == HeadProgress::done) {
    compare(whole.head(), plain);
    fuzz::compare_with_beast(bytes.substr(0, plain.size), whole.head(), is_head_method);
  }
  if (progress == HeadProgress::refused) {
    require(whole.error().reason == Reason::origin_malformed,
            "a refused head is the origin's fault");
  }

  ResponseHeadReader cut(bounds);
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
    require(std::string(cut.error().what) == whole.error().what, "nor does it for the error");
  }
  return 0;
}
