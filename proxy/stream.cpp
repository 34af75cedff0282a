#include "proxy/stream.h"

namespace sallyport {

task<std::size_t> write_all(Stream& stream, std::string_view bytes, Deadlines& deadlines,
                            Watched& watched) {
  while (!bytes.empty()) {
    const ssize_t sent = stream.write(bytes, {});
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      deadlines.touch(watched);
      continue;
    }
    if (sent < 0 && !sys::would_block()) break;
    const error_code error = co_await stream.ready(Reactor::Until::writable);
    if (error) break;
  }
  co_return bytes.size();
}

}  // namespace sallyport
