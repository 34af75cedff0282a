#include "tls/certificate_authority.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tls/authority_checks.h"
#include "tls/authority_files.h"
#include "tls/authority_path.h"
#include "tls/authority_trial.h"
#include "tls/certificate_text.h"
#include "tls/secret_memory.h"

namespace sallyport {

using Key = AuthorityFault::Key;

/// One load: reads all files before it judges, so that all of their faults are told at once.
class AuthorityLoading {
 public:
  AuthorityLoading(std::span<const std::string> files, const std::string& key_file, TimePoint now,
                   AuthorityFaults& faults)
      : files_(files), key_file_(key_file), now_(now), faults_(faults) {}

  std::shared_ptr<const CertificateAuthority> run() {
    check_memory();
    read_files();
    if (is_refused()) return nullptr;
    find_path();
    check_roots();
    if (is_refused()) return nullptr;
    const std::shared_ptr<CertificateAuthority> authority = build();
    if (authority == nullptr) return nullptr;
    const std::string fault = trial_fault(*authority, *authority->path_.back(), now_);
    if (!fault.empty()) certificate_error(0, fault);
    if (is_refused()) return nullptr;
    warn_of(*authority);
    return authority;
  }

 private:
  bool is_refused() const { return has_error_; }

  void error(AuthorityFault fault) {
    has_error_ = true;
    faults_.errors.push_back(std::move(fault));
  }

  void certificate_error(std::size_t file, const std::string& message) {
    error({Key::ca_certificates, files_[file], message});
  }

  void check_memory() {
    switch (prepare_secret_memory()) {
      case SecretMemory::locked:
        return;
      case SecretMemory::unlocked:
        faults_.warnings.push_back(
            {Key::interception, "",
             "the memory of the CA's key could not be locked and may be swapped out: a limit of "
             "locked memory (LimitMEMLOCK, ulimit -l) of 8 MiB would be right"});
        return;
      case SecretMemory::absent:
        error({Key::interception, "", "there is no memory for the CA's key"});
    }
  }

  void read_files() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      std::string fault;
      std::optional<std::vector<X509Ptr>> read = read_certificates(files_[i], fault);
      if (!read) {
        certificate_error(i, fault);
        continue;
      }
      for (X509Ptr& each : *read) pool_.push_back({std::move(each), i});
    }
    std::string fault;
    key_ = read_private_key(key_file_, fault);
    if (key_ == nullptr) error({Key::ca_private_key, key_file_, fault});
  }

  void find_path() {
    std::string fault;
    path_ = path_to_root(pool_, fault);
    if (!fault.empty()) certificate_error(0, fault);
    for (std::size_t i = 0; i < path_.size(); ++i) {
      const FiledCertificate& each = pool_[path_[i]];
      for (const std::string& what :
           authority_errors(*each.certificate, now_, static_cast<int>(i))) {
        certificate_error(each.file, what);
      }
    }
    if (X509_check_private_key(pool_.front().certificate.get(), key_.get()) != 1) {
      take_openssl_error();
      error({Key::ca_private_key, key_file_,
             "is not the key of `" + subject_text(*pool_.front().certificate) + "` in " +
                 files_[0] + ", whose certificate stands first and signs"});
    }
  }

  /// Of what is published alone, only what a workstation can trust is of use.
  void check_roots() {
    for (std::size_t i = 1; i < files_.size(); ++i) {
      const bool has_root =
          std::any_of(pool_.begin(), pool_.end(), [i](const FiledCertificate& each) {
            return each.file == i && is_root(*each.certificate) &&
                   (X509_get_extension_flags(each.certificate.get()) & EXFLAG_CA) != 0;
          });
      if (!has_root) {
        certificate_error(i, "holds no root CA, and a root is what workstations can trust");
      }
    }
    for (const FiledCertificate* root : roots_of(pool_)) {
      const std::optional<TimePoint> until = time_of(*X509_get0_notAfter(root->certificate.get()));
      if (root->file == 0 || !until || *until >= now_) continue;
      faults_.warnings.push_back({Key::ca_certificates, files_[root->file],
                                  "has expired on " + date_text(*until) + ": take it out"});
    }
  }

  std::shared_ptr<CertificateAuthority> build() {
    std::shared_ptr<CertificateAuthority> made(new CertificateAuthority());
    made->chain_.reset(sk_X509_new_null());
    made->expires_ = TimePoint::max();
    for (const std::size_t place : path_) {
      X509* certificate = pool_[place].certificate.get();
      X509_up_ref(certificate);
      made->path_.emplace_back(certificate);
      made->expires_ =
          std::min(made->expires_, time_of(*X509_get0_notAfter(certificate)).value_or(now_));
      if (!made->constraints_.add(*certificate)) {
        certificate_error(pool_[place].file, "`" + subject_text(*certificate) +
                                                 "` has name constraints that cannot be read");
      }
      if (place == path_.back()) continue;
      X509_up_ref(certificate);
      if (sk_X509_push(made->chain_.get(), certificate) == 0) X509_free(certificate);
    }
    made->key_ = std::move(key_);
    return is_refused() ? nullptr : made;
  }

  void warn_of(const CertificateAuthority& authority) {
    std::vector<std::string> warnings = authority.constraints().warnings();
    std::string expiry = expiry_warning(authority.expires(), now_);
    if (!expiry.empty()) warnings.push_back(std::move(expiry));
    for (std::string& each : warnings) {
      faults_.warnings.push_back({Key::ca_certificates, files_[0], std::move(each)});
    }
    std::string slow = speed_warning(*authority.key());
    if (!slow.empty()) {
      faults_.warnings.push_back({Key::ca_private_key, key_file_, std::move(slow)});
    }
  }

  std::span<const std::string> files_;
  const std::string& key_file_;
  TimePoint now_;
  AuthorityFaults& faults_;
  bool has_error_ = false;

  std::vector<FiledCertificate> pool_;  ///< all files, in their order
  std::vector<std::size_t> path_;       ///< places in the pool
  EvpPkeyPtr key_;
};

std::shared_ptr<const CertificateAuthority> CertificateAuthority::load(
    std::span<const std::string> certificate_files, const std::string& key_file, TimePoint now,
    AuthorityFaults& faults) {
  return AuthorityLoading(certificate_files, key_file, now, faults).run();
}

}  // namespace sallyport
