#include "proxy/watched_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "tests/proxy/resolver_fixture.h"

using namespace sallyport;
using namespace sallyport::testing;

namespace {

/// Gives the file a time of writing that is long past, so that only a change makes it new. Its
/// ctime stays young, hence the tests of a settled file use one of the system.
void age(const std::string& path) {
  const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  ::utimensat(AT_FDCWD, path.c_str(), times, 0);
}

}  // namespace

TEST_CASE("a file is new until it was read, and again when it was replaced or removed") {
  const Folder folder;
  WatchedFile file(folder.path("f"));
  CHECK(file.has_changed());
  CHECK_FALSE(file.read());
  CHECK_FALSE(file.has_changed());  // absent, and known to be
  folder.write("f", "one");
  CHECK(file.has_changed());
  CHECK(file.read() == "one");
  folder.write("f", "two");
  age(folder.path("f"));
  CHECK(file.has_changed());
  CHECK(file.read() == "two");
  std::filesystem::remove(folder.path("f"));
  CHECK(file.has_changed());
  CHECK_FALSE(file.read());
}

TEST_CASE("a file that was just written is looked at again, since a second write might not show") {
  const Folder folder;
  WatchedFile file(folder.write("f", "one"));
  CHECK(file.read() == "one");
  CHECK(file.has_changed());
}

TEST_CASE("an old file that stays as it is has not changed") {
  WatchedFile file("/proc/self/exe");  // this very program, built more than two seconds ago
  file.read();
  CHECK_FALSE(file.has_changed());
}

TEST_CASE("a file over 8 MiB is not read") {
  const Folder folder;
  WatchedFile file(folder.write("f", std::string(8 * 1024 * 1024, 'x')));
  REQUIRE(file.read());
  folder.write("f", std::string(8 * 1024 * 1024 + 1, 'x'));
  CHECK_FALSE(file.read());
}
