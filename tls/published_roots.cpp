#include "tls/published_roots.h"

#include "tls/authority_files.h"
#include "tls/authority_path.h"
#include "tls/certificate_text.h"
#include "tls/secret_memory.h"

namespace sallyport {

std::optional<std::string> published_roots(std::span<const std::string> files,
                                           std::vector<std::string>& errors) {
  // A file of PKCS#12 may hold a key as well, though nobody asks for it here.
  prepare_secret_memory();
  std::vector<FiledCertificate> pool;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::string fault;
    std::optional<std::vector<X509Ptr>> read = read_certificates(files[i], fault);
    if (!read) {
      errors.push_back(files[i] + ": " + fault);
      continue;
    }
    for (X509Ptr& each : *read) pool.push_back({std::move(each), i});
  }
  std::string pem;
  for (const FiledCertificate* root : roots_of(pool)) pem += pem_of(*root->certificate);
  if (pem.empty() && errors.empty() && !files.empty()) {
    errors.push_back(files[0] + ": holds no root CA, and a root is what workstations can trust");
  }
  if (!errors.empty()) return std::nullopt;
  return pem;
}

}  // namespace sallyport
