// CAs of all kinds for tests, sound and broken, made in code; and a folder to put their files in.
#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include "policy/values/facts.h"
#include "tls/openssl_ptr.h"

namespace sallyport::test {

using namespace std::chrono_literals;

/// When these tests take place.
inline const TimePoint kToday = std::chrono::sys_days{std::chrono::year{2026} / 11 / 26} + 12h;

inline const std::string kExcludeAddresses =
    "excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:::/::";  // all of both families

/// A certificate that is to be made. Extensions as openssl.cnf writes them; `""`: left out.
struct Wanted {
  std::string subject = "test CA";
  std::string basic_constraints = "critical,CA:TRUE,pathlen:0";
  std::string key_usage = "critical,keyCertSign,cRLSign";
  std::string subject_key_id = "hash";
  std::string extended_key_usage;
  std::string comment;  ///< of Netscape's: known to nobody as critical
  std::string name_constraints = "critical,permitted;DNS:x.org," + kExcludeAddresses;
  TimePoint from = kToday - 1h;
  TimePoint until = kToday + 90 * 24h;
  std::string key = "P-256";  ///< a curve, `RSA-2048`, `ED25519`
  const EVP_MD* hash = EVP_sha256();
};

struct Made {
  X509Ptr certificate;
  EvpPkeyPtr key;
};

inline EvpPkeyPtr make_key(const std::string& kind) {
  if (kind.starts_with("RSA-")) return EvpPkeyPtr(EVP_RSA_gen(std::stoul(kind.substr(4))));
  if (kind.starts_with("ED")) return EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, kind.c_str()));
  return EvpPkeyPtr(EVP_EC_gen(kind.c_str()));
}

inline void extend(X509& certificate, X509& issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>> extension(
      X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str()));
  if (extension == nullptr) throw std::runtime_error(value + ": " + take_openssl_error());
  X509_add_ext(&certificate, extension.get(), -1);
}

inline void set_time(ASN1_TIME* field, TimePoint time) {
  ASN1_TIME_set(field, std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

/// Makes it, signed by `issuer` (absent: by itself).
inline Made make(const Wanted& wanted, const Made* issuer = nullptr) {
  Made made{X509Ptr(X509_new()), make_key(wanted.key)};
  X509* certificate = made.certificate.get();
  X509* signer = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  static long serial = 1000;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  if (!wanted.subject.empty()) {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wanted.subject.c_str()), -1,
                               -1, 0);
  }
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  set_time(X509_getm_notBefore(certificate), wanted.from);
  set_time(X509_getm_notAfter(certificate), wanted.until);
  X509_set_pubkey(certificate, made.key.get());
  extend(*certificate, *signer, NID_basic_constraints, wanted.basic_constraints);
  extend(*certificate, *signer, NID_key_usage, wanted.key_usage);
  extend(*certificate, *signer, NID_subject_key_identifier, wanted.subject_key_id);
  if (issuer != nullptr) extend(*certificate, *signer, NID_authority_key_identifier, "keyid");
  extend(*certificate, *signer, NID_ext_key_usage, wanted.extended_key_usage);
  extend(*certificate, *signer, NID_netscape_comment, wanted.comment);
  extend(*certificate, *signer, NID_name_constraints, wanted.name_constraints);
  const EVP_MD* hash = wanted.key.starts_with("ED") ? nullptr : wanted.hash;
  if (X509_sign(certificate, (issuer == nullptr ? made : *issuer).key.get(), hash) == 0) {
    throw std::runtime_error(take_openssl_error());
  }
  return made;
}

inline std::string text_of(BIO& memory) {
  char* text = nullptr;
  const long bytes = BIO_get_mem_data(&memory, &text);
  return {text, static_cast<std::size_t>(bytes)};
}

inline std::string certificate_pem(const Made& made) {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory.get(), made.certificate.get());
  return text_of(*memory);
}

/// PKCS#8; with a password where `cipher` is given.
inline std::string key_pem(const Made& made, const EVP_CIPHER* cipher = nullptr) {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  const std::string password = "password";
  PEM_write_bio_PKCS8PrivateKey(memory.get(), made.key.get(), cipher, password.c_str(),
                                static_cast<int>(password.size()), nullptr, nullptr);
  return text_of(*memory);
}

/// `BEGIN EC PRIVATE KEY` or `BEGIN RSA PRIVATE KEY`.
inline std::string traditional_key_pem(const Made& made) {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey_traditional(memory.get(), made.key.get(), nullptr, nullptr, 0, nullptr,
                                       nullptr);
  return text_of(*memory);
}

inline std::string pkcs12_of(const Made& made, const std::string& password,
                             STACK_OF(X509) * others = nullptr) {
  std::unique_ptr<PKCS12, OpensslDeleter<PKCS12_free>> box(PKCS12_create(
      password.c_str(), "ca", made.key.get(), made.certificate.get(), others, 0, 0, 0, 0, 0));
  const BioPtr memory(BIO_new(BIO_s_mem()));
  i2d_PKCS12_bio(memory.get(), box.get());
  return text_of(*memory);
}

/// A folder of its own, gone at its end.
class CaFolder {
 public:
  CaFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-ca-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  CaFolder(const CaFolder&) = delete;
  CaFolder& operator=(const CaFolder&) = delete;
  ~CaFolder() { std::filesystem::remove_all(path_); }

  std::string path(const std::string& name) const { return path_ + "/" + name; }

  /// Returns the file's path.
  std::string write(const std::string& name, const std::string& text, int mode = 0600) const {
    std::ofstream(path(name), std::ios::binary) << text;
    std::filesystem::permissions(path(name), static_cast<std::filesystem::perms>(mode));
    return path(name);
  }

 private:
  std::string path_;
};

}  // namespace sallyport::test
