// How many workers a gate starts by itself: what the container's CPU quota carries, else the cores.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport {

/// Reads a small file whole; nothing where it cannot be read.
using FileReader = std::function<std::optional<std::string>(const std::string& path)>;

/// The cgroup's CPU quota in whole cores, rounded up, at least 1; nothing where there is none.
/// Knows cgroup v2 (`cpu.max`) and v1 (`cpu.cfs_quota_us`), of the process's own group and its
/// parents as far as they are visible under /sys/fs/cgroup.
std::optional<std::uint32_t> cpu_quota(const FileReader& read);

/// Workers for `workers: auto`: the quota, but not more than the cores this process may use.
std::uint32_t auto_workers();

}  // namespace sallyport
