# The libraries of Debian 12 that we build with; ARCHITECTURE.md says why each of them.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB 1.2.13 REQUIRED)
find_package(Boost 1.81.0 EXACT REQUIRED CONFIG COMPONENTS headers json)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG)  # Debian ships no version file for it
find_package(CLI11 2.1 REQUIRED CONFIG)
find_package(PkgConfig REQUIRED)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(psl REQUIRED IMPORTED_TARGET libpsl)
pkg_check_modules(idn2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(expat REQUIRED IMPORTED_TARGET expat)

add_library(re2::re2 ALIAS PkgConfig::re2)
add_library(psl::psl ALIAS PkgConfig::psl)
add_library(idn2::idn2 ALIAS PkgConfig::idn2)
add_library(cares::cares ALIAS PkgConfig::cares)
add_library(expat::expat ALIAS PkgConfig::expat)
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

# Asio and Beast are compiled once, in proxy/asio_impl.cpp.
add_library(asio INTERFACE)
target_compile_definitions(asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(asio INTERFACE Boost::headers Boost::json Threads::Threads OpenSSL::SSL)
add_library(asio::asio ALIAS asio)
