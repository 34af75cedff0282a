#include "proxy/commands/env_variables.h"

#include <algorithm>
#include <array>

#include "policy/values/ip_address.h"

namespace sallyport {
namespace {

// Tools that take one bundle in place of the system's.
constexpr std::array kBundleNames = {
    "AWS_CA_BUNDLE",     "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",    "GIT_SSL_CAINFO",     "PIP_CERT",
    "CARGO_HTTP_CAINFO", "DENO_CERT",          "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"};

// The instance's, the container's and the pod's credentials: a gate cannot reach them, and must
// not.
constexpr std::array kPastTheGate = {"localhost", "127.0.0.1", "169.254.169.254", "169.254.170.2",
                                     "169.254.170.23"};

// Requests to these are what the gate is there to judge.
constexpr std::array kNeverPastTheGate = {"amazonaws.com", "amazonaws.com.cn", "api.aws"};

bool is_within(std::string_view name, std::string_view suffix) {
  return name == suffix || (name.size() > suffix.size() && name.ends_with(suffix) &&
                            name[name.size() - suffix.size() - 1] == '.');
}

std::string joined(const std::vector<std::string>& parts, char separator) {
  std::string text;
  for (const std::string& each : parts) {
    if (!text.empty()) text += separator;
    text += each;
  }
  return text;
}

/// A word of JAVA_TOOL_OPTIONS, which the JVM takes apart at white space outside of quotes.
std::string java_word(const std::string& word) {
  return word.find(' ') == std::string::npos ? word : '"' + word + '"';
}

/// Java's own list takes the place of NO_PROXY; a name stands for itself alone there.
std::string java_hosts(const std::vector<std::string>& no_proxy) {
  std::vector<std::string> hosts;
  for (const std::string& each : no_proxy) {
    hosts.push_back(each);
    if (!IpAddress::parse(each) && each != "localhost") hosts.push_back("*." + each);
  }
  return joined(hosts, '|');
}

std::string java_options(const Workstation& workstation) {
  std::vector<std::string> words;
  if (workstation.trust && !workstation.trust->java_store.empty()) {
    words.push_back(java_word("-Djavax.net.ssl.trustStore=" + workstation.trust->java_store));
    words.emplace_back("-Djavax.net.ssl.trustStorePassword=changeit");
  }
  // Java speaks plain HTTP to proxies alone.
  if (workstation.proxy.scheme == "http") {
    const std::string host(workstation.proxy.authority.host.text());
    const std::string port = std::to_string(workstation.proxy.authority.port);
    for (const std::string scheme : {"http", "https"}) {
      words.push_back("-D" + scheme + ".proxyHost=" + host);
      words.push_back("-D" + scheme + ".proxyPort=" + port);
    }
    words.push_back("-Dhttp.nonProxyHosts=" + java_hosts(workstation.no_proxy));
  }
  return joined(words, ' ');
}

}  // namespace

std::optional<ProxyUrl> ProxyUrl::parse(std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  for (const std::string_view scheme : {"http", "https"}) {
    if (!text.starts_with(scheme) || !text.substr(scheme.size()).starts_with("://")) continue;
    auto authority = parse_authority(text.substr(scheme.size() + 3));
    if (!authority) return std::nullopt;
    return ProxyUrl{std::string(scheme), std::move(*authority)};
  }
  return std::nullopt;
}

std::string Variable::line() const {
  std::string quoted;
  for (const char c : value) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "export " + name + "='" + quoted + "'";
}

std::vector<Variable> workstation_variables(const Workstation& workstation) {
  const std::string url = workstation.proxy.text();
  const std::string no_proxy = joined(workstation.no_proxy, ',');
  // curl reads http_proxy in lower case alone, others the upper case alone.
  std::vector<Variable> variables = {
      {"http_proxy", url},         {"https_proxy", url},   {"HTTP_PROXY", url},
      {"HTTPS_PROXY", url},        {"no_proxy", no_proxy}, {"NO_PROXY", no_proxy},
      {"NODE_USE_ENV_PROXY", "1"},
  };
  if (workstation.trust) {
    for (const char* name : kBundleNames) variables.push_back({name, workstation.trust->bundle});
    variables.push_back({"UV_NATIVE_TLS", "1"});
    variables.push_back({"UV_SYSTEM_CERTS", "true"});
    // wget reads no variable for its CAs, and npm would take what its own file says.
    variables.push_back({"SYSTEM_WGETRC", workstation.trust->wgetrc});
    variables.push_back({"npm_config_cafile", workstation.trust->bundle});
    // Node adds these to its own.
    variables.push_back({"NODE_EXTRA_CA_CERTS", workstation.trust->added});
  }
  const std::string java = workstation.has_java ? java_options(workstation) : "";
  if (!java.empty()) variables.push_back({"JAVA_TOOL_OPTIONS", java});
  return variables;
}

std::vector<std::string> no_proxy_entries(const std::vector<std::string>& no_proxy,
                                          std::vector<std::string>& warnings) {
  std::vector<std::string> entries(kPastTheGate.begin(), kPastTheGate.end());
  for (const std::string& each : no_proxy) {
    const auto address = IpAddress::parse(each);
    const bool is_never = std::any_of(
        kNeverPastTheGate.begin(), kNeverPastTheGate.end(),
        [&each](const char* name) { return is_within(each, name) || is_within(name, each); });
    if (is_never) {
      warnings.push_back("no_proxy: '" + each +
                         "' is left out: with it, requests to AWS would go past the gate");
    } else if (address && !address->is_v4()) {
      warnings.push_back("no_proxy: '" + each +
                         "' is left out: some tools end at an IPv6 address in NO_PROXY; use a "
                         "name");
    } else if (std::find(entries.begin(), entries.end(), each) == entries.end()) {
      entries.push_back(each);
    }
  }
  return entries;
}

}  // namespace sallyport
