// A resolver on a context of its own, asking a fake DNS server, with files in a folder of its own.
#pragma once

#include <unistd.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/resolver.h"
#include "tests/proxy/fake_dns_server.h"
#include "tests/proxy/run_task.h"

namespace sallyport::testing {

constexpr std::uint16_t kA = 1;
constexpr std::uint16_t kAaaa = 28;

/// A folder that is gone with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name) const { return (path_ / name).string(); }
  /// Puts a file in the place of `name`, as editors do it.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name + ".new")) << text;
    std::filesystem::rename(path(name + ".new"), path(name));
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline ServerAddress local(std::uint16_t port) {
  return {.address = IpAddress::v4({127, 0, 0, 1}), .port = port};
}

/// A configuration that touches nothing of this machine and gives up fast.
inline ResolverConfig quick(std::uint16_t port) {
  ResolverConfig config;
  if (port != 0) config.servers = {local(port)};
  config.resolv_conf.clear();
  config.hosts_file.clear();
  config.patience = {.attempt = std::chrono::milliseconds(200), .attempts = 2};
  config.v6_grace = std::chrono::milliseconds(50);
  return config;
}

/// The answers of several questions, as they come.
class Bench {
 public:
  explicit Bench(ResolverConfig config, LookupObserver observer = {})
      : resolver_(std::make_unique<Resolver>(context_.get_executor(), std::move(config),
                                             std::move(observer))) {}

  io_context& context() { return context_; }
  Resolver& resolver() { return *resolver_; }
  /// Destroys whoever waits; the results stay empty.
  void destroy_tasks() {
    tasks_.destroy_all();
    results_.clear();
  }
  void destroy_resolver() { resolver_.reset(); }

  /// Starts to resolve; the result appears in `results()[index]`.
  std::size_t begin(std::string_view name, const IpAddress& client = {}) {
    results_.push_back(std::make_shared<std::optional<Resolution>>());
    test::run_task(tasks_, resolver_->resolve(name, client),
                   [result = results_.back()](Resolution got) { *result = std::move(got); });
    return results_.size() - 1;
  }
  const std::optional<Resolution>& result(std::size_t index) const { return *results_[index]; }

  /// Runs until all that was begun has ended, ten seconds at most; true if it has.
  bool finish() {
    const auto end = steady_clock::now() + std::chrono::seconds(10);
    const auto is_open = [](const auto& result) { return !result->has_value(); };
    while (std::ranges::any_of(results_, is_open)) {
      if (steady_clock::now() > end) return false;
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(100));
    }
    return true;
  }
  void run_for(std::chrono::milliseconds span) {
    context_.restart();
    context_.run_for(span);
    // run_for returns early when there is nothing to do.
  }

  /// Resolves one name; outcome `overloaded` stands for "never ended".
  Resolution resolve(std::string_view name) {
    const std::size_t index = begin(name);
    if (!finish()) return {.addresses = {}, .outcome = Resolution::Outcome::overloaded};
    return *result(index);
  }

 private:
  io_context context_;
  std::unique_ptr<Resolver> resolver_;
  std::vector<std::shared_ptr<std::optional<Resolution>>> results_;
  RootTask::List tasks_;
};

/// `2001:db8::1 192.0.2.1`
inline std::string text(const Resolution& resolution) {
  std::string all;
  for (const IpAddress& address : resolution.addresses) {
    all += (all.empty() ? "" : " ") + address.text();
  }
  return all;
}

inline std::string_view name_of(Resolution::Outcome outcome) {
  switch (outcome) {
    case Resolution::Outcome::ok:
      return "ok";
    case Resolution::Outcome::no_such_name:
      return "no_such_name";
    case Resolution::Outcome::no_address:
      return "no_address";
    case Resolution::Outcome::failed:
      return "failed";
    case Resolution::Outcome::timed_out:
      return "timed_out";
    case Resolution::Outcome::overloaded:
      return "overloaded";
  }
  return "?";
}

}  // namespace sallyport::testing
