#include "proxy/cpu_quota.h"

#include <map>

#include <doctest/doctest.h>
#include <sched.h>

namespace sallyport {
namespace {

using Files = std::map<std::string, std::string>;

struct Row {
  const char* what;
  Files files;
  std::optional<std::uint32_t> cores;
};

TEST_CASE("the quota in whole cores, from the files that a container sees") {
  const std::string v1 = "4:memory:/x\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/y\n";
  const Row rows[] = {
      {"nothing can be read", {}, std::nullopt},
      {"v2, two cores, inside the container",
       {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "200000 100000\n"}},
       2},
      {"v2, half a core is one worker",
       {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "50000 100000\n"}},
       1},
      {"v2, two and a half are three",
       {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "250000 100000\n"}},
       3},
      {"v2, no limit",
       {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "max 100000\n"}},
       std::nullopt},
      {"v2, a group on the host",
       {{"/proc/self/cgroup", "0::/system.slice/gate.service\n"},
        {"/sys/fs/cgroup/system.slice/gate.service/cpu.max", "300000 100000\n"}},
       3},
      {"v2, a parent is tighter",
       {{"/proc/self/cgroup", "0::/a/b\n"},
        {"/sys/fs/cgroup/a/b/cpu.max", "max 100000\n"},
        {"/sys/fs/cgroup/a/cpu.max", "100000 100000\n"}},
       1},
      {"v2, the group itself is tighter",
       {{"/proc/self/cgroup", "0::/a/b\n"},
        {"/sys/fs/cgroup/a/b/cpu.max", "200000 100000\n"},
        {"/sys/fs/cgroup/a/cpu.max", "800000 100000\n"}},
       2},
      {"v2, the group is outside of what is mounted",
       {{"/proc/self/cgroup", "0::/../other\n"}, {"/sys/fs/cgroup/cpu.max", "400000 100000\n"}},
       4},
      {"v2, not as documented",
       {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "lots\n"}},
       std::nullopt},
      {"v2, a quota as large as numbers go",
       {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "9223372036854775807 1\n"}},
       1u << 20},
      {"v1 in a container: its own files at the root",
       {{"/proc/self/cgroup", v1},
        {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}},
       2},
      {"v1 on the host: below the group",
       {{"/proc/self/cgroup", v1},
        {"/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us", "100000\n"},
        {"/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us", "50000\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}},
       2},
      {"v1, no limit",
       {{"/proc/self/cgroup", v1},
        {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}},
       std::nullopt},
      {"v1, mounted under both names",
       {{"/proc/self/cgroup", v1},
        {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "400000\n"},
        {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"}},
       4},
      {"v1, a period of nothing",
       {{"/proc/self/cgroup", v1},
        {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "0\n"}},
       std::nullopt},
      {"cpuset and cpuacct are no cpu",
       {{"/proc/self/cgroup", "2:cpuset:/a\n1:cpuacct:/a\n"},
        {"/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "100000\n"},
        {"/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n"}},
       std::nullopt},
      {"lines that are none",
       {{"/proc/self/cgroup", "\n:\nx\n0:relative\n0::relative\n"},
        {"/sys/fs/cgroup/cpu.max", "100000 100000\n"}},
       1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto quota = cpu_quota([&row](const std::string& path) -> std::optional<std::string> {
      const auto file = row.files.find(path);
      if (file == row.files.end()) return std::nullopt;
      return file->second;
    });
    CHECK(quota == row.cores);
  }
}

TEST_CASE("there is at least one worker, and not more than cores this process may use") {
  cpu_set_t usable;
  REQUIRE(::sched_getaffinity(0, sizeof usable, &usable) == 0);
  CHECK(auto_workers() >= 1);
  CHECK(auto_workers() <= static_cast<std::uint32_t>(CPU_COUNT(&usable)));
}

}  // namespace
}  // namespace sallyport
