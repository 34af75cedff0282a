// load: an epoll load generator for forward proxies. One thread. Prints one JSON line.
//
//   --mode connect   TCP connect, CONNECT, 1-byte echo through the tunnel, close          (conns/s)
//          hello     the same with a real ClientHello instead of the byte (origin --hello)
//          tls       the same with a full TLS handshake, one GET, close (also: a MITM proxy)
//          deny      CONNECT to a host the proxy refuses; any 4xx/5xx counts as a denial
//          snideny   CONNECT to an allowed host, then a ClientHello whose SNI (--sni) is refused: the proxy must cut it
//          httpdeny  absolute-form GET to a host the proxy refuses, keep-alive if the proxy allows it
//          http      absolute-form GET on keep-alive connections (closed loop, or --rate R open loop)
//          httpconn  absolute-form GET, one per connection
//          tlska     a tunnel with TLS, then GETs on it, kept alive
//          ping      a tunnel with 1-byte echoes, kept alive
//          down, up  bulk bytes through long tunnels (plain HTTP inside); --prelude hello sends a ClientHello first
//          hdown     bulk bytes by absolute-form GET, --size bytes each
//          idle      opens --count tunnels, does one echo on each, holds them for --hold seconds
//   --proxy IP:PORT     --direct --origin IP (no proxy)     --noconnect (to the proxy, but no CONNECT: a transparent SNI proxy)
//   --targets host:port[,host:port...] or --targets-file FILE, taken in turn (--rotate-targets: on keep-alive requests too)      --conns N  --secs S  --warm S
//   --pids P,P,...      the proxy's processes: their CPU time and RSS are read at the start and the end of the run
//   --origin-pid P      --ca FILE (verify the peer)       --touch (copy downloaded bulk bytes out instead of dropping them)
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cmath>

#include "sockets.h"

struct Target {
  std::string host;
  int port;
  std::string connect_req, http_req, tls_req, hello;
};

enum St { ST_CONNECTING, ST_PROXY_HEAD, ST_ECHO, ST_HELLO, ST_HANDSHAKE, ST_HTTP, ST_HTTPS, ST_DRAIN, ST_UPLOAD, ST_IDLE, ST_SNIDENY, ST_WAIT };
struct Conn {
  int fd = -1;
  St st = ST_CONNECTING;
  SSL* ssl = nullptr;
  Target* t = nullptr;
  uint64_t t0 = 0, t_act = 0;
  std::string head;
  uint64_t body_left = 0;
  bool head_done = false, close_after = false, want_out = false;
  bool eof_body = false;
  int status = 0;
  int need = 0;
  bool first = true;
};

static Args* A;
static std::string mode;
static int ep;
static sockaddr_in proxy_addr;
static std::string origin_;  // where --direct goes
static bool rotate_, direct_, noconnect, prelude_hello, touch_, keepalive_mode;
static std::vector<Target> targets;
static size_t next_target;
static std::vector<Conn> conns;
static SSL_CTX* ctx;
static uint64_t t_measure, t_end;
static bool measuring, stopping;
static uint64_t ops, bytes, errs, reconnects, total_ops;
static std::map<std::string, uint64_t> err_kinds;
static std::map<int, uint64_t> statuses;
static std::vector<uint32_t> lat;  // in units of 100 ns
static constexpr size_t kMem = 1 << 20;
static uint64_t idle_ready;
static double open_rate;
static uint64_t open_next, open_interval;
static std::vector<Conn*> free_conns;
static std::vector<uint64_t> backlog;
static size_t backlog_pos;

static void start_conn(Conn& c);

static void ep_mod(Conn& c, bool out) {
  if (c.want_out == out) return;
  c.want_out = out;
  epoll_event e{};
  e.events = (out ? uint32_t(EPOLLOUT) : 0u) | EPOLLIN;
  e.data.ptr = &c;
  epoll_ctl(ep, EPOLL_CTL_MOD, c.fd, &e);
}

static void drop(Conn& c) {
  if (c.ssl) { SSL_free(c.ssl); c.ssl = nullptr; }
  if (c.fd >= 0) close(c.fd);
  c.fd = -1;
  c.head.clear();
}

static void fail(Conn& c, const char* kind) {
  if (measuring || mode == "idle") { errs++; err_kinds[kind]++; }
  drop(c);
  if (mode == "idle") return;
  if (!stopping) {
    c.t_act = now_ns();
    c.st = ST_WAIT;  // restarted from the tick, so that a broken proxy is not hammered
  }
}

static void record(Conn& c) {
  total_ops++;
  if (!measuring) return;
  ops++;
  uint64_t d = (now_ns() - c.t0) / 100;
  lat.push_back(d > 0xffffffffu ? 0xffffffffu : uint32_t(d));
}

static bool send_str(Conn& c, const std::string& s) {
  ssize_t n = send(c.fd, s.data(), s.size(), MSG_NOSIGNAL);
  if (n == ssize_t(s.size())) return true;
  fail(c, n < 0 ? (errno == EAGAIN ? "send-full" : "send") : "send-short");
  return false;
}

static void begin_http(Conn& c) {
  c.st = ST_HTTP;
  c.head.clear();
  c.head_done = false;
  c.body_left = 0;
  c.eof_body = false;
  send_str(c, c.t->http_req);
}

static void begin_https(Conn& c) {
  c.st = ST_HTTPS;
  c.head.clear();
  c.head_done = false;
  c.body_left = 0;
  c.eof_body = false;
  int n = SSL_write(c.ssl, c.t->tls_req.data(), int(c.t->tls_req.size()));
  if (n != int(c.t->tls_req.size())) { ERR_clear_error(); fail(c, "ssl-write"); }
}

static void handshake(Conn& c);
static void upload(Conn& c);

// The tunnel stands (or there is none): what comes next.
static void tunnel_ready(Conn& c) {
  static const std::string one = "x";
  c.close_after = false;  // what the CONNECT response said of its connection does not hold for the tunnel
  if (mode == "snideny") {
    c.st = ST_SNIDENY;
    c.head.clear();
    send_str(c, c.t->hello);
    return;
  }
  if (prelude_hello || mode == "hello") {
    c.st = ST_HELLO;
    c.need = 7;
    send_str(c, c.t->hello);
    return;
  }
  if (mode == "connect" || mode == "ping" || mode == "idle") {
    c.st = ST_ECHO;
    if (mode == "ping") c.t0 = now_ns();
    send_str(c, one);
    return;
  }
  if (mode == "tls" || mode == "tlska") {
    c.ssl = SSL_new(ctx);
    SSL_set_fd(c.ssl, c.fd);
    SSL_set_connect_state(c.ssl);
    SSL_set_tlsext_host_name(c.ssl, c.t->host.c_str());
    if (A->has("ca")) SSL_set1_host(c.ssl, c.t->host.c_str());
    c.st = ST_HANDSHAKE;
    handshake(c);
    return;
  }
  if (mode == "down") {
    c.st = ST_DRAIN;
    c.head_done = false;
    send_str(c, c.t->tls_req);
    return;
  }
  if (mode == "up") {
    c.st = ST_UPLOAD;
    if (!send_str(c, c.t->tls_req)) return;
    ep_mod(c, true);
    return;
  }
}

static void connected(Conn& c) {
  if (mode == "http" || mode == "httpconn" || mode == "hdown" || mode == "httpdeny") {
    c.t_act = now_ns();
    if (mode != "httpconn" && !(mode == "http" && open_rate > 0)) c.t0 = now_ns();
    begin_http(c);
    return;
  }
  if (direct_ || noconnect) { tunnel_ready(c); return; }
  c.st = ST_PROXY_HEAD;
  c.head.clear();
  c.head_done = false;
  send_str(c, c.t->connect_req);
}

static void start_conn(Conn& c) {
  c.t = &targets[next_target++ % targets.size()];
  c.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c.fd < 0) { fail(c, "socket"); return; }
  set_nodelay(c.fd);
  c.head.clear();
  c.close_after = false;
  c.want_out = false;
  c.t_act = now_ns();
  if (!(mode == "http" && open_rate > 0)) c.t0 = c.t_act;
  sockaddr_in a = direct_ ? addr_of(origin_.c_str(), c.t->port) : proxy_addr;
  int r = connect(c.fd, reinterpret_cast<sockaddr*>(&a), sizeof a);
  if (r < 0 && errno != EINPROGRESS) { fail(c, "connect"); return; }
  epoll_event e{};
  e.data.ptr = &c;
  // On loopback the handshake is over when connect() returns, so the first send mostly goes through.
  tcp_info ti{};
  socklen_t tl = sizeof ti;
  bool up = getsockopt(c.fd, IPPROTO_TCP, TCP_INFO, &ti, &tl) == 0 && ti.tcpi_state == TCP_ESTABLISHED;
  c.st = ST_CONNECTING;
  c.want_out = !up;
  e.events = EPOLLIN | (up ? 0u : uint32_t(EPOLLOUT));
  epoll_ctl(ep, EPOLL_CTL_ADD, c.fd, &e);
  if (up) connected(c);
}

static void finish(Conn& c) {  // an operation is complete
  record(c);
  if (mode == "http" && open_rate > 0) {
    if (c.close_after) { drop(c); reconnects++; }
    if (backlog_pos < backlog.size()) {
      c.t0 = backlog[backlog_pos++];
      if (c.fd < 0) { uint64_t t = c.t0; start_conn(c); c.t0 = t; } else begin_http(c);
    } else {
      c.st = ST_IDLE;
      free_conns.push_back(&c);
    }
    return;
  }
  if (keepalive_mode && !c.close_after) {
    c.t0 = c.t_act = now_ns();
    if (mode == "ping") { c.st = ST_ECHO; send_str(c, "x"); }
    else if (mode == "tlska") begin_https(c);
    else {
      if (rotate_) c.t = &targets[next_target++ % targets.size()];
      begin_http(c);
    }
    return;
  }
  if (keepalive_mode) reconnects++;
  if (c.ssl) { SSL_shutdown(c.ssl); ERR_clear_error(); }
  drop(c);
  if (!stopping) start_conn(c);
}

static void handshake(Conn& c) {
  int r = SSL_connect(c.ssl);
  if (r == 1) {
    ep_mod(c, false);
    if (mode == "tlska") c.t0 = now_ns();
    begin_https(c);
    return;
  }
  int e = SSL_get_error(c.ssl, r);
  if (e == SSL_ERROR_WANT_READ) { ep_mod(c, false); return; }
  if (e == SSL_ERROR_WANT_WRITE) { ep_mod(c, true); return; }
  if (getenv("LOAD_DEBUG")) ERR_print_errors_fp(stderr);
  ERR_clear_error();
  fail(c, "handshake");
}

// Feeds response bytes; 1 complete, 0 more needed, -1 broken.
static int feed(Conn& c, const char* p, size_t n) {
  if (!c.head_done) {
    std::string_view v(p, n);
    if (!c.head.empty()) { c.head.append(p, n); v = c.head; }
    size_t e = v.find("\r\n\r\n");
    if (e == std::string_view::npos) {
      if (c.head.empty()) c.head.assign(p, n);
      return c.head.size() > 65536 ? -1 : 0;
    }
    std::string_view h = v.substr(0, e + 4);
    if (h.size() < 12 || h.substr(0, 5) != "HTTP/") return -1;
    c.status = atoi(std::string(h.substr(9, 3)).c_str());
    bool http10 = h.substr(0, 8) == "HTTP/1.0";
    auto cn = header(h, "connection");
    auto pc = header(h, "proxy-connection");
    c.close_after = icase_eq(cn, "close") || icase_eq(pc, "close") || (http10 && !icase_eq(cn, "keep-alive") && !icase_eq(pc, "keep-alive"));
    auto cl = header(h, "content-length");
    c.head_done = true;
    c.eof_body = cl.empty();
    if (c.eof_body && c.st != ST_PROXY_HEAD) c.close_after = true;
    c.body_left = cl.empty() ? 0 : strtoull(std::string(cl).c_str(), nullptr, 10);
    n = v.size() - (e + 4);
    if (c.st == ST_PROXY_HEAD && c.status == 200) return n == 0 ? 1 : -1;
    if (c.eof_body) return 0;
  }
  if (c.eof_body) { if (measuring) bytes += n; return 0; }
  if (n > c.body_left) return -1;
  c.body_left -= n;
  if (measuring) bytes += n;
  return c.body_left == 0 ? 1 : 0;
}

static void response_done(Conn& c) {
  if (measuring) statuses[c.status]++;
  bool want_deny = mode == "deny" || mode == "httpdeny";
  if (want_deny ? c.status < 400 : c.status != 200) { fail(c, "status"); return; }
  if (mode == "deny") c.close_after = true;
  finish(c);
}

static void upload(Conn& c) {
  for (int i = 0; i < 8; i++) {
    static char z[kMem];
    ssize_t n = send(c.fd, z, sizeof z, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno != EAGAIN) fail(c, "upload");
      return;
    }
    c.t_act = now_ns();
    if (measuring) bytes += uint64_t(n);
  }
}

static void on_event(Conn& c, uint32_t ev) {
  static char buf[1 << 18];
  switch (c.st) {
    case ST_CONNECTING: {
      if (ev & (EPOLLERR | EPOLLHUP)) { fail(c, "connect"); return; }
      if (!(ev & EPOLLOUT)) return;
      ep_mod(c, false);
      connected(c);
      return;
    }
    case ST_PROXY_HEAD:
    case ST_HTTP: {
      ssize_t n = recv(c.fd, buf, sizeof buf, 0);
      if (n < 0) {
        if (errno != EAGAIN) fail(c, "reset");
        return;
      }
      if (n == 0) {
        if (c.head_done && (c.eof_body || c.body_left == 0)) {  // body ended by close
          if (c.st == ST_PROXY_HEAD) {
            if (measuring) statuses[c.status]++;
            if (mode == "deny" && c.status >= 400) finish(c);
            else fail(c, "proxy-status");
          } else {
            response_done(c);
          }
          return;
        }
        if (c.st == ST_HTTP && keepalive_mode && c.head.empty() && !c.head_done) {  // the proxy closed an idle connection
          reconnects++;
          drop(c);
          if (!stopping) { uint64_t t = c.t0; start_conn(c); if (open_rate > 0) c.t0 = t; }
          return;
        }
        fail(c, "eof");
        return;
      }
      c.t_act = now_ns();
      int r = feed(c, buf, size_t(n));
      if (r < 0) { fail(c, "bad-response"); return; }
      if (r == 0) return;
      if (c.st == ST_PROXY_HEAD) {
        if (c.status != 200) { 
          if (measuring) statuses[c.status]++;
          if (mode == "deny" && c.status >= 400) { c.close_after = true; finish(c); }
          else fail(c, "proxy-status");
          return;
        }
        if (mode == "deny") { fail(c, "allowed"); return; }
        tunnel_ready(c);
      } else {
        response_done(c);
      }
      return;
    }
    case ST_ECHO: {
      ssize_t n = recv(c.fd, buf, 64, 0);
      if (n == 1 && buf[0] == 'x') {
        c.t_act = now_ns();
        if (mode == "idle") {
          c.st = ST_IDLE;
          idle_ready++;
          record(c);
          return;
        }
        finish(c);
        return;
      }
      if (n < 0 && errno == EAGAIN) return;
      fail(c, "echo");
      return;
    }
    case ST_HELLO: {
      ssize_t n = recv(c.fd, buf, size_t(c.need), 0);
      if (n <= 0) {
        if (n < 0 && errno == EAGAIN) return;
        fail(c, "hello");
        return;
      }
      if (c.need == 7 && buf[0] != 21) { fail(c, "hello-reply"); return; }
      c.need -= int(n);
      if (c.need) return;
      if (mode == "hello") { finish(c); return; }
      if (mode == "idle") { c.st = ST_IDLE; c.t_act = now_ns(); idle_ready++; record(c); return; }
      if (mode == "down") {
        c.st = ST_DRAIN;
        send_str(c, c.t->tls_req);
      } else {
        c.st = ST_UPLOAD;
        if (send_str(c, c.t->tls_req)) ep_mod(c, true);
      }
      return;
    }
    case ST_HANDSHAKE: handshake(c); return;
    case ST_HTTPS: {
      for (;;) {
        int n = SSL_read(c.ssl, buf, 65536);
        if (n > 0) {
          c.t_act = now_ns();
          int r = feed(c, buf, size_t(n));
          if (r < 0) { fail(c, "bad-response"); return; }
          if (r == 1) { response_done(c); return; }
          continue;
        }
        int e = SSL_get_error(c.ssl, n);
        ERR_clear_error();
        if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE) return;
        if (c.head_done && (c.eof_body || c.body_left == 0)) { c.close_after = true; response_done(c); return; }
        if (keepalive_mode && c.head.empty() && !c.head_done) {
          reconnects++;
          drop(c);
          if (!stopping) start_conn(c);
          return;
        }
        fail(c, "ssl-read");
        return;
      }
    }
    case ST_DRAIN: {
      for (int i = 0; i < 4; i++) {
        ssize_t n = touch_ ? recv(c.fd, buf, sizeof buf, 0) : recv(c.fd, nullptr, 1 << 22, MSG_TRUNC | MSG_DONTWAIT);
        if (n > 0) {
          c.t_act = now_ns();
          if (measuring) bytes += uint64_t(n);
          continue;
        }
        if (n < 0 && errno == EAGAIN) return;
        fail(c, "drain");
        return;
      }
      return;
    }
    case ST_UPLOAD:
      if (ev & (EPOLLERR | EPOLLHUP)) { fail(c, "upload"); return; }
      upload(c);
      return;
    case ST_IDLE: {
      ssize_t n = recv(c.fd, buf, sizeof buf, 0);
      if (n < 0 && errno == EAGAIN) return;
      if (mode == "http") {  // a kept-alive connection that the proxy closed while it waited
        reconnects++;
        drop(c);
        return;
      }
      idle_ready--;
      fail(c, "idle-closed");
      return;
    }
    case ST_SNIDENY: {
      ssize_t n = recv(c.fd, buf, 4096, 0);
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) { finish(c); return; }
      c.head.append(buf, size_t(n));
      // an alert of the proxy's own is fine; the origin's (86) or anything else is a leak
      if (c.head.size() >= 7 && (c.head[0] != 21 || c.head[6] == 86)) { fail(c, "allowed"); return; }
      return;
    }
    case ST_WAIT: return;
  }
}

// ---- /proc sampling
struct Sample {
  double cpu_proxy = 0, cpu_origin = 0, cpu_self = 0;
  std::vector<double> core_busy;
  uint64_t t = 0;
};
static std::vector<int> pids;

static double cpu_of(int pid) {
  char p[64], b[2048];
  snprintf(p, sizeof p, "/proc/%d/stat", pid);
  int fd = open(p, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t n = read(fd, b, sizeof b - 1);
  close(fd);
  if (n <= 0) return 0;
  b[n] = 0;
  char* q = strrchr(b, ')');
  unsigned long u = 0, s = 0;
  if (!q || sscanf(q + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &s) != 2) return 0;
  return double(u + s) / double(sysconf(_SC_CLK_TCK));
}
static uint64_t mem_kb(const char* key) {
  uint64_t sum = 0;
  for (int pid : pids) {
    char p[64];
    snprintf(p, sizeof p, "/proc/%d/status", pid);
    FILE* f = fopen(p, "r");
    if (!f) continue;
    char l[256];
    while (fgets(l, sizeof l, f))
      if (!strncmp(l, key, strlen(key))) sum += strtoull(l + strlen(key) + 1, nullptr, 10);
    fclose(f);
  }
  return sum;
}
static Sample sample(int origin_pid) {
  Sample s;
  s.t = now_ns();
  for (int p : pids) s.cpu_proxy += cpu_of(p);
  if (origin_pid) s.cpu_origin = cpu_of(origin_pid);
  rusage r;
  getrusage(RUSAGE_SELF, &r);
  s.cpu_self = double(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + double(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
  FILE* f = fopen("/proc/stat", "r");
  char l[512];
  while (f && fgets(l, sizeof l, f)) {
    if (strncmp(l, "cpu", 3) || l[3] == ' ') continue;
    unsigned long v[8] = {};
    sscanf(l, "%*s %lu %lu %lu %lu %lu %lu %lu %lu", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7);
    s.core_busy.push_back(double(v[0] + v[1] + v[2] + v[5] + v[6] + v[7]) / double(sysconf(_SC_CLK_TCK)));
  }
  if (f) fclose(f);
  return s;
}

static double pct(double q) {
  if (lat.empty()) return 0;
  size_t i = size_t(q * double(lat.size()));
  if (i >= lat.size()) i = lat.size() - 1;
  std::nth_element(lat.begin(), lat.begin() + ptrdiff_t(i), lat.end());
  return double(lat[i]) / 10.0;  // us
}

int main(int argc, char** argv) {
  Args args(argc, argv);
  A = &args;
  raise_fd_limit();
  signal(SIGPIPE, SIG_IGN);
  mode = args.str("mode", "connect");
  direct_ = args.has("direct");
  origin_ = args.str("origin", "127.0.0.1");
  noconnect = args.has("noconnect");
  prelude_hello = args.str("prelude") == "hello";
  touch_ = args.has("touch");
  keepalive_mode = mode == "http" || mode == "tlska" || mode == "ping" || mode == "hdown" || mode == "httpdeny";
  open_rate = args.num("rate", 0);
  if (open_rate > 0) open_interval = uint64_t(1e9 / open_rate);
  std::string proxy = args.str("proxy", "127.0.0.1:3128");
  size_t col = proxy.rfind(':');
  proxy_addr = addr_of(proxy.substr(0, col).c_str(), atoi(proxy.c_str() + col + 1));
  int nconns = int(args.num("conns", 32));
  double secs = args.num("secs", 4), warm = args.num("warm", 1);
  uint64_t count = uint64_t(args.num("count", 1000));
  double hold = args.num("hold", 3);
  uint64_t size = uint64_t(args.num("size", 64 << 20));
  int origin_pid = int(args.num("origin-pid", 0));
  {
    std::string s = args.str("pids");
    for (size_t p = 0; p < s.size();) {
      pids.push_back(atoi(s.c_str() + p));
      p = s.find(',', p);
      if (p == std::string::npos) break;
      p++;
    }
  }
  ctx = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  if (args.has("ca")) {
    if (SSL_CTX_load_verify_locations(ctx, args.str("ca").c_str(), nullptr) != 1) { fprintf(stderr, "cannot load the CA\n"); return 1; }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
  }
  std::string ts = args.str("targets", "localhost:80");
  if (args.has("targets-file")) {  // one host:port a line
    ts.clear();
    FILE* f = fopen(args.str("targets-file").c_str(), "r");
    if (!f) die("targets-file");
    char l[512];
    while (fgets(l, sizeof l, f)) {
      l[strcspn(l, "\r\n")] = 0;
      if (*l) ts += (ts.empty() ? "" : ",") + std::string(l);
    }
    fclose(f);
  }
  bool need_hello = mode == "hello" || mode == "snideny" || prelude_hello;
  rotate_ = args.has("rotate-targets");
  std::string path = args.str("path", "/1k");
  for (size_t p = 0; p <= ts.size();) {
    size_t e = ts.find(',', p);
    if (e == std::string::npos) e = ts.size();
    std::string hp = ts.substr(p, e - p);
    size_t c = hp.rfind(':');
    Target t;
    t.host = hp.substr(0, c);
    t.port = atoi(hp.c_str() + c + 1);
    t.connect_req = "CONNECT " + hp + " HTTP/1.1\r\nHost: " + hp + "\r\nUser-Agent: load\r\n\r\n";
    std::string pth = mode == "hdown" ? "/bytes/" + std::to_string(size) : path;
    std::string abs = (direct_ ? "" : "http://" + hp) + pth;
    t.http_req = "GET " + abs + " HTTP/1.1\r\nHost: " + hp + "\r\nUser-Agent: load\r\nAccept: */*\r\n" +
                 (mode == "httpconn" ? "Connection: close\r\n\r\n" : "\r\n");
    if (mode == "down")
      t.tls_req = "GET /bytes/1000000000000000 HTTP/1.1\r\nHost: " + hp + "\r\n\r\n";
    else if (mode == "up")
      t.tls_req = "POST /sink HTTP/1.1\r\nHost: " + hp + "\r\nContent-Length: 1000000000000000\r\n\r\n";
    else
      t.tls_req = "GET " + path + " HTTP/1.1\r\nHost: " + hp + "\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n";
    if (!need_hello) {
      targets.push_back(t);
      p = e + 1;
      continue;
    }
    SSL* s = SSL_new(ctx);
    BIO *rb = BIO_new(BIO_s_mem()), *wb = BIO_new(BIO_s_mem());
    SSL_set_bio(s, rb, wb);
    SSL_set_tlsext_host_name(s, args.str("sni", t.host).c_str());
    SSL_set_connect_state(s);
    SSL_connect(s);
    ERR_clear_error();
    char* d;
    long n = BIO_get_mem_data(wb, &d);
    t.hello.assign(d, size_t(n));
    SSL_free(s);
    targets.push_back(t);
    p = e + 1;
  }
  ep = epoll_create1(EPOLL_CLOEXEC);
  lat.reserve(1 << 21);
  epoll_event evs[1024];

  if (mode == "idle") {
    conns.resize(count);
    uint64_t rss0 = mem_kb("VmRSS:"), t0 = now_ns();
    size_t opened = 0;
    measuring = true;
    uint64_t give_up = t0 + uint64_t(args.num("ramp-timeout", 60) * 1e9);
    while (idle_ready + errs < count && now_ns() < give_up) {
      while (opened < count && opened - idle_ready - errs < size_t(nconns)) start_conn(conns[opened++]);
      int n = epoll_wait(ep, evs, 1024, 100);
      for (int i = 0; i < n; i++) {
        Conn& c = *static_cast<Conn*>(evs[i].data.ptr);
        if (c.fd >= 0) on_event(c, evs[i].events);
      }
    }
    double ramp = double(now_ns() - t0) / 1e9;
    uint64_t got = idle_ready;
    usleep(500000);
    uint64_t rss1 = mem_kb("VmRSS:");
    Sample s0 = sample(origin_pid);
    uint64_t until = now_ns() + uint64_t(hold * 1e9);
    while (now_ns() < until) {
      int n = epoll_wait(ep, evs, 1024, 100);
      for (int i = 0; i < n; i++) {
        Conn& c = *static_cast<Conn*>(evs[i].data.ptr);
        if (c.fd >= 0) on_event(c, evs[i].events);
      }
    }
    Sample s1 = sample(origin_pid);
    // every tunnel must still carry a byte
    uint64_t alive = 0;
    for (auto& c : conns) {
      if (c.fd < 0 || c.st != ST_IDLE) continue;
      if (prelude_hello) send_str(c, c.t->tls_req);
      else send(c.fd, "y", 1, MSG_NOSIGNAL);
      c.need = 1;
    }
    uint64_t until2 = now_ns() + 10000000000ull;
    std::vector<char> seen(count, 0);
    while (now_ns() < until2) {
      int n = epoll_wait(ep, evs, 1024, 200);
      if (n == 0 && now_ns() > until2 - 8000000000ull) break;
      for (int i = 0; i < n; i++) {
        Conn& c = *static_cast<Conn*>(evs[i].data.ptr);
        char b[4096];
        if (c.fd < 0) continue;
        ssize_t r = recv(c.fd, b, sizeof b, 0);
        if (r >= 1 && (b[0] == 'y' || b[0] == 'H')) { alive += c.need ? 1u : 0u; c.need = 0; }
        else if (r <= 0 && !(r < 0 && errno == EAGAIN)) { close(c.fd); c.fd = -1; }
      }
      if (alive == got) break;
    }
    uint64_t rss2 = mem_kb("VmRSS:");
    std::string ek = "{";
    for (auto& [k, v] : err_kinds) ek += (ek.size() > 1 ? ",\"" : "\"") + k + "\":" + std::to_string(v);
    ek += "}";
    printf("{\"mode\":\"idle\",\"tunnels\":%llu,\"errs\":%llu,\"err_kinds\":%s,\"alive\":%llu,\"ramp_s\":%.3f,\"rate\":%.0f,\"rss0_kb\":%llu,\"rss1_kb\":%llu,\"rss2_kb\":%llu,\"kb_per_tunnel\":%.2f,\"idle_cpu_pct\":%.2f}\n",
           static_cast<unsigned long long>(got), static_cast<unsigned long long>(errs), ek.c_str(), static_cast<unsigned long long>(alive), ramp, double(got) / ramp,
           static_cast<unsigned long long>(rss0), static_cast<unsigned long long>(rss1), static_cast<unsigned long long>(rss2),
           got ? double(rss1 - rss0) / double(got) : 0.0, hold > 0 ? 100 * (s1.cpu_proxy - s0.cpu_proxy) / hold : 0.0);
    return 0;
  }

  conns.resize(size_t(nconns));
  uint64_t t_begin = now_ns();
  t_measure = t_begin + uint64_t(warm * 1e9);
  t_end = t_measure + uint64_t(secs * 1e9);
  Sample s0, s1;
  bool bulk = mode == "down" || mode == "up";
  if (mode == "http" && open_rate > 0) {
    for (auto& c : conns) { c.st = ST_IDLE; free_conns.push_back(&c); }
    open_next = now_ns();
  } else {
    for (auto& c : conns) start_conn(c);
  }
  uint64_t next_tick = t_begin + 100000000ull;
  for (;;) {
    int to = 20;
    if (open_rate > 0) to = 0;
    int n = epoll_wait(ep, evs, 1024, to);
    for (int i = 0; i < n; i++) {
      Conn& c = *static_cast<Conn*>(evs[i].data.ptr);
      if (c.fd >= 0) on_event(c, evs[i].events);
    }
    uint64_t t = now_ns();
    if (open_rate > 0) {
      if (backlog_pos > 65536) { backlog.erase(backlog.begin(), backlog.begin() + ptrdiff_t(backlog_pos)); backlog_pos = 0; }
      while (open_next <= t) {
        if (!free_conns.empty()) {
          Conn& c = *free_conns.back();
          free_conns.pop_back();
          c.t0 = open_next;
          c.t_act = t;
          if (c.fd < 0) start_conn(c); else begin_http(c);
        } else {
          backlog.push_back(open_next);
        }
        open_next += open_interval;
      }
    }
    if (!measuring && t >= t_measure) { s0 = sample(origin_pid); measuring = true; }
    if (t >= t_end) { s1 = sample(origin_pid); measuring = false; break; }
    if (t >= next_tick) {
      next_tick = t + 100000000ull;
      for (auto& c : conns) {
        if (c.st == ST_WAIT && t - c.t_act > 50000000ull) { start_conn(c); continue; }
        if (c.fd >= 0 && c.st != ST_IDLE && t > c.t_act && t - c.t_act > 5000000000ull) fail(c, "timeout");
      }
    }
  }
  stopping = true;
  uint64_t rss = mem_kb("VmRSS:");
  double el = double(s1.t - s0.t) / 1e9;
  double pcpu = s1.cpu_proxy - s0.cpu_proxy;
  std::string ek = "{", sk = "{", cb = "[";
  for (auto& [k, v] : err_kinds) ek += (ek.size() > 1 ? ",\"" : "\"") + k + "\":" + std::to_string(v);
  for (auto& [k, v] : statuses) sk += (sk.size() > 1 ? ",\"" : "\"") + std::to_string(k) + "\":" + std::to_string(v);
  for (size_t i = 0; i < s1.core_busy.size(); i++) {
    char b[32];
    snprintf(b, sizeof b, "%s%.1f", i ? "," : "", 100 * (s1.core_busy[i] - s0.core_busy[i]) / el);
    cb += b;
  }
  double gb = double(bytes) / 1e9;
  printf("{\"mode\":\"%s\",\"conns\":%d,\"secs\":%.3f,\"ops\":%llu,\"rate\":%.1f,\"bytes\":%llu,\"gbs\":%.4f,\"errs\":%llu,\"err_kinds\":%s},\"status\":%s},"
         "\"reconnects\":%llu,\"p50us\":%.1f,\"p99us\":%.1f,\"p999us\":%.1f,\"cpu_proxy_s\":%.3f,\"cpu_load_s\":%.3f,\"cpu_origin_s\":%.3f,"
         "\"proxy_util\":%.1f,\"core_busy_pct\":%s],\"cpu_per_kop_ms\":%.3f,\"cpu_per_gb_s\":%.4f,\"rss_kb\":%llu}\n",
         mode.c_str(), nconns, el, static_cast<unsigned long long>(ops), double(ops) / el, static_cast<unsigned long long>(bytes), gb / el,
         static_cast<unsigned long long>(errs), ek.c_str(), sk.c_str(), static_cast<unsigned long long>(reconnects), pct(0.50), pct(0.99), pct(0.999), pcpu,
         s1.cpu_self - s0.cpu_self, s1.cpu_origin - s0.cpu_origin, 100 * pcpu / el, cb.c_str(),
         ops && !bulk ? pcpu * 1e6 / double(ops) : 0.0, gb > 0 ? pcpu / gb : 0.0, static_cast<unsigned long long>(rss));
  return 0;
}
