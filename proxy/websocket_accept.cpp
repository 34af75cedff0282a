#include "proxy/websocket_accept.h"

#include <array>

#include <openssl/evp.h>

#include "proxy/http/connection_options.h"
#include "proxy/http/octets.h"

namespace sallyport {

std::optional<std::string> websocket_accept(std::string_view key) {
  constexpr std::string_view kSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const std::string text = std::string(key) + std::string(kSuffix);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    return std::nullopt;
  }
  std::array<unsigned char, 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return std::string(encoded.begin(), encoded.begin() + length);
}

bool accepts_websocket(const RequestHead& request, const ResponseHead& answer) {
  if (request.upgrade != UpgradeOffer::websocket) return false;
  const auto one = [&answer](std::string_view name) -> std::optional<std::string_view> {
    return answer.fields.count(name) == 1 ? answer.fields.find(name) : std::nullopt;
  };
  const auto protocol = one("upgrade");
  const auto accept = one("sec-websocket-accept");
  if (!protocol || !accept || answer.version != HttpVersion::http_1_1) return false;
  const auto expected = websocket_accept(request.fields.find("sec-websocket-key").value_or(""));
  return equal_ignoring_case(*protocol, "websocket") &&
         connection_names(answer.fields, "upgrade") && expected && *accept == *expected;
}

}  // namespace sallyport
