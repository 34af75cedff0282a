// What is wrong with the files that a policy's `interception` names, by key: the caller knows where
// in the policy each key stands. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sallyport {

/// One error or warning.
struct AuthorityFault {
  enum class Key : std::uint8_t {
    interception,     ///< of no file
    ca_certificates,  ///< of an item of the list
    ca_private_key,
  };

  Key key = Key::interception;
  std::string file;     ///< as the policy names it; empty for Key::interception
  std::string message;  ///< what is wrong, and what would be right

  /// `FILE: message`.
  std::string text() const { return file.empty() ? message : file + ": " + message; }
};

/// All that was found while an authority was loaded.
struct AuthorityFaults {
  std::vector<AuthorityFault> errors;
  std::vector<AuthorityFault> warnings;
};

}  // namespace sallyport
