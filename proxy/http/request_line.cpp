#include "proxy/http/request_line.h"

#include <algorithm>

#include "proxy/http/octets.h"

namespace sallyport {
namespace {

using Refused = std::optional<HeadError>;

Refused malformed(const char* what) { return HeadError{Reason::malformed_request, what}; }
Refused invalid_host(const char* what) { return HeadError{Reason::invalid_host, what}; }

Refused read_version(std::string_view text, HttpVersion& out) {
  if (text == "HTTP/1.1") {
    out = HttpVersion::http_1_1;
    return std::nullopt;
  }
  if (text == "HTTP/1.0") {
    out = HttpVersion::http_1_0;
    return std::nullopt;
  }
  if (text == "HTTP/2.0") return malformed("HTTP/2 is not spoken here; use HTTP/1.1");
  return malformed("the request line must end in HTTP/1.1 or HTTP/1.0");
}

bool is_method(std::string_view method) {
  return !method.empty() && std::all_of(method.begin(), method.end(), is_method_byte);
}

// A NUL that hides in the path has two readings everywhere (SEMANTICS.md section 6).
bool holds_encoded_nul(std::string_view path) {
  return path.substr(0, path.find('?')).find("%00") != std::string_view::npos;
}

Refused read_connect(RequestLine& out) {
  out.form = TargetForm::authority;
  out.path = {};
  out.authority = parse_authority(out.target);
  if (out.authority) return std::nullopt;
  return invalid_host("CONNECT takes host:port and nothing else, such as CONNECT example.com:443");
}

Refused refuse_scheme(std::string_view target) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) {
    return malformed("a proxy needs the whole URL as target: http://host/path");
  }
  if (equal_ignoring_case(target.substr(0, colon), "https")) {
    return malformed("https needs CONNECT: send CONNECT host:443, then TLS inside the tunnel");
  }
  return malformed("a target must begin with http://; everything else needs CONNECT");
}

Refused read_absolute(RequestLine& out) {
  out.form = TargetForm::absolute;
  constexpr std::string_view kHttp = "http://";
  if (!begins_ignoring_case(out.target, kHttp)) return refuse_scheme(out.target);
  const std::string_view rest = out.target.substr(kHttp.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::size_t authority_end = std::min(rest.substr(0, slash).find('?'), slash);
  out.path = rest.substr(authority_end);
  out.authority = parse_authority(rest.substr(0, authority_end), 80);
  if (!out.authority) {
    return invalid_host(
        "the URL must name a host, with a port or without: http://host[:port]/path");
  }
  return std::nullopt;
}

Refused read_origin(RequestLine& out) {
  if (out.method == "CONNECT") return malformed("CONNECT inside a tunnel is not served");
  out.path = out.target;
  if (out.target == "*") {
    out.form = TargetForm::asterisk;
    if (out.method == "OPTIONS") return std::nullopt;
    return malformed("only OPTIONS may have * as its target");
  }
  out.form = TargetForm::origin;
  if (out.target.front() == '/') return std::nullopt;
  return malformed("inside a tunnel the target must be a path that begins with /");
}

Refused read_target(HeadPlace place, RequestLine& out) {
  if (place != HeadPlace::proxy) return read_origin(out);
  if (out.method == "CONNECT") return read_connect(out);
  if (out.target.front() == '/') {
    return malformed("this is a proxy: the target must be a whole URL, http://host/path");
  }
  return read_absolute(out);
}

}  // namespace

std::optional<HeadError> read_request_line(std::string_view line, HeadPlace place,
                                           RequestLine& out) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || second == first + 1 ||
      line.find(' ', second + 1) != std::string_view::npos) {
    return malformed(
        "a request line is a method, a target and a version with one space between them");
  }
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, second - first - 1);
  if (!is_method(out.method)) {
    return malformed("a method is a token in upper case, such as CONNECT");
  }
  if (Refused refused = read_version(line.substr(second + 1), out.version)) return refused;
  if (out.target.find('#') != std::string_view::npos) {
    return malformed("a target has no fragment; percent-encode # as %23");
  }
  if (out.target.find('\\') != std::string_view::npos) {
    return malformed("a target has no backslash; percent-encode it as %5C");
  }
  if (Refused refused = read_target(place, out)) return refused;
  if (holds_encoded_nul(out.path)) return malformed("a path holds no NUL (%00)");
  return std::nullopt;
}

}  // namespace sallyport
