// The names under which proxy/ uses Asio: everything on the typed executor of io_context, which
// costs less than any_io_executor. Aliases only. A worker's io_context is run by one thread; none
// of these objects may be touched by another.
#pragma once

#include <chrono>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/system/error_code.hpp>

namespace sallyport {

namespace asio = boost::asio;
using boost::system::error_code;

using io_context = asio::io_context;
using executor = io_context::executor_type;

using tcp = asio::ip::tcp;
using tcp_socket = asio::basic_stream_socket<tcp, executor>;
using tcp_acceptor = asio::basic_socket_acceptor<tcp, executor>;
using stream_descriptor = asio::posix::basic_stream_descriptor<executor>;

using steady_clock = std::chrono::steady_clock;
using steady_timer =
    asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, executor>;

}  // namespace sallyport
