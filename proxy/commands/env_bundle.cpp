#include "proxy/commands/env_bundle.h"

#include <filesystem>
#include <system_error>

#include "proxy/commands/environment.h"
#include "proxy/commands/written_file.h"

namespace sallyport {
namespace {

namespace fs = std::filesystem;

/// The folders above a file, closed to others where they are made.
std::string make_folders(const fs::path& folder) {
  std::error_code error;
  fs::path made;
  for (const fs::path& part : folder) {
    made /= part;
    if (!fs::create_directory(made, error)) continue;
    fs::permissions(made, fs::perms::owner_all, error);
  }
  return fs::is_directory(folder, error) ? "" : folder.string() + ": cannot be made";
}

/// `bundle.pem` to `bundle.added.pem`.
std::string beside(const fs::path& path, const std::string& ending) {
  return (path.parent_path() / path.stem()).string() + ending;
}

}  // namespace

std::string default_bundle_path() {
  // Relative paths are invalid there (XDG Base Directory Specification).
  const std::string cache = environment_variable("XDG_CACHE_HOME");
  if (cache.starts_with('/')) return cache + "/sallyport/ca-bundle.pem";
  const std::string home = environment_variable("HOME");
  return home.empty() ? "" : home + "/.cache/sallyport/ca-bundle.pem";
}

std::string system_bundle_path() {
  for (const char* path : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) return path;
  }
  return {};
}

TrustFiles write_trust_files(const std::string& path, const std::string& system_bundle,
                             const std::string& roots_pem, std::string& error) {
  const fs::path bundle = fs::absolute(path);
  TrustFiles files{.bundle = bundle.string(),
                   .added = beside(bundle, ".added.pem"),
                   .wgetrc = beside(bundle, ".wgetrc"),
                   .java_store = beside(bundle, ".truststore")};
  std::string all = read_whole_file(system_bundle);
  if (all.find("BEGIN CERTIFICATE") == std::string::npos) {
    error = system_bundle + ": holds no certificate";
    return files;
  }
  if (!all.ends_with('\n')) all += '\n';
  error = make_folders(bundle.parent_path());
  if (error.empty()) error = replace_file(files.added, roots_pem, 0644);
  if (error.empty()) error = replace_file(files.bundle, all + roots_pem, 0644);
  // It stands in the place of the system's; the user's own is read behind it.
  const std::string wgetrc =
      read_whole_file("/etc/wgetrc") + "\nca_certificate = " + files.bundle + "\n";
  if (error.empty()) error = replace_file(files.wgetrc, wgetrc, 0644);
  return files;
}

}  // namespace sallyport
