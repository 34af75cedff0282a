#include "proxy/commands/written_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace sallyport {
namespace {

std::string last_error(const std::string& path) { return path + ": " + std::strerror(errno); }

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// Closes the descriptor. `""`, or what went wrong; the file is gone then.
std::string fill(int descriptor, const std::string& path, std::string_view bytes, unsigned mode) {
  const bool is_written = write_all(descriptor, bytes) &&
                          fchmod(descriptor, static_cast<mode_t>(mode)) == 0 &&
                          fsync(descriptor) == 0;
  const std::string error = is_written ? "" : last_error(path);
  close(descriptor);
  if (!is_written) unlink(path.c_str());
  return error;
}

}  // namespace

std::string create_file(const std::string& path, std::string_view bytes, unsigned mode) {
  // Nobody but us can read it before its mode is what it should be.
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return last_error(path);
  return fill(descriptor, path, bytes, mode);
}

std::string replace_file(const std::string& path, std::string_view bytes, unsigned mode) {
  if (is_own_file(path) && read_whole_file(path) == bytes) return {};
  std::string draft = path + ".XXXXXX";
  const int descriptor = mkostemp(draft.data(), O_CLOEXEC);
  if (descriptor < 0) return last_error(path);
  std::string error = fill(descriptor, draft, bytes, mode);
  if (error.empty() && std::rename(draft.c_str(), path.c_str()) != 0) {
    error = last_error(path);
    unlink(draft.c_str());
  }
  return error;
}

bool is_own_file(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

std::string read_whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

}  // namespace sallyport
