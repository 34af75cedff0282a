// The JSON text in the parameter `Session` of the console's federation endpoint (AWS: "Enabling
// custom identity broker access to the AWS console"). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// Temporary credentials, without the secret.
struct SessionJson {
  std::string session_id;  ///< the access key id
  std::string session_token;

  /// `{"sessionId": "...", "sessionKey": "...", "sessionToken": "..."}`, each once, in any order,
  /// and nothing else; escapes of ASCII alone. Nothing where it is not that.
  static std::optional<SessionJson> parse(std::string_view text);
};

}  // namespace sallyport
