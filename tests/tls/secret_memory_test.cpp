#include "tls/secret_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/core_names.h>

#include "tests/tls/authority_maker.h"
#include "tls/authority_files.h"

namespace sallyport::test {
namespace {

/// Where the same bytes stand in the writable memory of this process.
struct Places {
  int secret = 0;    ///< in the secure heap
  int ordinary = 0;  ///< anywhere else
};

/// Sixteen bytes of a private number, kept so that the search does not find itself.
using Hidden = std::array<std::uint8_t, 16>;
constexpr std::uint8_t kMask = 0x5a;

bool is_at(const std::uint8_t* place, const Hidden& hidden) {
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    if ((place[i] ^ kMask) != hidden[i]) return false;
  }
  return true;
}

/// Copies the pages of each mapping to memory that is no part of the search.
Places search(const Hidden& hidden) {
  constexpr std::size_t kBufferBytes = 256U << 20;
  void* buffer = mmap(nullptr, kBufferBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(buffer != MAP_FAILED);
  const auto* bytes = static_cast<const std::uint8_t*>(buffer);
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  std::ifstream maps("/proc/self/maps");
  Places places;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    char dash = 0;
    std::string rights;
    std::istringstream(line) >> std::hex >> from >> dash >> to >> rights;
    const bool is_ours = from <= reinterpret_cast<std::uintptr_t>(buffer) &&
                         reinterpret_cast<std::uintptr_t>(buffer) < to;
    if (!rights.starts_with("rw") || is_ours || to - from > kBufferBytes) continue;
    const ssize_t size = pread(memory, buffer, to - from, static_cast<off_t>(from));
    for (ssize_t i = 0; i + static_cast<ssize_t>(hidden.size()) <= size; ++i) {
      if (!is_at(bytes + i, hidden)) continue;
      const auto* found = reinterpret_cast<const void*>(from + static_cast<std::uintptr_t>(i));
      (CRYPTO_secure_allocated(found) == 1 ? places.secret : places.ordinary) += 1;
    }
  }
  close(memory);
  munmap(buffer, kBufferBytes);
  return places;
}

/// The private number's last bytes as they lie in memory: a BIGNUM's words are little-endian, a
/// file's big-endian.
std::pair<Hidden, Hidden> hidden_in(EVP_PKEY& key, const char* parameter) {
  BIGNUM* number = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(&key, parameter, &number) == 1);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, bytes.data());
  BN_clear_free(number);
  Hidden big{};
  Hidden little{};
  for (std::size_t i = 0; i < big.size(); ++i) {
    const std::uint8_t byte = bytes[bytes.size() - big.size() + i] ^ kMask;
    big[i] = byte;
    little[little.size() - 1 - i] = byte;
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return {big, little};
}

void sign_with(EVP_PKEY& key) {
  std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  std::array<unsigned char, 1024> signature{};
  std::size_t size = signature.size();
  REQUIRE(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, &key) == 1);
  REQUIRE(EVP_DigestSign(context.get(), signature.data(), &size, signature.data(), 32) == 1);
}

/// Writes a key's file with another process, so that this one never held the key.
void write_key_elsewhere(const std::string& path, const char* command) {
  REQUIRE(std::system(
              (std::string("umask 077; ") + command + " > " + path + " 2> /dev/null").c_str()) ==
          0);
}

TEST_CASE("an EC key that was read from PEM lies in the secure heap alone, after signing too") {
  const CaFolder folder;
  REQUIRE(prepare_secret_memory() != SecretMemory::absent);
  for (const char* command : {"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
                              "openssl ecparam -name prime256v1 -genkey -noout"}) {
    CAPTURE(command);
    const std::string file = folder.path("ca.key");
    write_key_elsewhere(file, command);
    std::string error;
    const EvpPkeyPtr key = read_private_key(file, error);
    REQUIRE(key != nullptr);
    for (int i = 0; i < 5; ++i) sign_with(*key);
    const auto [big, little] = hidden_in(*key, OSSL_PKEY_PARAM_PRIV_KEY);
    const Places as_number = search(little);
    CHECK(as_number.secret == 1);
    CHECK(as_number.ordinary == 0);
    const Places as_file = search(big);
    CHECK(as_file.secret == 0);
    CHECK(as_file.ordinary == 0);
  }
}

TEST_CASE("memory for secrets is locked, zero at first, and wiped when it is given back") {
  CHECK(prepare_secret_memory() == prepare_secret_memory());
  const std::size_t used = CRYPTO_secure_used();
  const unsigned char* place = nullptr;
  {
    SecretBytes bytes(100);
    REQUIRE_FALSE(bytes.empty());
    CHECK(CRYPTO_secure_allocated(bytes.data()) == 1);
    CHECK(std::all_of(bytes.data(), bytes.data() + 100, [](auto byte) { return byte == 0; }));
    bytes.data()[0] = 'a';
    bytes.resize(1);
    CHECK(bytes.text() == "a");
    SecretBytes moved = std::move(bytes);
    CHECK(moved.text() == "a");
    place = moved.data();
    CHECK(CRYPTO_secure_used() > used);
  }
  CHECK(CRYPTO_secure_used() == used);
  CHECK(place[0] == 0);
  CHECK(SecretBytes().empty());
  CHECK(SecretBytes(2 * kSecretMemoryBytes).empty());
}

TEST_CASE("after forbid_core_dumps() there is no core") {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    rlimit limit{};
    const bool is_done = forbid_core_dumps() && prctl(PR_GET_DUMPABLE) == 0 &&
                         getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0;
    _exit(is_done ? 0 : 1);
  }
  int status = 1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

}  // namespace
}  // namespace sallyport::test
