#include "proxy/commands/ca_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "proxy/commands/written_file.h"

namespace sallyport {
namespace {

/// Whoever may rename files there has the CA, whatever the mode of its key. `""`: nobody else may,
/// or the folder is absent.
std::string fault_of_folder(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  if (!S_ISDIR(status.st_mode)) return path + " is no folder";
  const std::string another = "name one that is absent, which is made for you alone (mode 700)";
  if (status.st_uid != geteuid()) {
    return path + " belongs to user " + std::to_string(status.st_uid) + " and you are " +
           std::to_string(geteuid()) +
           ": its owner could put another key in the place of this one; run this as its owner, "
           "or " +
           another;
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return path +
           " can be written by others, who could put another key in the place of this one:"
           " `chmod go-w " +
           path + "`, or " + another;
  }
  return {};
}

}  // namespace

std::string CaFolder::obstacle() const {
  std::string fault = fault_of_folder(path);
  if (!fault.empty()) return fault;
  for (const std::string& file : {key(), certificates(), root()}) {
    struct stat status {};
    if (lstat(file.c_str(), &status) != 0) continue;
    return file +
           " is there already, and no CA is ever overwritten: make the next one in another folder,"
           " publish its trust.pem as a further one of `ca_certificates`, and let it sign once"
           " workstations have it (deploy/ca/README.md)";
  }
  return {};
}

std::string CaFolder::write(const NewAuthority& authority) const {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return path + ": " + std::strerror(errno);
  }
  std::string error = fault_of_folder(path);
  if (!error.empty()) return error;
  error = create_file(key(), authority.key_pem.text(), 0600);
  if (!error.empty()) return error;
  error = create_file(certificates(), authority.certificates_pem, 0644);
  if (error.empty()) {
    error = create_file(root(), authority.root_pem, 0644);
    if (!error.empty()) unlink(certificates().c_str());
  }
  if (!error.empty()) unlink(key().c_str());
  return error;
}

void CaFolder::remove() const {
  for (const std::string& each : {certificates(), root(), key()}) std::remove(each.c_str());
}

}  // namespace sallyport
