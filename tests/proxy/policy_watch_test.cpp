#include "proxy/policy_watch.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

/// A folder that goes with the test.
struct Folder {
  Folder() {
    char name[] = "/tmp/sallyport-watch-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name) << text;
    return path + "/" + name;
  }
  std::string path;
};

TEST_CASE("a change is told once, after the file stood still for one look") {
  const Folder folder;
  PolicyWatch watch({folder.write("policy", "one")});
  CHECK_FALSE(watch.has_changed());
  folder.write("policy", "longer");
  CHECK_FALSE(watch.has_changed());
  CHECK(watch.has_changed());
  CHECK_FALSE(watch.has_changed());
}

TEST_CASE("a file that is still being written is not read half") {
  const Folder folder;
  PolicyWatch watch({folder.write("policy", "")});
  for (const char* text : {"o", "on", "one"}) {
    folder.write("policy", text);
    CHECK_FALSE(watch.has_changed());
  }
  CHECK(watch.has_changed());
}

TEST_CASE("each of the files counts, one that goes and one behind a link too") {
  const Folder folder;
  folder.write("first", "1");
  folder.write("second", "22");
  std::filesystem::create_symlink(folder.path + "/first", folder.path + "/link");
  PolicyWatch watch({folder.write("policy", "one"), folder.path + "/link"});
  SUBCASE("the second file") { folder.write("first", "changed"); }
  SUBCASE("gone") { std::filesystem::remove(folder.path + "/policy"); }
  SUBCASE("the link leads elsewhere, as mounted secrets are exchanged") {
    std::filesystem::create_symlink(folder.path + "/second", folder.path + "/new");
    std::filesystem::rename(folder.path + "/new", folder.path + "/link");
  }
  SUBCASE("exchanged by a file of the same size") {
    std::filesystem::rename(folder.write("new", "two"), folder.path + "/policy");
  }
  CHECK_FALSE(watch.has_changed());
  CHECK(watch.has_changed());
  CHECK_FALSE(watch.has_changed());
}

TEST_CASE("a file that is rewritten in place with its size and its time is a change") {
  const Folder folder;
  const std::string policy = folder.write("policy", "allow");
  const auto time = std::filesystem::last_write_time(policy);
  PolicyWatch watch({policy});
  ::usleep(20'000);  // the clock of file systems has a grain
  folder.write("policy", "block");
  std::filesystem::last_write_time(policy, time);
  CHECK_FALSE(watch.has_changed());
  CHECK(watch.has_changed());
  CHECK_FALSE(watch.has_changed());
}

TEST_CASE("a change that comes while the policy is being read is not lost") {
  const Folder folder;
  const std::string policy = folder.write("policy", "one");
  PolicyWatch watch({policy});
  folder.write("policy", "three");
  watch.begin_read();
  folder.write("policy", "sixteen");
  watch.follow({policy});
  CHECK_FALSE(watch.has_changed());
  CHECK(watch.has_changed());
  CHECK_FALSE(watch.has_changed());
}

TEST_CASE("what was read on demand is no change") {
  const Folder folder;
  const std::string policy = folder.write("policy", "one");
  PolicyWatch watch({policy});
  folder.write("policy", "three");
  watch.begin_read();
  watch.follow({policy});
  CHECK_FALSE(watch.has_changed());
  CHECK_FALSE(watch.has_changed());
}

TEST_CASE("other files are followed from now on, and the former no more") {
  const Folder folder;
  PolicyWatch watch({folder.write("old", "1")});
  watch.follow({folder.write("new", "2")});
  folder.write("old", "changed");
  CHECK_FALSE(watch.has_changed());
  CHECK_FALSE(watch.has_changed());
  folder.write("new", "changed");
  CHECK_FALSE(watch.has_changed());
  CHECK(watch.has_changed());
}

}  // namespace
}  // namespace sallyport
