#include "proxy/commands/env_java.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include <spawn.h>

#include "proxy/commands/environment.h"
#include "proxy/commands/written_file.h"

namespace sallyport {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnd = "-----END CERTIFICATE-----\n";

bool is_executable(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

std::string find_keytool() {
  const std::string home = environment_variable("JAVA_HOME");
  if (!home.empty() && is_executable(home + "/bin/keytool")) return home + "/bin/keytool";
  const std::string path = environment_variable("PATH");
  for (std::size_t from = 0; from < path.size();) {
    const std::size_t end = std::min(path.find(':', from), path.size());
    const std::string candidate = path.substr(from, end - from) + "/keytool";
    if (is_executable(candidate)) return candidate;
    from = end + 1;
  }
  return {};
}

/// Our environment, without what would change how keytool itself runs.
std::vector<char*> environment_for_java() {
  std::vector<char*> kept;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view text = *each;
    if (text.starts_with("JAVA_TOOL_OPTIONS=") || text.starts_with("JDK_JAVA_OPTIONS=")) continue;
    kept.push_back(*each);
  }
  kept.push_back(nullptr);
  return kept;
}

/// Runs a program to its end, silent; true if it was content.
bool run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& each : words) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) return false;
  for (const int descriptor : {0, 1, 2}) {
    posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0);
  }
  pid_t child = 0;
  const std::vector<char*> environment = environment_for_java();
  const int failed =
      posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  int status = 1;
  return failed == 0 && waitpid(child, &status, 0) == child && status == 0;
}

bool is_newer(const std::string& path, const std::string& than) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) return false;
  return time > fs::last_write_time(than, error) && !error;
}

/// Makes the store in a folder of its own.
std::string fill(const JavaTools& tools, const std::string& added, const fs::path& folder) {
  std::error_code error;
  const std::string store = (folder / "store").string();
  const std::string file = (folder / "ca.pem").string();
  fs::copy_file(tools.trusted, store, error);
  if (error) return tools.trusted + ": " + error.message();
  fs::permissions(store, fs::perms(0644), error);
  const std::string pem = read_whole_file(added);
  int number = 0;
  for (std::size_t from = 0; from < pem.size(); ++number) {
    const std::size_t end = std::min(pem.find(kEnd, from), pem.size() - kEnd.size()) + kEnd.size();
    std::string failed = replace_file(file, pem.substr(from, end - from), 0644);
    if (!failed.empty()) return failed;
    // `changeit` is the password of every Java's cacerts, and hides nothing.
    if (!run({tools.keytool, "-importcert", "-noprompt", "-alias",
              "sallyport-" + std::to_string(number), "-file", file, "-keystore", store,
              "-storepass", "changeit"})) {
      return tools.keytool + " could not add the CA to a copy of " + tools.trusted;
    }
    from = end;
  }
  return {};
}

}  // namespace

std::optional<JavaTools> JavaTools::find() {
  JavaTools tools{.keytool = find_keytool(), .trusted = {}};
  if (tools.keytool.empty()) return std::nullopt;
  std::error_code error;
  const fs::path home = fs::canonical(tools.keytool, error).parent_path().parent_path();
  for (const fs::path& each : {home / "lib/security/cacerts", home / "jre/lib/security/cacerts",
                               fs::path("/etc/ssl/certs/java/cacerts")}) {
    if (!fs::is_regular_file(each, error)) continue;
    tools.trusted = each.string();
    return tools;
  }
  return std::nullopt;
}

std::string make_java_store(const JavaTools& tools, const std::string& added,
                            const std::string& store) {
  const bool is_made =
      is_own_file(store) && is_newer(store, added) && is_newer(store, tools.trusted);
  if (is_made) return {};
  std::string folder = store + ".XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return store + ": no folder can be made beside it";
  std::string failed = fill(tools, added, folder);
  std::error_code error;
  if (failed.empty()) fs::rename(folder + "/store", store, error);
  if (error) failed = store + ": " + error.message();
  fs::remove_all(folder, error);
  return failed;
}

}  // namespace sallyport
