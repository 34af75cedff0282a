// The one place where Asio and Beast are compiled (BOOST_ASIO_SEPARATE_COMPILATION): every other
// file sees their declarations only, which halves its build time.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
