#include "proxy/http/upgrade.h"

#include <algorithm>
#include <cstddef>

#include "proxy/http/comma_list.h"
#include "proxy/http/octets.h"

namespace sallyport {
namespace {

// The base64 of 16 bytes. The four bits of its last digit that carry nothing are not judged: who
// hashes the key hashes its text.
bool is_websocket_key(std::string_view value) {
  constexpr std::size_t kDigits = 22;
  return value.size() == kDigits + 2 && value.ends_with("==") &&
         std::all_of(value.begin(), value.begin() + kDigits, [](char byte) {
           return is_upper(byte) || is_lower(byte) || is_digit(byte) || byte == '+' || byte == '/';
         });
}

struct Offered {
  bool websocket = false;
  bool h2c = false;
  bool anything = false;

  void add(std::string_view list) {
    while (!list.empty()) {
      const std::string_view protocol = take_element(list);
      anything = anything || !protocol.empty();
      websocket = websocket || equal_ignoring_case(protocol, "websocket");
      h2c = h2c || equal_ignoring_case(protocol, "h2c");
    }
  }
};

}  // namespace

UpgradeOffer read_upgrade_offer(std::string_view method, bool has_body, const FieldLines& fields) {
  Offered offered;
  std::size_t keys = 0;
  std::size_t versions = 0;
  bool is_right = method == "GET" && !has_body;
  for (const Field& field : fields) {
    if (equal_ignoring_case(field.name, "Upgrade")) {
      offered.add(field.value);
    } else if (equal_ignoring_case(field.name, "Sec-WebSocket-Key")) {
      ++keys;
      is_right = is_right && is_websocket_key(field.value);
    } else if (equal_ignoring_case(field.name, "Sec-WebSocket-Version")) {
      ++versions;
      is_right = is_right && field.value == "13";
    }
  }
  if (!offered.anything) return UpgradeOffer::none;
  if (offered.websocket && is_right && keys == 1 && versions == 1) return UpgradeOffer::websocket;
  return offered.h2c ? UpgradeOffer::h2c : UpgradeOffer::other;
}

}  // namespace sallyport
