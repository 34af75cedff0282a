#include "proxy/http/body_framing.h"

namespace sallyport {

Framing framing_of(const RequestHead& head) {
  if (head.is_chunked) return {Framing::chunked};
  if (head.content_length) return {Framing::length, *head.content_length};
  return {Framing::none};
}

Framing framing_of(const ResponseHead& head, bool is_head_method) {
  if (is_head_method || head.status < 200 || head.status == 204 || head.status == 304) {
    return {Framing::none};
  }
  if (head.is_chunked) return {Framing::chunked};
  if (head.content_length) return {Framing::length, *head.content_length};
  return {Framing::until_close};
}

}  // namespace sallyport
