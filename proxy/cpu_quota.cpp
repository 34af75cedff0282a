#include "proxy/cpu_quota.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <vector>

#include <sched.h>

namespace sallyport {
namespace {

constexpr std::int64_t kCoresMax = 1 << 20;

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

std::optional<std::uint32_t> cores(std::optional<std::int64_t> quota,
                                   std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  const std::int64_t rounded_up = (*quota - 1) / *period + 1;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(rounded_up, kCoresMax));
}

/// `cpu.max` holds `QUOTA PERIOD`, or `max PERIOD`.
std::optional<std::uint32_t> quota_v2(const std::string& text) {
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return std::nullopt;
  return cores(number_of(text), number_of(std::string_view(text).substr(space + 1)));
}

/// The process's group in a hierarchy of /proc/self/cgroup: `ID:CONTROLLERS:PATH`, the controllers
/// empty in v2.
std::optional<std::string> group_path(const std::string& groups, bool is_v2) {
  std::istringstream lines(groups);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool fits = is_v2 ? controllers == ",," : controllers.find(",cpu,") != std::string::npos;
    if (fits) return line.substr(second + 1);
  }
  return std::nullopt;
}

/// The folders from the group up to the root. Inside a container the root may be the group itself.
std::vector<std::string> folders_up(std::string path) {
  std::vector<std::string> folders;
  while (path.size() > 1 && path.front() == '/') {
    folders.push_back(path);
    path.resize(path.rfind('/'));
  }
  folders.emplace_back();
  return folders;
}

std::optional<std::uint32_t> smaller(std::optional<std::uint32_t> a,
                                     std::optional<std::uint32_t> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

std::optional<std::uint32_t> cpu_quota(const FileReader& read) {
  const std::string groups = read("/proc/self/cgroup").value_or("");
  std::optional<std::uint32_t> least;
  for (const std::string& folder : folders_up(group_path(groups, true).value_or(""))) {
    const auto text = read("/sys/fs/cgroup" + folder + "/cpu.max");
    if (text) least = smaller(least, quota_v2(*text));
  }
  for (const std::string& folder : folders_up(group_path(groups, false).value_or(""))) {
    // The second where `cpu` is no link to it.
    for (const char* const hierarchy : {"cpu", "cpu,cpuacct"}) {
      const std::string base = std::string("/sys/fs/cgroup/") + hierarchy + folder;
      const auto quota = read(base + "/cpu.cfs_quota_us");
      const auto period = read(base + "/cpu.cfs_period_us");
      if (quota && period) least = smaller(least, cores(number_of(*quota), number_of(*period)));
    }
  }
  return least;
}

std::uint32_t auto_workers() {
  cpu_set_t usable;
  const int count = ::sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : 1;
  const auto cores_usable = static_cast<std::uint32_t>(std::max(count, 1));
  const auto quota = cpu_quota([](const std::string& path) -> std::optional<std::string> {
    std::ifstream file(path);
    if (!file) return std::nullopt;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  });
  return std::min(quota.value_or(cores_usable), cores_usable);
}

}  // namespace sallyport
