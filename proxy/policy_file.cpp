#include "proxy/policy_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <malloc.h>
#include <openssl/sha.h>

#include "metrics/wall_clock.h"
#include "policy/loader/policy_yaml.h"
#include "policy/loader/text_check.h"
#include "policy/tools/check.h"

namespace sallyport {
namespace {

/// Stops above the bound of any file (text_check.h), by which the loader refuses it then: a device
/// would give bytes for ever.
std::optional<std::string> read_file(const std::string& path, std::string& error) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 64 * 1024> chunk;
  while (file && text.size() <= kHostSetFileBytesMax) {
    file.read(chunk.data(), chunk.size());
    text.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file && !file.eof()) {
    error = errno != 0 ? std::strerror(errno) : "cannot be read";
    return std::nullopt;
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string hex;
  for (const unsigned char byte : digest) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

PolicyFile load_and_check(const std::optional<std::string>& path) {
  const PolicySource source{.read_file = read_file, .sha256_hex = sha256_hex};
  const TimePoint now = wall_clock();
  LoadResult loaded =
      path ? load_policy(*path, source, now)
           : load_policy_text(builtin_policy_text(), std::string(kBuiltinPolicyName), source, now);
  PolicyFile result;
  add_checks(loaded);
  for (const Diagnostic& each : loaded.errors) result.errors.push_back(each.text());
  for (const Diagnostic& each : loaded.warnings) result.warnings.push_back(each.warning_text());
  if (loaded.errors.empty()) result.policy = std::move(loaded.policy);
  return result;
}

}  // namespace

PolicyFile read_policy(const std::optional<std::string>& path) {
  PolicyFile result = load_and_check(path);
  // Of a long list of hosts, what it was read into takes four times what is kept of it.
  ::malloc_trim(0);
  return result;
}

}  // namespace sallyport
