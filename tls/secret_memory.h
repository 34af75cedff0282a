// Memory for a private key: locked, left out of core dumps, wiped when it is given back. It is
// OpenSSL's secure heap, so that the numbers of a key lie in it too. Any thread.
//
// What holds, measured with OpenSSL 3.0 (tests/tls/secret_memory_test.cpp searches this process):
// - EC, from PEM: the private number lies in the secure heap alone, before and after it has signed
//   (by tls/ec_key.h; OpenSSL's own readers leave a copy).
// - RSA: its numbers lie in the secure heap, but the first signature copies both primes to the
//   ordinary heap (Montgomery contexts), where they stay as long as the key.
// - PKCS#12, and RSA in PEM: decoding leaves copies in freed pieces of the ordinary heap.
// forbid_core_dumps() keeps all of these out of core files; an EC key in PEM is the better choice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <openssl/crypto.h>

namespace sallyport {

/// What the secure heap of this process is worth.
enum class SecretMemory : std::uint8_t {
  locked,    ///< never swapped, never dumped
  unlocked,  ///< never dumped, but RLIMIT_MEMLOCK did not let it be locked
  absent,    ///< there is none: keys would lie in ordinary memory
};

/// Size of the secure heap, in bytes. OpenSSL fails when it is full, and takes the ephemeral keys
/// of TLS from it as well: 32 bytes for each end of TLS 1.3, as long as its SSL lives
/// (measured, 3.0). So it carries 130,000 ends, six times what the descriptors of a process do.
inline constexpr std::size_t kSecretMemoryBytes = std::size_t{4} * 1024 * 1024;

/// Makes the secure heap, the first time, and says what it is worth. Before any key is read, and
/// best before threads start.
SecretMemory prepare_secret_memory();

/// Bytes in the secure heap, wiped at their end. Movable.
class SecretBytes {
 public:
  SecretBytes() : bytes_(nullptr, Wipe{0}) {}
  /// `capacity` bytes of zeros; empty() if there is no room.
  explicit SecretBytes(std::size_t capacity);

  bool empty() const { return bytes_ == nullptr; }
  unsigned char* data() { return bytes_.get(); }
  const unsigned char* data() const { return bytes_.get(); }
  std::size_t capacity() const { return bytes_.get_deleter().bytes; }
  /// How many of the bytes are in use, from the first on.
  std::size_t size() const { return size_; }
  void resize(std::size_t size) { size_ = size; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data()), size_}; }

 private:
  struct Wipe {
    std::size_t bytes;
    void operator()(unsigned char* memory) const { OPENSSL_secure_clear_free(memory, bytes); }
  };

  std::unique_ptr<unsigned char, Wipe> bytes_;
  std::size_t size_ = 0;
};

/// No core file of this process, and no other process of its user may look into its memory: no
/// ptrace, and /proc/PID/mem, environ and io belong to root (PR_SET_DUMPABLE 0, RLIMIT_CORE 0).
/// Lasts until the end of the process. False if the kernel refused.
bool forbid_core_dumps();

}  // namespace sallyport
