// The part of the server that keeps to a policy: reads it again, and has its limits, its CA's key
// and what the operator is to know of them follow it.
#include "metrics/wall_clock.h"
#include "proxy/descriptors.h"
#include "proxy/policy_file.h"
#include "proxy/resolv_conf.h"
#include "proxy/resolver_config.h"
#include "proxy/server.h"
#include "proxy/watched_file.h"
#include "tls/secret_memory.h"

namespace sallyport {
namespace {

constexpr std::chrono::days kCaToldBefore{14};
constexpr std::chrono::hours kCaToldEvery{24};

}  // namespace

void Server::reload() {
  if (!options_.policy_path) {
    gate_.log.log(OperatorLog::Level::info, "the built-in policy has nothing to reload");
    return;
  }
  if (watch_) watch_->begin_read();
  PolicyFile file = read_policy(options_.policy_path);
  auto tls = read_tls_material(file);
  if (!file.policy) return refuse_reload(file.errors, "");
  const std::string_view fixed =
      GateSettings::first_difference(options_.policy.gate, file.policy->gate);
  const std::string& hash = file.policy->snapshot->hash;
  if (!fixed.empty()) {
    return refuse_reload({*options_.policy_path + ": `" + std::string(fixed) +
                          "` cannot change while the gate runs; start it anew"},
                         hash);
  }
  if (const auto error = limits_error(*file.policy->snapshot)) {
    return refuse_reload({*options_.policy_path + ": " + *error}, hash);
  }
  for (const std::string& warning : file.warnings) {
    gate_.log.log(OperatorLog::Level::warning, warning);
  }
  take(std::move(*file.policy), std::move(tls));
}

void Server::refuse_reload(const std::vector<std::string>& errors, const std::string& hash) {
  gate_.log.log(OperatorLog::Level::error, "the new policy was refused; the former one holds on");
  for (const std::string& error : errors) gate_.log.log(OperatorLog::Level::error, error);
  status_->refused(hash, errors, wall_clock());
}

void Server::take(LoadedPolicy policy, std::shared_ptr<const TlsMaterial> tls) {
  options_.policy = std::move(policy);
  options_.tls = std::move(tls);
  const Snapshot& snapshot = *options_.policy.snapshot;
  apply_limits(snapshot);
  tell_of_resolv_conf();
  for (const auto& worker : workers_) worker->adopt(policy_parts());
  if (watch_) watch_->follow(options_.policy.files);
  guard_ca_key();
  status_->taken(snapshot.hash, std::string(text(snapshot.mode)), wall_clock());
}

void Server::guard_ca_key() {
  told_of_ca_ = wall_clock();
  status_->set_ca_expiry(options_.tls ? std::optional(options_.tls->authority->expires())
                                      : std::nullopt);
  if (!options_.tls || forbid_core_dumps()) return;
  gate_.log.log(OperatorLog::Level::warning,
                "the kernel does not forbid core dumps, in which the CA's key would lie");
}

void Server::tell_of_ca() {
  const TimePoint now = wall_clock();
  if (!options_.tls || now - told_of_ca_ < kCaToldEvery) return;
  told_of_ca_ = now;
  const TimePoint ends = options_.tls->authority->expires();
  if (ends - now > kCaToldBefore) return;
  const auto days = std::chrono::duration_cast<std::chrono::days>(ends - now).count();
  gate_.log.log(OperatorLog::Level::warning,
                "the interception CA ends in " + std::to_string(days) +
                    " days; `sallyport ca init` makes the next one (deploy/ca/README.md)");
}

std::uint32_t Server::carried() const { return connections_carried(descriptors_, worker_count_); }

std::optional<std::string> Server::limits_error(const Snapshot& snapshot) const {
  const std::uint32_t wanted = snapshot.limits.connections;
  if (wanted <= carried()) return std::nullopt;
  return "limits.connections is " + std::to_string(wanted) + ", but the descriptor limit of " +
         std::to_string(descriptors_) + " carries " + std::to_string(carried()) +
         " connections; lower it, write `auto`, or raise LimitNOFILE";
}

void Server::apply_limits(const Snapshot& snapshot) {
  const std::uint32_t wanted = snapshot.limits.connections;
  const std::uint32_t all = wanted == 0 ? carried() : wanted;
  gate_.connections_max.store(all);
  const auto written = snapshot.limits.connections_per_client;
  if (wanted == 0 && written.value_or(0) >= all) {  // else the loader has said so
    gate_.log.log(OperatorLog::Level::warning,
                  "limits.connections_per_client lets one client take all " + std::to_string(all) +
                      " connections that the descriptor limit carries");
  }
  // Who waits for one client's places takes a quarter at most.
  gate_.slots.configure(connections_of_one_client(written, all),
                        std::max<std::uint32_t>(1, all / 4));
}

void Server::tell_of_resolv_conf() {
  const ResolverConfig config = resolver_config(options_.policy.snapshot->resolver);
  if (!config.servers.empty()) return;
  const ResolvConf conf = parse_resolv_conf(WatchedFile(config.resolv_conf).read().value_or(""));
  for (const std::string& remark : remarks_on(conf, config.resolv_conf)) {
    gate_.log.log(OperatorLog::Level::warning, remark);
  }
}

}  // namespace sallyport
