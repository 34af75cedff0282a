#include "proxy/hosts_file.h"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "tests/proxy/resolver_fixture.h"

using namespace sallyport;
using namespace sallyport::testing;

TEST_CASE("hosts lines are read, comments and what makes no sense are skipped") {
  const Folder folder;
  HostsFile hosts(folder.write("hosts",
                               "# 10.9.9.9 comment.test\n"
                               "\n"
                               "127.0.0.1\tlocalhost\n"
                               "::1 localhost ip6-localhost\r\n"
                               "  10.0.0.1  Upper.TEST. alias.test#tail.test\n"
                               "10.0.0.2 upper.test # 10.0.0.9 behind.test\n"
                               "10.0.0.1 upper.test\n"
                               "fd00::1 upper.test\n"
                               "010.0.0.3 octal.test\n"
                               "fe80::1%lo0 scoped.test\n"
                               "10.0.0.4 bad..name *.star.test 10.0.0.5 good.test\n"
                               "name.test 10.0.0.6\n"
                               "10.0.0.7"));
  CHECK(hosts.find("localhost") == nullptr);  // not read before refresh
  hosts.refresh();
  struct Row {
    std::string_view name;
    std::string_view addresses;  // empty: not found
  };
  for (const Row& row : {
           Row{"localhost", "::1 127.0.0.1"},
           Row{"ip6-localhost", "::1"},
           Row{"upper.test", "fd00::1 10.0.0.1 10.0.0.2"},
           Row{"alias.test", "10.0.0.1"},
           Row{"good.test", "10.0.0.4"},
           Row{"comment.test", ""},
           Row{"behind.test", ""},
           Row{"tail.test", ""},
           Row{"octal.test", ""},
           Row{"scoped.test", ""},
           Row{"name.test", ""},
           Row{"10.0.0.5", ""},
           Row{"", ""},
       }) {
    CAPTURE(row.name);
    const Resolution* found = hosts.find(row.name);
    CHECK((found != nullptr ? text(*found) : "") == row.addresses);
  }
}

TEST_CASE("a hosts file that is absent, a folder or a FIFO names nothing and hangs nobody") {
  const Folder folder;
  std::filesystem::create_directory(folder.path("folder"));
  REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
  for (const std::string& path :
       {std::string(), folder.path("absent"), folder.path("folder"), folder.path("fifo")}) {
    CAPTURE(path);
    HostsFile hosts(path);
    hosts.refresh();
    CHECK(hosts.find("localhost") == nullptr);
  }
}
