// A second, slow and obvious reading of a SigV4 Authorization (FACTS section 2, "SigV4 parser
// rules"): the oracle of aws_credentials_fuzz.cpp. It shares nothing with ours.
#pragma once

#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace sallyport::fuzz {

struct PlainSigV4 {
  std::string access_key_id;
  std::string region;
  std::string service;
};

/// What such a value signs with; nothing where it is not whole.
inline std::optional<PlainSigV4> plain_sigv4(const std::string& value) {
  static const std::regex kLine("AWS4-HMAC-SHA256 +([^ ][^]*)");
  static const std::regex kItem(" *([A-Za-z]+)=([^, ]*) *");
  static const std::regex kScope(
      "([A-Za-z0-9_]{1,128})/[0-9]{8}/([a-z0-9-]{1,64})/([A-Za-z0-9-]{1,64})/aws4_request");
  static const std::regex kName("[a-z0-9!#$%&'*+.^_`|~-]+");
  static const std::regex kSignature("[0-9a-fA-F]{1,256}");
  std::smatch line;
  if (!std::regex_match(value, line, kLine)) return std::nullopt;

  std::map<std::string, std::string> items;
  std::string item;
  for (const char c : line[1].str() + ",") {
    if (c != ',') {
      item += c;
      continue;
    }
    std::smatch match;
    if (!std::regex_match(item, match, kItem)) return std::nullopt;
    if (!items.emplace(match[1], match[2]).second) return std::nullopt;
    item.clear();
  }
  if (items.size() != 3 || items.count("Credential") == 0 || items.count("SignedHeaders") == 0 ||
      items.count("Signature") == 0) {
    return std::nullopt;
  }

  bool has_host = false;
  std::string name;
  for (const char c : items["SignedHeaders"] + ";") {
    if (c != ';') {
      name += c;
      continue;
    }
    if (!std::regex_match(name, kName)) return std::nullopt;
    has_host = has_host || name == "host";
    name.clear();
  }
  std::smatch scope;
  if (!has_host || !std::regex_match(items["Signature"], kSignature) ||
      !std::regex_match(items["Credential"], scope, kScope)) {
    return std::nullopt;
  }
  return PlainSigV4{scope[1], scope[2], scope[3]};
}

/// The account by Steele's formula (FACTS section 1.1), which is another than ours.
inline std::optional<std::string> plain_account(const std::string& id) {
  static const std::regex kId("A[KS]IA[A-Z2-7]{12,124}");
  if (!std::regex_match(id, kId)) return std::nullopt;
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  long long value = 0;
  for (std::size_t i = 4; i < 12; ++i) {
    value = value * 32 + static_cast<long long>(alphabet.find(id[i]));
  }
  const long long account = 2 * (value - (1LL << 39)) + (alphabet.find(id[12]) >= 16 ? 1 : 0);
  if (account < 0 || account > 999'999'999'999) return std::nullopt;
  std::string text = std::to_string(account);
  return std::string(12 - text.size(), '0') + text;
}

}  // namespace sallyport::fuzz
