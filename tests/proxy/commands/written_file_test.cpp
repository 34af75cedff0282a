#include "proxy/commands/written_file.h"

#include <sys/stat.h>

#include <filesystem>

#include <doctest/doctest.h>

#include "tests/tls/authority_maker.h"

namespace sallyport::test {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

TEST_CASE("a new file is whole, has its mode, and is never put over another") {
  const CaFolder folder;
  const std::string path = folder.path("new");
  const mode_t before = umask(077);
  CHECK(create_file(path, "one", 0644).empty());
  umask(before);
  CHECK(mode_of(path) == 0644);
  CHECK(create_file(path, "two", 0600) == path + ": File exists");
  CHECK(read_whole_file(path) == "one");
  CHECK(create_file(folder.path("no/new"), "", 0600) ==
        folder.path("no/new") + ": No such file or directory");
  std::filesystem::create_symlink("elsewhere", folder.path("link"));
  CHECK(create_file(folder.path("link"), "", 0600) == folder.path("link") + ": File exists");
}

TEST_CASE("a file is replaced as a whole, and left alone where it says the same") {
  const CaFolder folder;
  const std::string path = folder.path("file");
  CHECK(replace_file(path, "one", 0644).empty());
  CHECK(mode_of(path) == 0644);
  std::filesystem::last_write_time(path, std::filesystem::file_time_type() + 1h);
  const auto time = std::filesystem::last_write_time(path);
  CHECK(replace_file(path, "one", 0644).empty());
  CHECK(std::filesystem::last_write_time(path) == time);
  CHECK(replace_file(path, "two", 0600).empty());
  CHECK(read_whole_file(path) == "two");
  CHECK(mode_of(path) == 0600);
  CHECK(replace_file(folder.path("no/file"), "", 0600) ==
        folder.path("no/file") + ": No such file or directory");
  std::filesystem::create_directory(folder.path("folder"));
  CHECK(replace_file(folder.path("folder"), "x", 0600) ==
        folder.path("folder") + ": Is a directory");
  const auto files = std::filesystem::directory_iterator(folder.path(""));
  CHECK(std::distance(begin(files), end(files)) == 2);  // no draft is left
}

}  // namespace
}  // namespace sallyport::test
