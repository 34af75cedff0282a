#include "proxy/policy_watch.h"

#include <sys/stat.h>

namespace sallyport {

PolicyWatch::PolicyWatch(std::vector<std::string> files) { follow(std::move(files)); }

void PolicyWatch::begin_read() {
  known_ = look();
  last_ = known_;
}

void PolicyWatch::follow(std::vector<std::string> files) {
  if (files == files_) return;
  files_ = std::move(files);
  known_ = look();
  last_ = known_;
}

bool PolicyWatch::has_changed() {
  const std::string now = look();
  const bool is_still = now == last_;
  last_ = now;
  if (!is_still || now == known_) return false;
  known_ = now;
  return true;
}

std::string PolicyWatch::look() const {
  std::string seen;
  for (const std::string& file : files_) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      seen += "gone;";
      continue;
    }
    seen += std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) + ":" +
            std::to_string(status.st_size) + ":" + std::to_string(status.st_mtim.tv_sec) + "." +
            std::to_string(status.st_mtim.tv_nsec) + ":" + std::to_string(status.st_ctim.tv_sec) +
            "." + std::to_string(status.st_ctim.tv_nsec) + ";";
  }
  return seen;
}

}  // namespace sallyport
