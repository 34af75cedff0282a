#include "proxy/commands/env_variables.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

using Texts = std::vector<std::string>;

Workstation workstation(const char* proxy = "http://127.0.0.1:3128") {
  Texts warnings;
  return {.proxy = *ProxyUrl::parse(proxy),
          .no_proxy = no_proxy_entries({}, warnings),
          .trust = std::nullopt};
}

/// The value; `none` if the variable is not set.
std::string value_of(const Workstation& workstation, const std::string& name) {
  for (const Variable& each : workstation_variables(workstation)) {
    if (each.name == name) return each.value;
  }
  return "none";
}

TEST_CASE("the proxy is told in both cases, and what goes past it") {
  const Workstation plain = workstation();
  for (const char* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"}) {
    CHECK(value_of(plain, name) == "http://127.0.0.1:3128");
  }
  for (const char* name : {"no_proxy", "NO_PROXY"}) {
    CHECK(value_of(plain, name) ==
          "localhost,127.0.0.1,169.254.169.254,169.254.170.2,169.254.170.23");
  }
  CHECK(value_of(plain, "NODE_USE_ENV_PROXY") == "1");
  CHECK(workstation_variables(plain).size() == 7);
}

TEST_CASE("with a CA each tool is told its file") {
  Workstation trusting = workstation();
  trusting.trust = TrustFiles{.bundle = "/b", .added = "/a", .wgetrc = "/w", .java_store = ""};
  for (const char* name :
       {"AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
        "PIP_CERT", "CARGO_HTTP_CAINFO", "DENO_CERT", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"}) {
    CAPTURE(name);
    CHECK(value_of(trusting, name) == "/b");
    CHECK(value_of(workstation(), name) == "none");
  }
  CHECK(value_of(trusting, "UV_NATIVE_TLS") == "1");
  CHECK(value_of(trusting, "UV_SYSTEM_CERTS") == "true");
  CHECK(value_of(trusting, "NODE_EXTRA_CA_CERTS") == "/a");
  CHECK(value_of(trusting, "SYSTEM_WGETRC") == "/w");
  CHECK(value_of(trusting, "npm_config_cafile") == "/b");
  CHECK(value_of(trusting, "JAVA_TOOL_OPTIONS") == "none");
}

TEST_CASE("Java is told its proxy, its exceptions and its store") {
  Workstation java = workstation("http://gate.example.org:3128");
  java.has_java = true;
  java.no_proxy = {"localhost", "10.0.0.4", "mlflow.internal"};
  const std::string proxy =
      "-Dhttp.proxyHost=gate.example.org -Dhttp.proxyPort=3128 -Dhttps.proxyHost=gate.example.org "
      "-Dhttps.proxyPort=3128 "
      "-Dhttp.nonProxyHosts=localhost|10.0.0.4|mlflow.internal|*.mlflow.internal";
  CHECK(value_of(java, "JAVA_TOOL_OPTIONS") == proxy);
  java.trust =
      TrustFiles{.bundle = "/b", .added = "/a", .wgetrc = "/w", .java_store = "/a b/store"};
  CHECK(value_of(java, "JAVA_TOOL_OPTIONS") ==
        "\"-Djavax.net.ssl.trustStore=/a b/store\" -Djavax.net.ssl.trustStorePassword=changeit " +
            proxy);
  java.proxy = *ProxyUrl::parse("https://gate.example.org:3129");
  java.trust.reset();
  CHECK(value_of(java, "JAVA_TOOL_OPTIONS") == "none");
}

TEST_CASE("a shell reads a value as it is") {
  CHECK(Variable{"A", "b"}.line() == "export A='b'");
  CHECK(Variable{"A", "it's $HOME `x`\n"}.line() == "export A='it'\\''s $HOME `x`\n'");
}

TEST_CASE("NO_PROXY has no entry that leads past the gate, or that a tool cannot read") {
  struct Row {
    const char* entry;
    bool is_taken;
  };
  const Row rows[] = {
      {"jupyterhub", true},
      {"mlflow.internal", true},
      {"10.0.0.4", true},
      {"notamazonaws.com", true},
      {"amazonaws.com", false},
      {"s3.amazonaws.com", false},
      {"com", false},
      {"cn", false},
      {"amazonaws.com.cn", false},
      {"sts.us-east-1.api.aws", false},
      {"aws", false},
      {"fd00::1", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.entry);
    Texts warnings;
    const Texts entries = no_proxy_entries({row.entry}, warnings);
    CHECK((std::find(entries.begin(), entries.end(), row.entry) != entries.end()) == row.is_taken);
    CHECK(warnings.size() == (row.is_taken ? 0 : 1));
  }
  Texts warnings;
  CHECK(no_proxy_entries({"localhost", "169.254.170.2"}, warnings).size() == 5);
  CHECK(warnings.empty());
  no_proxy_entries({"s3.amazonaws.com", "fd00::1"}, warnings);
  CHECK(warnings ==
        Texts{"no_proxy: 's3.amazonaws.com' is left out: with it, requests to AWS would go past "
              "the gate",
              "no_proxy: 'fd00::1' is left out: some tools end at an IPv6 address in NO_PROXY; use "
              "a name"});
}

TEST_CASE("a proxy's URL is a scheme, a host and a port") {
  const auto read = [](const char* text) {
    const auto url = ProxyUrl::parse(text);
    return url ? url->text() : "none";
  };
  CHECK(read("http://gate:3128") == "http://gate:3128");
  CHECK(read("https://GATE.example.org:3129/") == "https://gate.example.org:3129");
  CHECK(read("http://[FD00::1]:3128") == "http://[fd00::1]:3128");
  for (const char* text :
       {"", "gate:3128", "http://gate", "http://user@gate:3128", "ftp://gate:1",
        "http://gate:3128/x", "http://ga'te:3128", "http://gate:0", "http:gate"}) {
    CAPTURE(text);
    CHECK(read(text) == "none");
  }
}

}  // namespace
}  // namespace sallyport
