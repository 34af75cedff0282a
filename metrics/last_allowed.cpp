#include "metrics/last_allowed.h"

namespace sallyport {

void LastAllowed::note(std::string_view client, std::string_view host, TimePoint began,
                       TimePoint ended) {
  auto found = clients_.find(client);
  if (found == clients_.end()) {
    if (clients_.size() >= clients_max_) make_room(began);
    found = clients_.emplace(client, Visit{}).first;
  }
  Visit& visit = found->second;
  visit.host = host;
  visit.began = began;
  visit.ended = ended;
}

std::string_view LastAllowed::before(std::string_view client, TimePoint time) const {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return {};
  const Visit& visit = found->second;
  const bool is_before = visit.began <= time && time <= visit.ended + kSpan;
  return is_before ? std::string_view(visit.host) : std::string_view();
}

/// Whom nothing can follow any more goes first. Where that makes little room all go, so that a
/// client costs a few steps on the average.
void LastAllowed::make_room(TimePoint now) {
  std::erase_if(clients_, [now](const auto& each) { return each.second.ended + kSpan < now; });
  if (clients_.size() > clients_max_ / 2) clients_.clear();
}

}  // namespace sallyport
