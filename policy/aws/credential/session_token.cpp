#include "policy/aws/credential/session_token.h"

#include <array>

#include "policy/aws/credential/base64.h"

namespace sallyport {
namespace {

// Tokens have about 1,000 bytes, with many session tags some 4,000; AWS names no limit.
constexpr std::size_t kDecodedBytesMax = std::size_t{6} * 1024;

// The first byte is the kind of token; these two are followed by protobuf. Others hide the account.
constexpr char kKinds[] = {'\x21', '\x02'};

constexpr std::uint64_t kUserField = 5;
constexpr std::uint64_t kAccountFieldOfUser = 3;

/// Walks a protobuf message (protobuf.dev, Encoding): a varint or a run of bytes a field, which is
/// all that these tokens hold.
class Message {
 public:
  struct Field {
    std::uint64_t number = 0;
    std::optional<std::string_view> bytes;  ///< absent: it is a varint
  };

  explicit Message(std::string_view bytes) : rest_(bytes) {}

  /// The next field; nothing at the end, and where the message is broken.
  std::optional<Field> next() {
    if (rest_.empty() || is_broken_) return std::nullopt;
    const std::uint64_t key = varint();
    Field field{.number = key >> 3U, .bytes = std::nullopt};
    if ((key & 7U) == 0) {
      varint();
    } else if ((key & 7U) == 2) {
      const std::uint64_t size = varint();
      if (size > rest_.size()) is_broken_ = true;
      field.bytes = rest_.substr(0, size);
      rest_.remove_prefix(field.bytes->size());
    } else {
      is_broken_ = true;
    }
    if (is_broken_ || field.number == 0) return broken();
    return field;
  }

  bool is_broken() const { return is_broken_; }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    is_broken_ = true;
    return 0;
  }

  std::optional<Field> broken() {
    is_broken_ = true;
    return std::nullopt;
  }

  std::string_view rest_;
  bool is_broken_ = false;
};

/// The bytes of the one field of that number; nothing where the message is broken or has not
/// exactly one.
std::optional<std::string_view> only_field(std::string_view bytes, std::uint64_t number) {
  Message message(bytes);
  std::optional<std::string_view> found;
  while (const auto field = message.next()) {
    if (field->number != number) continue;
    if (found || !field->bytes) return std::nullopt;
    found = field->bytes;
  }
  if (message.is_broken()) return std::nullopt;
  return found;
}

}  // namespace

std::optional<AccountId> account_of_session_token(std::string_view token) {
  // The kinds' first letters: what shows no account is not decoded.
  if (!token.starts_with('I') && !token.starts_with('A')) return std::nullopt;
  std::array<char, kDecodedBytesMax> decoded;
  const auto size = decode_base64(token, decoded);
  if (!size || *size == 0) return std::nullopt;
  if (decoded[0] != kKinds[0] && decoded[0] != kKinds[1]) return std::nullopt;
  const auto user = only_field({decoded.data() + 1, *size - 1}, kUserField);
  const auto account = user ? only_field(*user, kAccountFieldOfUser) : std::nullopt;
  return account ? AccountId::parse(*account) : std::nullopt;
}

}  // namespace sallyport
