#include "tls/secret_memory.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace sallyport {
namespace {

// The smallest piece: a number of P-256, or a key of X25519.
constexpr std::size_t kPieceBytesMin = 32;

SecretMemory make_secret_memory() {
  if (CRYPTO_secure_malloc_initialized() == 1) return SecretMemory::unlocked;  // not by us
  // OpenSSL locks the pages as they are touched, and excludes them from dumps (MADV_DONTDUMP); 2:
  // one of these failed.
  switch (CRYPTO_secure_malloc_init(kSecretMemoryBytes, kPieceBytesMin)) {
    case 1:
      return SecretMemory::locked;
    case 2:
      return SecretMemory::unlocked;
    default:
      return SecretMemory::absent;
  }
}

}  // namespace

SecretMemory prepare_secret_memory() {
  static const SecretMemory worth = make_secret_memory();
  return worth;
}

SecretBytes::SecretBytes(std::size_t capacity)
    : bytes_(static_cast<unsigned char*>(OPENSSL_secure_zalloc(capacity)), Wipe{capacity}) {}

bool forbid_core_dumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  const bool is_limited = setrlimit(RLIMIT_CORE, &none) == 0;
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && is_limited;
}

}  // namespace sallyport
