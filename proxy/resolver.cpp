#include "proxy/resolver.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>

#include "proxy/resolv_conf.h"

namespace sallyport {
namespace {

// How often the two system files are looked at (SEMANTICS.md section 11).
constexpr std::chrono::seconds kFilesLookedAtEvery{1};

}  // namespace

/// A name in flight. Shared by the resolver, c-ares's handlers, its timers and who waits for it.
struct Resolver::Lookup {
  struct Slot {
    DnsAnswer answer;
    steady_clock::time_point arrived;
  };

  /// `co_await`: until the lookup is done. Leaves the list if its coroutine is destroyed.
  struct Wait : boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit Wait(Lookup& on) : lookup(on) {}
    bool await_ready() const noexcept { return lookup.is_done(); }
    void await_suspend(std::coroutine_handle<> who) {
      waiter = who;
      lookup.waits.push_back(*this);
    }
    void await_resume() const noexcept {}

    Lookup& lookup;
    std::coroutine_handle<> waiter;
  };

  Lookup(Resolver* resolver, std::string_view canonical_name, const IpAddress& who)
      : owner(resolver),
        name(canonical_name),
        client(who),
        begun(steady_clock::now()),
        limit(resolver->worker_) {}

  bool is_done() const { return owner == nullptr; }

  /// Wakes who waits, by the next turn of the context: not within a handler of c-ares.
  static void end(const std::shared_ptr<Lookup>& lookup, Resolution with) {
    const executor worker = lookup->owner->worker_;
    lookup->owner = nullptr;
    lookup->result = std::move(with);
    lookup->limit.cancel();
    asio::post(worker, [lookup] {
      while (!lookup->waits.empty()) {
        Wait& first = lookup->waits.front();
        lookup->waits.pop_front();
        first.waiter.resume();
      }
    });
  }

  Resolver* owner;  // nullptr once done
  std::string name;
  IpAddress client;  // whose share it counts in
  steady_clock::time_point begun;
  steady_clock::time_point deadline;
  unsigned round = 0;  // answers of earlier rounds, from former servers, count for nothing
  std::optional<Slot> v6;
  std::optional<Slot> v4;
  Resolution result;
  steady_timer limit;
  boost::intrusive::list<Wait, boost::intrusive::constant_time_size<false>> waits;
};

/// One session's place among those that wait; given back when its task ends, in whatever way.
class Resolver::Waiting {
 public:
  Waiting(std::shared_ptr<ClientShares> shares, const IpAddress& client)
      : shares_(std::move(shares)), client_(client) {
    shares_->take(client_);
  }
  Waiting(Waiting&&) = default;
  Waiting& operator=(Waiting&&) = delete;
  ~Waiting() {
    if (shares_) shares_->give_back(client_);
  }

 private:
  std::shared_ptr<ClientShares> shares_;
  IpAddress client_;
};

Resolver::Resolver(executor worker, ResolverConfig config, LookupObserver observer)
    : worker_(worker),
      config_(std::move(config)),
      observer_(std::move(observer)),
      hosts_(config_.hosts_file),
      resolv_conf_(config_.resolv_conf),
      cache_(config_.cached_names_max),
      dns_(worker) {
  reload();
}

Resolver::~Resolver() {
  for (const auto& [name, lookup] : in_flight_) Lookup::end(lookup, Resolution{});
}

const Resolution* Resolver::cached(std::string_view canonical_name) {
  const auto now = steady_clock::now();
  refresh_files(now);
  if (const Resolution* named = hosts_.find(canonical_name)) return named;
  return cache_.find(canonical_name, now);
}

// No coroutine itself: the name is used before this returns, so that no view lives in a frame.
task<Resolution> Resolver::resolve(std::string_view canonical_name, const IpAddress& client) {
  if (const Resolution* known = cached(canonical_name)) return give(*known);
  if (IpAddress::parse(canonical_name)) return give(Resolution{});
  const auto found = in_flight_.find(canonical_name);
  const bool is_joining = found != in_flight_.end();
  const bool has_room = is_joining || names_.has_room(client, config_.names_in_flight_max);
  if (!has_room || !waiting_->has_room(client, config_.waiting_max)) {
    return give(Resolution{.addresses = {}, .outcome = Resolution::Outcome::overloaded});
  }
  auto lookup = is_joining ? found->second : start(canonical_name, client);
  return wait(std::move(lookup), Waiting(waiting_, client));
}

task<Resolution> Resolver::give(Resolution resolution) { co_return resolution; }

// Both parameters are held for their lifetime; nothing of the resolver is touched.
task<Resolution> Resolver::wait(std::shared_ptr<Lookup> lookup, [[maybe_unused]] Waiting waiting) {
  Lookup::Wait done(*lookup);
  co_await done;
  co_return lookup->result;
}

void Resolver::configure(ResolverConfig config) {
  if (config.hosts_file != config_.hosts_file) hosts_ = HostsFile(config.hosts_file);
  // Read in any case: the servers may have been the policy's until now.
  resolv_conf_ = WatchedFile(config.resolv_conf);
  config_ = std::move(config);
  cache_.set_capacity(config_.cached_names_max);
  reload();
}

void Resolver::reload() {
  files_due_ = steady_clock::now() + kFilesLookedAtEvery;
  hosts_.refresh();
  use_servers();
}

void Resolver::refresh_files(steady_clock::time_point now) {
  if (now < files_due_) return;
  reload();
}

void Resolver::use_servers() {
  auto servers = config_.servers;
  if (servers.empty()) {
    if (!resolv_conf_.has_changed()) return;
    const std::string text = resolv_conf_.read().value_or("");
    if (!config_.resolv_conf.empty()) servers = parse_resolv_conf(text).servers;
    for (ServerAddress& server : servers) server.port = config_.resolv_conf_port;
  }
  if (servers == dns_.servers() && config_.patience == dns_.patience()) return;
  dns_.use(std::move(servers), config_.patience);
  cache_.clear();  // another server may have another view of the same names
  std::vector<std::shared_ptr<Lookup>> waiting;
  for (const auto& [name, lookup] : in_flight_) waiting.push_back(lookup);
  for (const auto& lookup : waiting) ask(lookup);
}

std::shared_ptr<Resolver::Lookup> Resolver::start(std::string_view canonical_name,
                                                  const IpAddress& client) {
  auto lookup = std::make_shared<Lookup>(this, canonical_name, client);
  const auto servers = static_cast<int>(dns_.servers().size());
  const auto& patience = config_.patience;
  lookup->deadline = lookup->begun + patience.attempt * std::max(patience.attempts, servers);
  in_flight_.emplace(lookup->name, lookup);
  names_.take(client);
  limit(lookup, lookup->deadline);
  ask(lookup);
  return lookup;
}

void Resolver::ask(const std::shared_ptr<Lookup>& lookup) {
  const unsigned round = ++lookup->round;
  lookup->v6.reset();
  lookup->v4.reset();
  const auto handler = [&](DnsType type) {
    return [this, lookup, round, type](const DnsAnswer& answer) {
      if (lookup->round == round) on_answer(lookup, type, answer);
    };
  };
  dns_.ask(lookup->name, handler(DnsType::aaaa), handler(DnsType::a));
}

void Resolver::on_answer(const std::shared_ptr<Lookup>& lookup, DnsType type,
                         const DnsAnswer& answer) {
  if (lookup->is_done()) return;
  const auto now = steady_clock::now();
  (type == DnsType::aaaa ? lookup->v6 : lookup->v4) = Lookup::Slot{answer, now};
  if (lookup->v6 && lookup->v4) return finish(lookup);
  const bool has_v4_addresses = type == DnsType::a && answer.kind == DnsAnswer::Kind::addresses;
  if (has_v4_addresses) limit(lookup, std::min(lookup->deadline, now + config_.v6_grace));
}

void Resolver::limit(const std::shared_ptr<Lookup>& lookup, steady_clock::time_point when) {
  lookup->limit.expires_at(when);
  lookup->limit.async_wait([lookup, when](error_code error) {
    // Not cancelled, but perhaps too late to be: queued when it was moved, or when it was done.
    if (error || lookup->is_done() || lookup->limit.expiry() != when) return;
    lookup->owner->finish(lookup);
  });
}

void Resolver::finish(const std::shared_ptr<Lookup>& lookup) {
  const auto now = steady_clock::now();
  // The answer at this moment: what is absent has timed out, and a TTL runs from its arrival.
  const auto taken = [now](std::optional<Lookup::Slot>& slot) {
    if (!slot) return DnsAnswer{.kind = DnsAnswer::Kind::timed_out, .addresses = {}};
    const auto age = std::chrono::ceil<std::chrono::milliseconds>(now - slot->arrived);
    slot->answer.ttl -= std::min(age, slot->answer.ttl);
    return std::move(slot->answer);
  };
  auto [resolution, lifetime] = join(taken(lookup->v6), taken(lookup->v4));
  const auto outcome = resolution.outcome;
  if (lifetime.count() > 0) cache_.put(lookup->name, resolution, now + lifetime);
  in_flight_.erase(lookup->name);
  names_.give_back(lookup->client);
  Lookup::end(lookup, std::move(resolution));
  if (observer_) observer_(outcome, now - lookup->begun);
}

}  // namespace sallyport
