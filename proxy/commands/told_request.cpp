#include "proxy/commands/told_request.h"

#include <boost/json/parse.hpp>

#include "policy/loader/value_text.h"
#include "proxy/commands/duplicate_key.h"

namespace sallyport {
namespace {

namespace json = boost::json;

/// What is wrong with a line; caught by the reader.
struct Wrong {
  std::string what;
};

std::string text_of(std::string_view key, const json::value& value) {
  if (!value.is_string()) throw Wrong{"`" + std::string(key) + "` must be a string"};
  return std::string(value.get_string());
}

IpAddress address_of(std::string_view key, const json::value& value) {
  const auto address = IpAddress::parse(text_of(key, value));
  if (!address) throw Wrong{"`" + std::string(key) + "` must be an IP address"};
  return *address;
}

std::vector<IpAddress> addresses_of(const json::value& value) {
  std::vector<IpAddress> addresses;
  if (!value.is_array()) return {address_of("address", value)};
  for (const json::value& each : value.get_array()) {
    addresses.push_back(address_of("address", each));
  }
  return addresses;
}

void read_field(std::string_view key, const json::value& value, ToldRequest& request) {
  ToldAttempt& attempt = request.attempt;
  if (key == "id") {
    request.id = value;
  } else if (key == "client") {
    attempt.client = address_of(key, value);
  } else if (key == "method") {
    attempt.method = text_of(key, value);
  } else if (key == "url") {
    attempt.url = text_of(key, value);
  } else if (key == "address") {
    attempt.addresses = addresses_of(value);
  } else if (key == "sni") {
    attempt.sni = text_of(key, value);
  } else if (key == "first_bytes") {
    const auto kind = first_bytes_of(text_of(key, value));
    if (!kind) throw Wrong{"`first_bytes` is tls, http, other or silence"};
    attempt.first_bytes = *kind;
  } else if (key == "time") {
    std::string error;
    const auto time = parse_time(text_of(key, value), error);
    if (!time) throw Wrong{"`time`: " + error};
    attempt.time = *time;
  } else if (key != "headers" && key != "body_base64") {
    // Headers and bodies are those of requests, which this version does not read.
    throw Wrong{"unknown key `" + std::string(key) +
                "`; a line is {\"method\": \"CONNECT\", \"url\": \"example.org:443\", ...}"};
  }
}

}  // namespace

std::optional<ToldRequest> read_told_request(std::string_view line, TimePoint now,
                                             std::string& error) {
  json::error_code parse_error;
  const json::value value = json::parse({line.data(), line.size()}, parse_error);
  if (parse_error || !value.is_object()) {
    error = "not a JSON object";
    return std::nullopt;
  }
  if (const auto twice = duplicate_key(line)) {
    error = "the key `" + *twice + "` stands twice";
    return std::nullopt;
  }
  ToldRequest request;
  request.attempt.time = now;
  try {
    for (const auto& [key, field] : value.get_object()) {
      read_field({key.data(), key.size()}, field, request);
    }
  } catch (const Wrong& wrong) {
    error = wrong.what;
    return std::nullopt;
  }
  if (request.attempt.method.empty() || request.attempt.url.empty()) {
    error = "`method` and `url` are needed";
    return std::nullopt;
  }
  return request;
}

std::optional<FirstBytes::Kind> first_bytes_of(std::string_view name) {
  for (const auto kind : {FirstBytes::Kind::tls, FirstBytes::Kind::http, FirstBytes::Kind::other,
                          FirstBytes::Kind::silence}) {
    if (text(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace sallyport
