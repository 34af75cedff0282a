#include "tls/authority_checks.h"

#include <chrono>
#include <string_view>

#include <openssl/objects.h>

#include "tls/certificate_text.h"

namespace sallyport {
namespace {

// NIST SP 800-57: 112 bits of strength, which OpenSSL's security level 2 asks of chains too.
constexpr int kRsaBitsMin = 2048;
constexpr std::chrono::days kExpiryWarning{14};
// Measured: a leaf takes 0.25 ms by P-256, 2 ms by RSA of 3072 bits, 5 to 7 ms by RSA of 4096.
constexpr int kQuickRsaBitsMax = 3072;

class Judge {
 public:
  Judge(X509& certificate, TimePoint now) : certificate_(certificate), now_(now) {
    name_ = "`" + subject_text(certificate) + "` ";
  }

  void judge_role(int authorities_below) {
    // The flags are read once per certificate, here, and kept in it.
    if ((X509_get_extension_flags(&certificate_) & EXFLAG_CA) == 0 ||
        X509_get_version(&certificate_) != X509_VERSION_3) {
      say("is no CA: basicConstraints must say CA:TRUE");
      return;
    }
    if (X509_NAME_entry_count(X509_get_subject_name(&certificate_)) == 0) {
      say("has no subject, which a leaf would name as its issuer");
    }
    if (!is_critical(NID_basic_constraints)) say("has a basicConstraints that is not critical");
    judge_key_usage();
    judge_path_length(authorities_below);
    if (X509_get0_subject_key_id(&certificate_) == nullptr) {
      say("has no subjectKeyIdentifier, by which clients find who signed a leaf");
    }
    const std::uint32_t purposes = X509_get_extended_key_usage(&certificate_);
    if ((purposes & (XKU_SSL_SERVER | XKU_ANYEKU)) == 0) {
      say("has an extendedKeyUsage without serverAuth");
    }
  }

  void judge_times() {
    const std::optional<TimePoint> from = time_of(*X509_get0_notBefore(&certificate_));
    const std::optional<TimePoint> until = time_of(*X509_get0_notAfter(&certificate_));
    if (!from || !until) {
      say("has a validity that cannot be read");
      return;
    }
    if (now_ < *from) say("is not yet valid: it begins on " + date_text(*from));
    if (now_ > *until) {
      say("has expired on " + date_text(*until) + ": list the next CA first, with its key");
    }
  }

  void judge_key() {
    EVP_PKEY* key = X509_get0_pubkey(&certificate_);
    const int kind = key == nullptr ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key);
    if (kind == EVP_PKEY_RSA) {
      const int bits = EVP_PKEY_get_bits(key);
      if (bits >= kRsaBitsMin) return;
      say("has an RSA key of " + std::to_string(bits) + " bits: 2048 or more, or P-256");
    } else if (kind != EVP_PKEY_EC) {
      say("has a key that is neither RSA nor EC");
    } else if (!is_known_curve(*key)) {
      say("has an EC key of another curve than P-256, P-384 and P-521");
    }
  }

  void judge_signature() {
    int hash = NID_undef;
    if (X509_get_signature_info(&certificate_, &hash, nullptr, nullptr, nullptr) != 1 ||
        hash == NID_sha1 || hash == NID_md5) {
      say("is signed with a hash that clients refuse: SHA-256 or more");
    }
  }

  std::vector<std::string> take() { return std::move(errors_); }

 private:
  void judge_key_usage() {
    const bool is_there = (X509_get_extension_flags(&certificate_) & EXFLAG_KUSAGE) != 0;
    if (!is_there) {
      say("has no keyUsage: it must be critical and hold keyCertSign");
      return;
    }
    if ((X509_get_key_usage(&certificate_) & KU_KEY_CERT_SIGN) == 0) {
      say("has a keyUsage without keyCertSign");
    }
    if (!is_critical(NID_key_usage)) say("has a keyUsage that is not critical");
  }

  void judge_path_length(int authorities_below) {
    const long allowed = X509_get_pathlen(&certificate_);
    if (allowed < 0 || allowed >= authorities_below) return;
    say("has path length " + std::to_string(allowed) + ", and " +
        std::to_string(authorities_below) + " CAs stand below it");
  }

  bool is_critical(int nid) const {
    const int place = X509_get_ext_by_NID(&certificate_, nid, -1);
    return place >= 0 && X509_EXTENSION_get_critical(X509_get_ext(&certificate_, place)) == 1;
  }

  static bool is_known_curve(const EVP_PKEY& key) {
    char name[32] = "";
    if (EVP_PKEY_get_group_name(&key, name, sizeof name, nullptr) != 1) return false;
    const int curve = OBJ_txt2nid(name);
    return curve == NID_X9_62_prime256v1 || curve == NID_secp384r1 || curve == NID_secp521r1;
  }

  void say(const std::string& what) { errors_.push_back(name_ + what); }

  X509& certificate_;
  TimePoint now_;
  std::string name_;
  std::vector<std::string> errors_;
};

}  // namespace

std::vector<std::string> authority_errors(X509& certificate, TimePoint now, int authorities_below) {
  Judge judge(certificate, now);
  judge.judge_role(authorities_below);
  judge.judge_times();
  judge.judge_key();
  judge.judge_signature();
  return judge.take();
}

std::string expiry_warning(TimePoint expires, TimePoint now) {
  if (expires > now + kExpiryWarning) return {};
  return "ends on " + date_text(expires) +
         ": publish the next CA to workstations now, and let it sign before that day";
}

std::string speed_warning(const EVP_PKEY& key) {
  const int bits = EVP_PKEY_get_bits(&key);
  if (EVP_PKEY_get_base_id(&key) != EVP_PKEY_RSA || bits <= kQuickRsaBitsMax) return {};
  return "is an RSA key of " + std::to_string(bits) +
         " bits, which takes milliseconds to sign the leaf of each new host while its worker "
         "serves "
         "nobody else: an EC key (P-256) is 20 times faster";
}

}  // namespace sallyport
