#include "proxy/http/forwarded_head.h"

#include <array>
#include <charconv>
#include <cstddef>

#include "proxy/http/connection_options.h"
#include "proxy/http/octets.h"

namespace sallyport {
namespace {

// More than what is written beside the lines that came: a request line without its scheme and host
// is shorter than it was, a Host is 255 bytes and a port, a pseudonym and the fixed lines the rest.
constexpr std::size_t kAddedBytes = 512;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kWebsocketLines = "Connection: Upgrade\r\nUpgrade: websocket\r\n";

// The fields of one hop whatever Connection says: RFC 9110 section 7.6.1, RFC 7540 section 3.2.1,
// and all that is between a client and its proxy. TE may always be left out (RFC 9110 section
// 10.1.4): no trailer of an answer is then owed.
bool is_hop_by_hop(std::string_view name) {
  constexpr std::string_view kProxy = "Proxy-";
  switch (name.size()) {
    case 2:
      return equal_ignoring_case(name, "TE");
    case 5:  // a reserved name (RFC 9110 section 18.4), and an option of Connection
      return equal_ignoring_case(name, "Close");
    case 7:
      if (equal_ignoring_case(name, "Upgrade")) return true;
      break;
    case 10:
      if (equal_ignoring_case(name, "Connection")) return true;
      if (equal_ignoring_case(name, "Keep-Alive")) return true;
      break;
    case 14:
      if (equal_ignoring_case(name, "HTTP2-Settings")) return true;
      break;
    default:
      break;
  }
  return begins_ignoring_case(name, kProxy);
}

bool is_trailer(std::string_view name) {
  return equal_ignoring_case(name, "Trailer") || equal_ignoring_case(name, "Trailers");
}

bool is_body_framing(std::string_view name) {
  return equal_ignoring_case(name, "Content-Length") ||
         equal_ignoring_case(name, "Transfer-Encoding");
}

// Appends the lines whose name is not dropped, as they came. What stands between two dropped lines
// is copied at once.
template <typename IsDropped>
void append_lines(std::string& out, const FieldLines& fields, IsDropped is_dropped) {
  const std::string_view block = fields.block();
  std::size_t kept_begin = 0;
  for (std::size_t begin = 0; begin < block.size();) {
    const std::size_t end = block.find(kLineEnd, begin) + kLineEnd.size();
    const std::string_view line = block.substr(begin, end - begin);
    if (is_dropped(line.substr(0, line.find(':')))) {
      out.append(block, kept_begin, begin - kept_begin);
      kept_begin = end;
    }
    begin = end;
  }
  out.append(block, kept_begin);
}

void append_number(std::string& out, unsigned number) {
  std::array<char, 10> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_host(std::string& out, const Authority& origin, Scheme scheme) {
  const std::string_view host = origin.host.text();
  const bool has_brackets = host.find(':') != std::string_view::npos;
  out += has_brackets ? "Host: [" : "Host: ";
  out += host;
  if (has_brackets) out += ']';
  if (origin.port != (scheme == Scheme::https ? 443 : 80)) {
    out += ':';
    append_number(out, origin.port);
  }
  out += kLineEnd;
}

// Each hop tells the version that it was spoken to in (RFC 9110 section 7.6.3).
void append_via(std::string& out, HttpVersion received, std::string_view pseudonym) {
  if (pseudonym.empty()) return;
  out += received == HttpVersion::http_1_0 ? "Via: 1.0 " : "Via: 1.1 ";
  out += pseudonym;
  out += kLineEnd;
}

void append_status_line(std::string& out, const ResponseHead& head) {
  out += "HTTP/1.1 ";
  append_number(out, head.status);
  out += ' ';
  out += head.reason_phrase;
  out += kLineEnd;
}

// The fields of a response that end here whatever the client is.
class ResponseFieldsThatEnd {
 public:
  explicit ResponseFieldsThatEnd(const FieldLines& fields)
      : fields_(fields), strips_any_(connection_strips_any(fields)) {}

  bool has(std::string_view name) const {
    return is_hop_by_hop(name) || equal_ignoring_case(name, "Alt-Svc") ||
           (strips_any_ && connection_strips(fields_, name));
  }

 private:
  const FieldLines& fields_;
  bool strips_any_;
};

/// Of a 1xx: no body is behind it.
void append_bodyless_lines(std::string& out, const ResponseHead& head) {
  const ResponseFieldsThatEnd ending(head.fields);
  append_status_line(out, head);
  append_lines(out, head.fields, [&](std::string_view name) {
    return is_body_framing(name) || is_trailer(name) || ending.has(name);
  });
}

}  // namespace

void append_request_head(std::string& out, const RequestHead& head, const RequestForwarding& how) {
  out.reserve(out.size() + head.consumed + kAddedBytes);
  out += head.method;
  out += ' ';
  // Never `*` for an absolute-form OPTIONS without a path (RFC 9112 section 3.2.4): what is judged
  // is `/`, and what leaves is what was judged.
  if (head.lacks_slash()) out += '/';
  out += head.path;
  out += " HTTP/1.1\r\n";
  if (!head.host) append_host(out, how.origin, head.scheme.value_or(Scheme::http));
  append_lines(out, head.fields, [&head](std::string_view name) {
    return is_hop_by_hop(name) || (is_trailer(name) && connection_names(head.fields, name));
  });
  if (head.upgrade == UpgradeOffer::websocket) out += kWebsocketLines;
  append_via(out, head.version, how.via);
  out += kLineEnd;
}

void append_response_head(std::string& out, const ResponseHead& head,
                          const ResponseForwarding& how) {
  constexpr std::uint16_t kNoContent = 204;
  const bool is_1_0 = how.client_version == HttpVersion::http_1_0;
  const ResponseFieldsThatEnd ending(head.fields);
  out.reserve(out.size() + head.reason_phrase.size() + head.fields.block().size() + kAddedBytes);
  append_status_line(out, head);
  append_lines(out, head.fields, [&](std::string_view name) {
    if (is_trailer(name)) return true;
    if (head.status == kNoContent && is_body_framing(name)) return true;
    if (is_1_0 && equal_ignoring_case(name, "Transfer-Encoding")) return true;
    return ending.has(name);
  });
  append_via(out, head.version, how.via);
  if (!how.keeps_open) {
    out += "Connection: close\r\n";
  } else if (is_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += kLineEnd;
}

void append_interim_head(std::string& out, const ResponseHead& head) {
  constexpr std::uint16_t kContinue = 100;
  if (head.status == kContinue) {
    out += "HTTP/1.1 100 Continue\r\n\r\n";
    return;
  }
  append_bodyless_lines(out, head);
  out += kLineEnd;
}

void append_websocket_head(std::string& out, const ResponseHead& head, std::string_view via) {
  append_bodyless_lines(out, head);
  out += kWebsocketLines;
  append_via(out, head.version, via);
  out += kLineEnd;
}

}  // namespace sallyport
