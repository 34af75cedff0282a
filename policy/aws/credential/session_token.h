// Session tokens: a second witness of who signs, beside the access key id (FACTS section 1.5).
// Their format is not documented, so that they prove nothing on their own. Pure; allocates nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/aws/credential/account_id.h"

namespace sallyport {

/// The account that an STS session token shows, where it is of the kind that does; nothing for all
/// others, and for whatever does not read as one. `token`: decoded, where it came in a query.
std::optional<AccountId> account_of_session_token(std::string_view token);

/// The session tokens of one request, wherever they stand: views, whose text outlives this.
class SessionTokens {
 public:
  enum class Place : std::uint8_t { header = 1, query = 2, form = 4 };

  /// X-Amz-Security-Token, and SecurityToken of SigV2.
  void add_sts(std::string_view token, Place place) { sts_.add(token, place); }
  /// X-Amz-S3session-Token, which S3 Express takes in its stead.
  void add_s3_express(std::string_view token, Place place) { s3_express_.add(token, place); }

  /// Which token counts cannot be told: one kind twice in one place, or not the same in two places,
  /// or both kinds.
  bool is_contradiction() const {
    return sts_.is_contradiction || s3_express_.is_contradiction ||
           (sts_.places != 0 && s3_express_.places != 0);
  }
  bool has_s3_express() const { return s3_express_.places != 0; }
  /// What the STS token shows, if there is one that counts.
  std::optional<AccountId> account() const {
    if (is_contradiction()) return std::nullopt;
    return account_of_session_token(sts_.token);
  }

 private:
  struct OneKind {
    std::string_view token;
    std::uint8_t places = 0;
    bool is_contradiction = false;

    void add(std::string_view value, Place place) {
      const auto bit = static_cast<std::uint8_t>(place);
      if ((places & bit) != 0 || (places != 0 && token != value)) is_contradiction = true;
      places = static_cast<std::uint8_t>(places | bit);
      token = value;
    }
  };

  OneKind sts_;
  OneKind s3_express_;
};

}  // namespace sallyport
