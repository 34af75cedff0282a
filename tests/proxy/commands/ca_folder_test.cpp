#include "proxy/commands/ca_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <doctest/doctest.h>

#include "proxy/commands/written_file.h"
#include "tests/tls/authority_maker.h"

namespace sallyport::test {
namespace {

NewAuthority made() {
  auto authority = make_authority({.name = "lab", .hosts = std::nullopt, .now = kToday, .days = 1});
  REQUIRE(authority.has_value());
  return std::move(*authority);
}

TEST_CASE("a CA's folder is made with its three files, closed where it must be") {
  const CaFolder parent;
  const sallyport::CaFolder folder{parent.path("ca")};
  const NewAuthority authority = made();
  CHECK(folder.obstacle().empty());
  CHECK(folder.write(authority).empty());
  CHECK(read_whole_file(folder.certificates()) == authority.certificates_pem);
  CHECK(read_whole_file(folder.root()) == authority.root_pem);
  CHECK(read_whole_file(folder.key()) == authority.key_pem.text());
  const auto mode = [](const std::string& path) {
    return static_cast<unsigned>(std::filesystem::status(path).permissions());
  };
  CHECK(mode(folder.path) == 0700);
  CHECK(mode(folder.key()) == 0600);
  CHECK(mode(folder.certificates()) == 0644);
  CHECK(mode(folder.root()) == 0644);
}

TEST_CASE("no file of a CA is ever overwritten, and a failure leaves no half of one") {
  for (const char* there : {"ca.key", "ca.pem", "trust.pem"}) {
    CAPTURE(there);
    const CaFolder parent;
    const sallyport::CaFolder folder{parent.path("")};
    parent.write(there, "mine");
    CHECK(folder.obstacle().find(std::string(there) + " is there already") != std::string::npos);
    CHECK(folder.write(made()).find("File exists") != std::string::npos);
    CHECK(read_whole_file(parent.path(there)) == "mine");
    const auto files = std::filesystem::directory_iterator(folder.path);
    CHECK(std::distance(begin(files), end(files)) == 1);
  }
  CHECK(sallyport::CaFolder{"/nowhere/ca"}.write(made()) ==
        "/nowhere/ca: No such file or directory");
}

TEST_CASE("no key is put where others could put theirs in its place") {
  struct Row {
    const char* because;
    unsigned mode;
    uid_t owner;
    const char* told;  // "": it is written
  };
  const Row rows[] = {
      {"ours alone", 0700, geteuid(), ""},
      {"others may read", 0755, geteuid(), ""},
      {"the group may write", 0770, geteuid(), "can be written by others"},
      {"everybody may write", 0777, geteuid(), "can be written by others"},
      {"everybody may add", 01777, geteuid(), "can be written by others"},
      {"somebody else's", 0700, 12345, "belongs to user 12345"},
  };
  for (const Row& row : rows) {
    if (row.owner != geteuid() && geteuid() != 0) continue;  // nobody else may give a folder away
    CAPTURE(row.because);
    const CaFolder parent;
    const sallyport::CaFolder folder{parent.path("ca")};
    std::filesystem::create_directory(folder.path);
    REQUIRE(chmod(folder.path.c_str(), row.mode) == 0);
    REQUIRE(chown(folder.path.c_str(), row.owner, static_cast<gid_t>(-1)) == 0);
    const std::string obstacle = folder.obstacle();
    const std::string error = folder.write(made());
    CHECK(error == obstacle);
    CHECK(obstacle.empty() == (*row.told == '\0'));
    CHECK(obstacle.find(row.told) != std::string::npos);
    CHECK(std::filesystem::is_empty(folder.path) == !obstacle.empty());
  }
  const CaFolder parent;
  const sallyport::CaFolder file{parent.write("ca", "mine")};
  CHECK(file.obstacle() == file.path + " is no folder");
}

}  // namespace
}  // namespace sallyport::test
