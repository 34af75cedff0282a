// dnsd: a UDP DNS server for benchmarks: every A query gets 127.0.0.1, every other type an empty answer.
//   --port PORT [--addr 127.0.0.1] [--ip 127.0.0.1] [--ttl 60]
#include "sockets.h"

int main(int argc, char** argv) {
  Args a(argc, argv);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in s = addr_of(a.str("addr", "127.0.0.1").c_str(), int(a.num("port", 13053)));
  if (bind(fd, reinterpret_cast<sockaddr*>(&s), sizeof s)) die("bind");
  in_addr ip{};
  inet_pton(AF_INET, a.str("ip", "127.0.0.1").c_str(), &ip);
  uint32_t ttl = htonl(uint32_t(a.num("ttl", 60)));
  printf("dnsd ready\n");
  fflush(stdout);
  for (;;) {
    uint8_t b[1500];
    sockaddr_in from{};
    socklen_t fl = sizeof from;
    ssize_t n = recvfrom(fd, b, 512, 0, reinterpret_cast<sockaddr*>(&from), &fl);
    if (n < 17 || (b[2] & 0x80)) continue;
    size_t p = 12;
    while (p < size_t(n) && b[p]) p += size_t(b[p]) + 1;
    if (p + 5 > size_t(n)) continue;
    uint16_t type = uint16_t(b[p + 1] << 8 | b[p + 2]);
    p += 5;
    b[2] = uint8_t(0x84 | (b[2] & 1));  // response, authoritative, RD copied
    b[3] = 0x80;
    b[4] = 0; b[5] = 1;
    memset(b + 6, 0, 6);
    if (type == 1) {
      b[7] = 1;
      const uint8_t rr[] = {0xc0, 12, 0, 1, 0, 1};
      memcpy(b + p, rr, 6); p += 6;
      memcpy(b + p, &ttl, 4); p += 4;
      b[p++] = 0; b[p++] = 4;
      memcpy(b + p, &ip, 4); p += 4;
    }
    sendto(fd, b, p, 0, reinterpret_cast<sockaddr*>(&from), fl);
  }
}
