#include "proxy/commands/env_bundle.h"

#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include "proxy/commands/written_file.h"
#include "tests/tls/authority_maker.h"

namespace sallyport::test {
namespace {

TEST_CASE("the bundle is what the system trusts and the CA; the CA stands alone beside it") {
  const CaFolder folder;
  const std::string system = certificate_pem(make({.subject = "system"}));
  const std::string root = certificate_pem(make({.subject = "ours"}));
  const std::string path = folder.path("a/b/bundle.pem");
  std::string error;
  const std::string system_file = folder.write("system.pem", system.substr(0, system.size() - 1));
  const TrustFiles files = write_trust_files(path, system_file, root, error);
  CHECK(error.empty());
  CHECK(files.bundle == path);
  CHECK(files.added == folder.path("a/b/bundle.added.pem"));
  CHECK(files.java_store == folder.path("a/b/bundle.truststore"));
  CHECK(read_whole_file(files.bundle) == system + root);
  CHECK(read_whole_file(files.added) == root);
  CHECK(std::filesystem::status(folder.path("a")).permissions() == std::filesystem::perms(0700));
}

TEST_CASE("what cannot be merged or put there is told") {
  const CaFolder folder;
  std::string error;
  write_trust_files(folder.path("b.pem"), folder.path("none"), "x", error);
  CHECK(error == folder.path("none") + ": holds no certificate");
  const std::string system = folder.write("s.pem", certificate_pem(make({})));
  write_trust_files(folder.path("s.pem/b.pem"), system, "x", error);
  CHECK(error == folder.path("s.pem") + ": cannot be made");
}

TEST_CASE("the bundle's place follows the XDG Base Directory Specification") {
  const auto set = [](const char* name, const char* value) {
    value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  };
  const char* home = std::getenv("HOME");
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const std::string home_before = home == nullptr ? "" : home;
  const std::string cache_before = cache == nullptr ? "" : cache;
  set("HOME", "/h");
  set("XDG_CACHE_HOME", "/c");
  CHECK(default_bundle_path() == "/c/sallyport/ca-bundle.pem");
  set("XDG_CACHE_HOME", "relative");
  CHECK(default_bundle_path() == "/h/.cache/sallyport/ca-bundle.pem");
  set("XDG_CACHE_HOME", nullptr);
  CHECK(default_bundle_path() == "/h/.cache/sallyport/ca-bundle.pem");
  set("HOME", nullptr);
  CHECK(default_bundle_path().empty());
  set("HOME", home == nullptr ? nullptr : home_before.c_str());
  set("XDG_CACHE_HOME", cache == nullptr ? nullptr : cache_before.c_str());
}

}  // namespace
}  // namespace sallyport::test
