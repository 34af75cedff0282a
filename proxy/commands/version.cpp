#include <iostream>

#include <ares.h>
#include <boost/version.hpp>
#include <idn2.h>
#include <libpsl.h>
#include <openssl/crypto.h>

#include "proxy/commands/build.h"
#include "proxy/commands/command.h"

namespace sallyport {

std::string_view version() { return SALLYPORT_VERSION; }

std::string library_versions() {
  std::string lines;
  lines += "compiler " __VERSION__ "\n";
  lines += "Boost " + std::to_string(BOOST_VERSION / 100000) + "." +
           std::to_string(BOOST_VERSION / 100 % 1000) + "\n";
  lines += std::string(::OpenSSL_version(OPENSSL_VERSION)) + "\n";
  lines += std::string("c-ares ") + ::ares_version(nullptr) + "\n";
  lines += std::string("libpsl ") + ::psl_get_version() + "\n";
  lines += std::string("libidn2 ") + ::idn2_check_version(nullptr) + "\n";
  return lines;
}

void add_version(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("version", "Version, build and library versions");
  command->callback([&status] {
    std::cout << "sallyport " << version() << '\n' << library_versions();
    status = 0;
  });
}

}  // namespace sallyport
