#include "policy/loader/keys.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> found;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    found.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return found;
}

TEST_CASE("the table has exactly the keys of DESIGN.md, in its order") {
  struct Row {
    Block block;
    std::string_view keys;
  };
  const Row rows[] = {
      {Block::top,
       "version mode contact organization listeners metrics workers clients no_proxy interception "
       "destinations resolver host_sets rules reload audit limits timeouts"},
      {Block::organization,
       "accounts buckets regions sign_in_aliases identity_center studio_domains studio_hosts "
       "notebooks"},
      {Block::listener, "protocol address proxy_protocol certificate private_key client_ca"},
      {Block::metrics, "address top_hosts"},
      {Block::client, "name networks certificate_names mode"},
      {Block::interception, "ca_certificates ca_private_key explain_refused"},
      {Block::destinations, "allow_networks source_address ca_bundle routes"},
      {Block::route, "hosts regions connect_to endpoint_policy"},
      {Block::resolver, "servers hosts_file"},
      {Block::host_set, "hosts file except"},
      {Block::rule,
       "name effect mode until clients hosts except_hosts ports schemes networks tls intercept "
       "methods urls content_types websocket limits aws multi_tenant"},
      {Block::rule_limits, "upload_bytes download_bytes"},
      {Block::aws,
       "principal_accounts resource_accounts referenced_accounts services regions actions buckets "
       "resources access_keys signatures unsigned require_expected_bucket_owner"},
      {Block::audit, "path required"},
      {Block::limits, "connections connections_per_client header_bytes judged_body_bytes"},
      {Block::timeouts, "header client_hello connect response keep_alive origin_idle idle drain"},
      {Block::test_file, "policy tests"},
      {Block::test, "name client time address sni first_bytes request headers body expect"},
      {Block::test_expect, "decision reason rule after tls aws"},
      {Block::test_expect_aws,
       "signature principal_account service region operation actions buckets resources "
       "resource_accounts referenced_accounts"},
  };
  CHECK(std::size(rows) == kBlockCount);
  std::size_t count = 0;
  for (const Row& row : rows) {
    CAPTURE(text(row.block));
    const auto expected = words(row.keys);
    CHECK(key_names(row.block) == expected);
    count += expected.size();
  }
  CHECK(all_keys().size() == count);
}

TEST_CASE("what works is what the issue says works; all else waits for a room that has a name") {
  std::set<std::string> waiting;
  for (const Key& key : all_keys()) {
    CHECK((key.state == KeyState::works) == key.waits_for.empty());
    if (key.state == KeyState::works || !is_of_policy(key.block)) continue;
    std::string path(text(key.block));
    if (!path.empty()) path += '.';
    path += key.name;
    waiting.insert(path);
  }
  CHECK(waiting == std::set<std::string>{"clients[].certificate_names", "listeners[].certificate",
                                         "listeners[].client_ca", "listeners[].private_key"});
}

TEST_CASE("each key says what it wants and what it means") {
  for (const Key& key : all_keys()) {
    CAPTURE(key.name);
    CHECK_FALSE(key.wants.empty());
    if (is_of_policy(key.block)) CHECK_FALSE(key.meaning.empty());
    CHECK((!key.is_required || key.fallback.empty()));
    CHECK(find_key(key.block, key.name) == &key);
  }
}

TEST_CASE("an unknown key is told with the nearest, with its place, or with all there are") {
  CHECK(unknown_key_message(Block::rule, "host") == "unknown key 'host'; did you mean 'hosts'?");
  CHECK(unknown_key_message(Block::rule, "actions") ==
        "unknown key 'actions'; it belongs in `rules[].aws`");
  CHECK(unknown_key_message(Block::rule, "listeners") ==
        "unknown key 'listeners'; it belongs in the top level");
  CHECK(unknown_key_message(Block::audit, "colour") ==
        "unknown key 'colour'; the keys here are path required");
  CHECK(nearest_key(Block::rule, "excepthosts") == "except_hosts");
  CHECK(find_key(Block::rule, "host") == nullptr);
}

}  // namespace
}  // namespace sallyport
