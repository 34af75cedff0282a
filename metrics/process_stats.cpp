#include "metrics/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include <dirent.h>

namespace sallyport {
namespace {

std::optional<double> count_open_fds() {
  DIR* const directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return std::nullopt;
  int count = -1;  // the directory's own
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') ++count;
  }
  ::closedir(directory);
  return count;
}

/// When the machine began, in seconds since 1970.
std::optional<double> boot_time() {
  timespec up{};
  if (::clock_gettime(CLOCK_BOOTTIME, &up) != 0) return std::nullopt;
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return now - (static_cast<double>(up.tv_sec) + static_cast<double>(up.tv_nsec) / 1e9);
}

/// Of /proc/self/stat: the fields from the third on, since the second may hold spaces (proc(5)).
void read_stat(ProcessStats& stats) {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line)) return;
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  constexpr int kBetweenStateAndUtime = 11;
  constexpr int kBetweenStimeAndStart = 6;
  double utime = 0, stime = 0, start = 0, virtual_bytes = 0, resident_pages = 0;
  for (int i = 0; i < kBetweenStateAndUtime; ++i) fields >> skipped;
  fields >> utime >> stime;
  for (int i = 0; i < kBetweenStimeAndStart; ++i) fields >> skipped;
  fields >> start >> virtual_bytes >> resident_pages;
  if (!fields) return;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  stats.cpu_seconds = (utime + stime) / ticks;
  stats.virtual_bytes = virtual_bytes;
  stats.resident_bytes = resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  // Reckoned once: of two clocks read one after the other, or after a step of one, the start would
  // seem to move, and a Prometheus would see restarts.
  static const std::optional<double> boot = boot_time();
  if (boot) stats.start_time_seconds = *boot + start / ticks;
}

}  // namespace

ProcessStats process_stats() {
  ProcessStats stats;
  read_stat(stats);
  stats.open_fds = count_open_fds();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    stats.max_fds = limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                                    : static_cast<double>(limit.rlim_cur);
  }
  return stats;
}

}  // namespace sallyport
