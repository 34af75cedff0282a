#include "tls/authority_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "tls/certificate_text.h"
#include "tls/ec_key.h"
#include "tls/secret_memory.h"

namespace sallyport {
namespace {

using Pkcs12Ptr = std::unique_ptr<PKCS12, OpensslDeleter<PKCS12_free>>;

// A chain of ten certificates of RSA-4096 is 20 KiB; what is larger is another file.
constexpr std::size_t kFileBytesMax = 256 * 1024;

struct Contents {
  SecretBytes bytes;
  struct stat status {};
};

/// Closes what it opened.
class Descriptor {
 public:
  // A FIFO must not hold up the start: it is refused once it is open.
  explicit Descriptor(const std::string& file)
      : number_(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

/// False, and `error`, where reading failed; a file that is too large fills the memory.
bool read_into(int descriptor, SecretBytes& bytes, std::string& error) {
  std::size_t size = 0;
  while (size < bytes.capacity()) {
    const ssize_t count = read(descriptor, bytes.data() + size, bytes.capacity() - size);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      error = std::string("cannot be read: ") + std::strerror(errno);
      return false;
    }
    size += static_cast<std::size_t>(count);
  }
  bytes.resize(size);
  return true;
}

std::optional<Contents> read_file(const std::string& file, std::string& error) {
  const Descriptor opened(file);
  Contents contents;
  if (opened.number() < 0 || fstat(opened.number(), &contents.status) != 0) {
    error = std::string("cannot be opened: ") + std::strerror(errno);
    return std::nullopt;
  }
  if (!S_ISREG(contents.status.st_mode)) {
    error = "is no regular file";
    return std::nullopt;
  }
  contents.bytes = SecretBytes(kFileBytesMax + 1);
  if (contents.bytes.empty()) {
    error = "cannot be read: no memory is left for secrets";
    return std::nullopt;
  }
  if (!read_into(opened.number(), contents.bytes, error)) return std::nullopt;
  if (contents.bytes.size() > kFileBytesMax) {
    error = "is larger than 256 KiB: it should hold a CA's certificates or its key, nothing else";
    return std::nullopt;
  }
  return contents;
}

std::string mode_fault(const Contents& contents, const std::string& file) {
  return key_mode_fault(contents.status.st_mode, contents.status.st_uid, geteuid(), file);
}

BioPtr view(const SecretBytes& bytes) {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

bool is_der(const SecretBytes& bytes) { return bytes.size() > 0 && bytes.data()[0] == 0x30; }

/// One block of a PEM file, in the secure heap.
struct PemBlock {
  PemBlock() = default;
  PemBlock(const PemBlock&) = delete;
  PemBlock& operator=(const PemBlock&) = delete;
  ~PemBlock() {
    OPENSSL_secure_free(name);
    OPENSSL_secure_free(header);
    OPENSSL_secure_clear_free(data, static_cast<std::size_t>(bytes));
  }

  char* name = nullptr;
  char* header = nullptr;  ///< not empty: encrypted
  unsigned char* data = nullptr;
  long bytes = 0;

  bool is_private_key() const { return std::string_view(name).ends_with("PRIVATE KEY"); }
  bool is_certificate() const {
    return std::string_view(name) == PEM_STRING_X509 ||
           std::string_view(name) == PEM_STRING_X509_OLD;
  }
  bool is_encrypted() const {
    return std::string_view(name).starts_with("ENCRYPTED") || *header != '\0';
  }
};

/// True if there was another block; at the end, or where the file is broken (`error`), false.
bool next_block(BIO& file, PemBlock& block, std::string& error) {
  ERR_clear_error();
  // EAY_COMPATIBLE: as PEM_read_bio_X509 reads base64, text between blocks is skipped.
  if (PEM_read_bio_ex(&file, &block.name, &block.header, &block.data, &block.bytes,
                      PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) == 1) {
    return true;
  }
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = take_openssl_error();
  if (!is_end) error = "holds a broken PEM block: " + reason;
  return false;
}

X509Ptr certificate_in(const PemBlock& block) {
  const unsigned char* position = block.data;
  X509Ptr certificate(d2i_X509(nullptr, &position, block.bytes));
  if (position != block.data + block.bytes) return nullptr;
  return certificate;
}

std::vector<X509Ptr> certificates_in_pem(const SecretBytes& bytes, bool& has_key,
                                         std::string& error) {
  std::vector<X509Ptr> certificates;
  const BioPtr file = view(bytes);
  for (;;) {
    PemBlock block;
    if (file == nullptr || !next_block(*file, block, error)) return certificates;
    has_key = has_key || block.is_private_key();
    if (!block.is_certificate()) continue;
    certificates.push_back(certificate_in(block));
    if (certificates.back() != nullptr) continue;
    error = "certificate " + std::to_string(certificates.size()) +
            " of the file cannot be read: " + take_openssl_error();
    return certificates;
  }
}

struct Pkcs12Contents {
  EvpPkeyPtr key;
  std::vector<X509Ptr> certificates;
};

/// Nothing, and `error`, if the file is of another kind or has a password.
std::optional<Pkcs12Contents> read_pkcs12(const SecretBytes& bytes, std::string& error) {
  const BioPtr file = view(bytes);
  const Pkcs12Ptr box(file == nullptr ? nullptr : d2i_PKCS12_bio(file.get(), nullptr));
  if (box == nullptr) {
    take_openssl_error();
    error =
        "is neither PEM nor PKCS#12: `openssl x509 -inform der` and `openssl pkey -inform der` "
        "make PEM of DER";
    return std::nullopt;
  }
  EVP_PKEY* key = nullptr;
  X509* own = nullptr;
  STACK_OF(X509)* others = nullptr;
  if (PKCS12_parse(box.get(), "", &key, &own, &others) != 1) {
    error = "is PKCS#12 that opens without a password only: " + take_openssl_error() +
            "; `openssl pkcs12 -nodes` makes PEM of it";
    return std::nullopt;
  }
  const CertificateStackPtr rest(others);
  Pkcs12Contents contents;
  contents.key.reset(key);
  if (own != nullptr) contents.certificates.emplace_back(own);
  while (sk_X509_num(others) > 0) contents.certificates.emplace_back(sk_X509_shift(others));
  return contents;
}

EvpPkeyPtr key_in_pem(const SecretBytes& bytes, std::string& error) {
  const BioPtr file = view(bytes);
  for (;;) {
    PemBlock block;
    if (file == nullptr || !next_block(*file, block, error)) break;
    if (!block.is_private_key()) continue;
    if (block.is_encrypted()) {
      error = "is encrypted, and nobody is there to be asked: `openssl pkey` writes it in plain";
      return nullptr;
    }
    EvpPkeyPtr key = read_ec_key({block.data, static_cast<std::size_t>(block.bytes)});
    if (key != nullptr) return key;
    const unsigned char* position = block.data;
    key.reset(d2i_AutoPrivateKey(nullptr, &position, block.bytes));
    if (key == nullptr) error = "holds a key that cannot be read: " + take_openssl_error();
    return key;
  }
  if (error.empty()) error = "holds no private key: a block `PRIVATE KEY` would be right";
  return nullptr;
}

}  // namespace

std::optional<std::vector<X509Ptr>> read_certificates(const std::string& file, std::string& error) {
  const std::optional<Contents> contents = read_file(file, error);
  if (!contents) return std::nullopt;
  std::vector<X509Ptr> certificates;
  bool has_key = false;
  if (is_der(contents->bytes)) {
    std::optional<Pkcs12Contents> box = read_pkcs12(contents->bytes, error);
    if (!box) return std::nullopt;
    certificates = std::move(box->certificates);
    has_key = box->key != nullptr;
  } else {
    certificates = certificates_in_pem(contents->bytes, has_key, error);
  }
  if (error.empty() && certificates.empty()) {
    error = "holds no certificate: a block `CERTIFICATE` would be right";
  }
  if (error.empty() && has_key) error = mode_fault(*contents, file);
  if (!error.empty()) return std::nullopt;
  return certificates;
}

EvpPkeyPtr read_private_key(const std::string& file, std::string& error) {
  const std::optional<Contents> contents = read_file(file, error);
  if (!contents) return nullptr;
  error = mode_fault(*contents, file);
  if (!error.empty()) return nullptr;
  if (!is_der(contents->bytes)) return key_in_pem(contents->bytes, error);
  std::optional<Pkcs12Contents> box = read_pkcs12(contents->bytes, error);
  if (!box) return nullptr;
  if (box->key == nullptr) error = "holds no private key";
  return std::move(box->key);
}

std::string key_mode_fault(mode_t mode, uid_t owner, uid_t reader, const std::string& file) {
  const bool is_handed_over = owner == 0 && reader != 0;
  const mode_t allowed = is_handed_over ? 0740 : 0700;
  const mode_t permissions = mode & 0777;
  if ((permissions & ~allowed) == 0) return {};
  char octal[8];
  std::snprintf(octal, sizeof octal, "%04o", static_cast<unsigned>(permissions));
  return std::string("holds a private key and is open to others (mode ") + octal + "): `chmod " +
         (is_handed_over ? "640 " : "600 ") + file + "`";
}

}  // namespace sallyport
