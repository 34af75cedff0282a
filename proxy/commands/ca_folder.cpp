#include "proxy/commands/ca_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "proxy/commands/written_file.h"

namespace sallyport {

std::string CaFolder::obstacle() const {
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
  std::string error = create_file(key(), authority.key_pem.text(), 0600);
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
