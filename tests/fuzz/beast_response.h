// What Boost.Beast 1.81 makes of a response head: a second parser that others wrote, as the oracle
// of ours. Whatever we accept, it must accept with the same parts and the same framing, but for the
// known differences that are listed here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "proxy/http/body_framing.h"
#include "proxy/http/octets.h"
#include "proxy/http/response_head.h"
#include "tests/fuzz/require.h"

namespace sallyport::fuzz {

/// Beast's parser, which keeps what it is told.
class BeastResponse : public boost::beast::http::basic_parser<false> {
 public:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  explicit BeastResponse(bool is_head_method) {
    header_limit(1 << 20);
    body_limit(boost::none);
    skip(is_head_method);
  }

  int status = 0;
  int version = 0;
  std::string phrase;
  std::vector<std::pair<std::string, std::string>> fields;

 private:
  void on_request_impl(boost::beast::http::verb, Text, Text, int, Error&) override {}
  void on_response_impl(int code, Text reason, int its_version, Error&) override {
    status = code;
    version = its_version;
    phrase = std::string(reason);
  }
  void on_field_impl(boost::beast::http::field, Text name, Text value, Error&) override {
    fields.emplace_back(name, value);
  }
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text body, Error&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error&) override { return body.size(); }
  void on_finish_impl(Error&) override {}
};

/// Where Beast reads otherwise: at a status line that ends behind the status, which it refuses (it
/// is shown the space that is missing), and in Connection and Proxy-Connection, neither of which
/// says where a body ends.
struct KnownDifferences {
  /// Beast refuses a list that holds anything but tokens, such as `Connection: a b`; we look for
  /// the two words that we know.
  bool may_be_refused = false;
  /// Beast takes Proxy-Connection for Connection, and in HTTP/1.0 does not heed `close` beside
  /// `keep-alive`; we close then.
  bool may_keep_alive_otherwise = false;
};

inline KnownDifferences known_differences(const ResponseHead& head) {
  KnownDifferences known;
  for (const Field& field : head.fields) {
    const bool is_proxy_connection = equal_ignoring_case(field.name, "Proxy-Connection");
    if (!is_proxy_connection && !equal_ignoring_case(field.name, "Connection")) continue;
    if (is_proxy_connection || head.version == HttpVersion::http_1_0) {
      known.may_keep_alive_otherwise = true;
    }
    for (const char byte : field.value) {
      if (!is_token_byte(byte) && byte != ',') known.may_be_refused = true;
    }
  }
  return known;
}

/// `bytes` is a head that we accepted, all of it.
inline void compare_with_beast(std::string bytes, const ResponseHead& head, bool is_head_method) {
  constexpr std::size_t kStatusEnd = 12;
  if (bytes[kStatusEnd] == '\r') bytes.insert(kStatusEnd, " ");
  const KnownDifferences known = known_differences(head);
  BeastResponse beast(is_head_method);
  boost::beast::error_code error;
  const std::size_t read = beast.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error && known.may_be_refused) return;
  require(!error && beast.is_header_done(), "Beast accepts the head");
  require(read == bytes.size(), "Beast sees its end there");
  require(beast.status == head.status && beast.phrase == head.reason_phrase &&
              beast.version == (head.version == HttpVersion::http_1_1 ? 11 : 10),
          "Beast reads the same status line");
  std::size_t i = 0;
  for (const Field& field : head.fields) {
    require(i < beast.fields.size() && beast.fields[i].first == field.name &&
                beast.fields[i].second == field.value,
            "Beast reads the same fields");
    ++i;
  }
  require(i == beast.fields.size(), "Beast reads no further field");

  const Framing framing = framing_of(head, is_head_method);
  const bool has_no_byte = framing.kind == Framing::none ||
                           (framing.kind == Framing::length && framing.content_length == 0);
  require(beast.is_done() == has_no_byte, "Beast waits for a body where there is one");
  if (!has_no_byte) {
    require(beast.chunked() == (framing.kind == Framing::chunked), "chunked for both or neither");
    require(beast.need_eof() == (framing.kind == Framing::until_close), "likewise until close");
    require(!head.content_length || beast.content_length() == *head.content_length,
            "and the length is the same");
  }
  if (!known.may_keep_alive_otherwise && framing.kind != Framing::until_close) {
    require(beast.keep_alive() == head.keeps_open, "the connection stays open for both or neither");
  }
}

}  // namespace sallyport::fuzz
