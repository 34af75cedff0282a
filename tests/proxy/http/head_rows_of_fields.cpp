#include "head_rows.h"

namespace sallyport::tests {
namespace {

constexpr std::string_view kMalformed = "malformed_request";

HeadRow connect(const std::string& fields, std::string_view expected) {
  return {"CONNECT with " + fields, "CONNECT a.example:443 HTTP/1.1\r\n" + fields + "\r\n",
          expected};
}

HeadRow post(const std::string& fields, std::string_view expected) {
  return {"POST with " + fields,
          "POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\n" + fields + "\r\n", expected};
}

HeadRow bare(const std::string& request_line, const std::string& fields, std::string_view expected,
             HeadPlace place = HeadPlace::proxy) {
  return {request_line + " with " + fields, request_line + "\r\n" + fields + "\r\n", expected,
          place};
}

}  // namespace

std::vector<HeadRow> host_rows() {
  const std::string get = "GET http://a.example/ HTTP/1.1";
  const std::string get_port = "GET http://a.example:8080/ HTTP/1.1";
  const std::string origin = "GET / HTTP/1.1";
  return {
      // Of a CONNECT the target alone counts.
      connect("", "done"),
      connect("Host: a.example:443\r\n", "done"),
      connect("Host: a.example\r\n", "done"),
      connect("hOST:a.example\r\n", "done"),
      connect("Host: other.example:80\r\n", "done"),
      connect("Host: [2001:db8::1]\r\n", "done"),
      connect("Host:\r\n", kMalformed),
      connect("Host: a.example:\r\n", kMalformed),
      connect("Host: u@a.example\r\n", kMalformed),
      connect("Host: a.example, b.example\r\n", kMalformed),
      connect("Host: a.example/\r\n", kMalformed),
      connect("Host: a%2eexample\r\n", kMalformed),
      connect("Host: \xc3\xa4.example\r\n", kMalformed),
      connect("Host: a.example:443\r\nHost: a.example:443\r\n", kMalformed),
      connect("Host: a.example:443\r\nX: y\r\nhost: b.example\r\n", kMalformed),
      // T09: of absolute-form the target counts, and Host must say the same.
      bare(get, "Host: a.example\r\n", "done"),
      bare(get, "Host: A.Example.:80\r\n", "done"),
      bare(get, "Host: a.example:443\r\n", "host_mismatch"),
      bare(get, "Host: evil.example\r\n", "host_mismatch"),
      bare(get, "Host: a.example.evil.example\r\n", "host_mismatch"),
      bare(get, "Host: xa.example\r\n", "host_mismatch"),
      bare(get, "Host:\r\n", kMalformed),
      bare(get, "Host: a.example:\r\n", kMalformed),
      bare(get, "Host: a.example\r\nHost: a.example\r\n", kMalformed),
      bare(get, "", kMalformed),
      bare("GET http://a.example/ HTTP/1.0", "", "done"),
      bare("GET http://a.example/ HTTP/1.0", "Host: b.example\r\n", "host_mismatch"),
      bare(get_port, "Host: a.example:8080\r\n", "done"),
      bare(get_port, "Host: a.example\r\n", "host_mismatch"),
      bare(get_port, "Host: a.example:80\r\n", "host_mismatch"),
      // In a tunnel Host is read, and compared by the caller.
      bare(origin, "Host: b.example:8443\r\n", "done", HeadPlace::https_origin),
      bare(origin, "", kMalformed, HeadPlace::https_origin),
      bare(origin, "Host:\r\n", kMalformed, HeadPlace::https_origin),
      bare("GET / HTTP/1.0", "", "done", HeadPlace::http_origin),
  };
}

std::vector<HeadRow> framing_rows() {
  return {
      // T44: a CONNECT has no body; WinHTTP says so with a length of 0.
      connect("Content-Length: 0\r\n", "done"),
      connect("Content-Length: 00\r\n", kMalformed),
      connect("Content-Length: 5\r\n", kMalformed),
      connect("Content-Length:\r\n", kMalformed),
      connect("Content-Length: 0\r\nContent-Length: 0\r\n", kMalformed),
      connect("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", kMalformed),
      connect("Transfer-Encoding: chunked\r\n", kMalformed),
      connect("Transfer-Encoding: identity\r\n", kMalformed),
      connect("Transfer-Encoding:\r\n", kMalformed),
      connect("Connection: keep-alive, Foo\r\n", "done"),
      // T39: one lower-case `chunked`, never with a length. These include all that Beast 1.81 took.
      post("Transfer-Encoding: chunked\r\n", "done"),
      post("transfer-ENCODING:\tchunked \r\n", "done"),
      post("Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n", kMalformed),
      post("Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n", kMalformed),
      post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", kMalformed),
      post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", kMalformed),
      post("Transfer-Encoding:\r\nContent-Length: 4\r\n", kMalformed),
      post("Transfer-Encoding: identity\r\nContent-Length: 4\r\n", kMalformed),
      post("Transfer-Encoding: chunked, identity\r\n", kMalformed),
      post("Transfer-Encoding: xchunked\r\n", kMalformed),
      post("Transfer-Encoding: gzip, chunked\r\n", kMalformed),
      post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", kMalformed),
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", kMalformed),
      post("Transfer-Encoding: chunked;q=1\r\n", kMalformed),
      post("Transfer-Encoding: chunked,\r\n", kMalformed),
      post("Transfer-Encoding: ,chunked\r\n", kMalformed),
      post("Transfer-Encoding: \"chunked\"\r\n", kMalformed),
      post("Transfer-Encoding: Chunked\r\n", kMalformed),
      post("Transfer-Encoding: chunked\x0b\r\n", kMalformed),
      post("Transfer-Encoding : chunked\r\n", kMalformed),
      post("Transfer-Encoding\t: chunked\r\n", kMalformed),
      post("Transfer-Encoding:\r\n chunked\r\n", kMalformed),
      post("X: y\r\n Transfer-Encoding: chunked\r\n", kMalformed),
      bare("POST http://a.example/ HTTP/1.0", "Transfer-Encoding: chunked\r\n", kMalformed),
      // T40: a length has one spelling.
      post("Content-Length: 0\r\n", "done"),
      post("Content-Length: 18\r\n", "done"),
      post("Content-Length: 999999999999999999\r\n", "done"),
      post("Content-Length: 9223372036854775808\r\n", kMalformed),
      post("Content-Length: 18446744073709551617\r\n", kMalformed),
      post("Content-Length: 4\r\nContent-Length: 4\r\n", kMalformed),
      post("Content-Length: 4\r\nContent-Length: 5\r\n", kMalformed),
      post("Content-Length: 4, 4\r\n", kMalformed),
      post("Content-Length: 4,\r\n", kMalformed),
      post("Content-Length:\r\n", kMalformed),
      post("Content-Length: 04\r\n", kMalformed),
      post("Content-Length: +4\r\n", kMalformed),
      post("Content-Length: -4\r\n", kMalformed),
      post("Content-Length: 0x4\r\n", kMalformed),
      post("Content-Length: 4 4\r\n", kMalformed),
      post("Content-Length: 4.0\r\n", kMalformed),
      post("Content-Length: 1e3\r\n", kMalformed),
      post("Content-Length: \"4\"\r\n", kMalformed),
      post("Content-Length: 4;x\r\n", kMalformed),
      post("Content-Length: 1_000\r\n", kMalformed),
      post("Content-Length: \xd9\xa4\r\n", kMalformed),
      // T46: Connection strips nothing that the next hop relies on.
      post("Connection: close\r\n", "done"),
      post("Connection: Keep-Alive, Upgrade, HTTP2-Settings\r\n", "done"),
      post("Connection: TE, close\r\n", "done"),
      post("Connection:\r\n", "done"),
      post("Connection: close, host\r\n", kMalformed),
      post("Connection: Authorization\r\n", kMalformed),
      post("Connection: keep-alive\r\nConnection: x-amz-date\r\n", kMalformed),
      post("Connection: transfer-encoding\r\n", kMalformed),
      post("Connection: close;host\r\n", kMalformed),
  };
}

std::vector<HeadRow> byte_rows() {
  const std::string begin = "CONNECT a.example:443 HTTP/1.1\r\n";
  std::string fields_128;
  for (int i = 0; i < 128; ++i) fields_128 += "X:\r\n";
  std::string fields_10000;
  for (int i = 0; i < 10000; ++i) fields_10000 += "X:\r\n";
  const std::string large = "X: " + std::string(65536 - begin.size() - 3 - 4, 'x');
  std::vector<HeadRow> rows = {
      // T41: field syntax.
      connect("X: y\r\n", "done"),
      connect("X:y\r\n", "done"),
      connect("X:\t y \t\r\n", "done"),
      connect("X: a\tb\r\n", "done"),
      connect("X:\r\n", "done"),
      connect("X: \xe4\xff\x80\r\n", "done"),
      connect("!#$%&'*+-.^_`|~09azAZ: y\r\n", "done"),
      connect("X: a:b\r\n", "done"),
      connect(" X: y\r\n", kMalformed),
      connect("\tX: y\r\n", kMalformed),
      connect("X: y\r\n z\r\n", kMalformed),
      connect("X: y\r\n\tz\r\n", kMalformed),
      connect("Host: a.example\r\n .evil.example\r\n", kMalformed),
      connect("X : y\r\n", kMalformed),
      connect("X\t: y\r\n", kMalformed),
      connect(": y\r\n", kMalformed),
      connect("X\r\n", kMalformed),
      connect("X y\r\n", kMalformed),
      connect("X(: y\r\n", kMalformed),
      connect("X@: y\r\n", kMalformed),
      connect("X\xe4: y\r\n", kMalformed),
      connect("\"X\": y\r\n", kMalformed),
      connect("X: y\n", kMalformed),
      connect("X: y\nZ: z\r\n", kMalformed),
      connect("X: y\rZ: z\r\n", kMalformed),
      connect("X: y\r\r\n", kMalformed),
      connect(std::string("X: \0y\r\n", 7), kMalformed),
      connect("X: \x7f\r\n", kMalformed),
      {"LF behind the request line", "CONNECT a.example:443 HTTP/1.1\n\r\n", kMalformed},
      {"LF for the empty line", begin + "X: y\r\n\n", kMalformed},
      {"CR behind the request line", "CONNECT a.example:443 HTTP/1.1\r\r\n\r\n", kMalformed},
      {"an empty line first", "\r\nCONNECT a.example:443 HTTP/1.1\r\n\r\n", kMalformed},
      {"an LF first", "\nCONNECT a.example:443 HTTP/1.1\r\n\r\n", kMalformed},
      {"HTTP/0.9", "GET /\r\n", kMalformed},
      {"SSH", "SSH-2.0-OpenSSH_9.2\r\n", kMalformed},
      {"SMTP", "EHLO a.example\r\n", kMalformed},
      {"a TLS record", "\x16\x03\x01\x02", kMalformed},
      {"SOCKS4", "\x04\x01\x01\xbb", kMalformed},
      {"SOCKS5", "\x05\x01", kMalformed},
      // T51: how much.
      {"128 field lines", begin + fields_128 + "\r\n", "done"},
      {"129 field lines", begin + fields_128 + "Y:\r\n\r\n", "header_too_large"},
      {"10,000 empty fields", begin + fields_10000 + "\r\n", "header_too_large"},
      {"a head of 64 KiB", begin + large + "\r\n\r\n", "done"},
      {"a head of 64 KiB and a byte", begin + large + "x\r\n\r\n", "header_too_large"},
      {"a URL of 64 KiB", "GET http://a.example/" + std::string(65536, 'x'), "header_too_large"},
      {"a method of 64 KiB", std::string(65536, 'X'), "header_too_large"},
  };
  for (int byte = 0; byte < 0x20; ++byte) {
    if (byte == '\t') continue;
    rows.push_back(connect(std::string("X: a") + static_cast<char>(byte) + "b\r\n", kMalformed));
    rows.push_back(connect(std::string("X") + static_cast<char>(byte) + ": b\r\n", kMalformed));
  }
  return rows;
}

// LAB.md, Clients.
std::vector<HeadRow> real_client_rows() {
  const std::string v11 = "CONNECT h.example:443 HTTP/1.1\r\n";
  const std::string v10 = "CONNECT h.example:443 HTTP/1.0\r\n";
  const std::string host = "Host: h.example:443\r\n";
  return {
      {"curl", v11 + host + "User-Agent: curl/7.88.1\r\nProxy-Connection: Keep-Alive\r\n\r\n",
       "done"},
      {"wget", v11 + "User-Agent: Wget/1.21.3\r\n" + host + "\r\n", "done"},
      {"git", v11 + host + "User-Agent: git/2.39.5\r\nProxy-Connection: Keep-Alive\r\n\r\n",
       "done"},
      {"apt over https", v11 + host + "User-Agent: Debian APT-HTTP/1.3 (2.6.1)\r\n\r\n", "done"},
      {"apt over http",
       "GET http://h.example/deb/./InRelease HTTP/1.1\r\nHost: h.example\r\n"
       "Cache-Control: max-age=0\r\nAccept: text/*\r\n\r\n",
       "done"},
      {"pip, requests, urllib3, boto3, AWS CLI", v10 + "\r\n", "done"},
      {"AWS SDK for JavaScript with https-proxy-agent",
       v11 + host + "Proxy-Connection: close\r\n\r\n", "done"},
      {"hpagent", v11 + host + "connection: close\r\n\r\n", "done"},
      {"npm", v11 + host + "proxy-connection: keep-alive\r\nuser-agent: npm/11.19\r\n\r\n", "done"},
      {"Node 24 fetch, undici",
       "CONNECT h.example:80 HTTP/1.1\r\nhost: h.example\r\nconnection: close\r\n"
       "proxy-connection: keep-alive\r\n\r\n",
       "done"},
      {"Node 24 https.get", v11 + host + "proxy-connection: keep-alive\r\n\r\n", "done"},
      {"Java HttpURLConnection",
       v11 + "User-Agent: Java/17.0.13\r\nHost: h.example\r\n"
             "Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\r\n"
             "Proxy-Connection: keep-alive\r\n\r\n",
       "done"},
      {"Java HttpClient", v11 + host + "\r\n", "done"},
      {"Go, kubectl, docker", v11 + host + "User-Agent: Go-http-client/1.1\r\n\r\n", "done"},
      {"openssl s_client", v10 + "Proxy-Connection: Keep-Alive\r\n\r\n", "done"},
      {"socat", "CONNECT h.example:22 HTTP/1.0\r\n\r\n", "done"},
      {"WinHTTP",
       v11 + "User-Agent: x\r\nProxy-Connection: Keep-Alive\r\nContent-Length: 0\r\n" + host +
           "Pragma: no-cache\r\n\r\n",
       "done"},
      {"Chromium",
       v11 + host + "Proxy-Connection: keep-alive\r\nUser-Agent: Mozilla/5.0 (X11)\r\n\r\n",
       "done"},
      {"Firefox",
       v11 +
           "User-Agent: Mozilla/5.0 (X11)\r\nProxy-Connection: keep-alive\r\n"
           "Connection: keep-alive\r\n" +
           host + "\r\n",
       "done"},
      {"curl to an IPv6 literal",
       "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n", "done"},
  };
}

}  // namespace sallyport::tests
