// limit-mitm: the ceiling reference of a TLS-intercepting proxy. It takes CONNECT, ends the client's TLS with one
// ready-made certificate, opens TLS to <--origin>:<port> (verified, SNI of the CONNECT host) and copies plaintext
// both ways. It parses no HTTP and makes no certificate. One thread, epoll.
//   --port PORT --cert FILE --key FILE --ca FILE
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "sockets.h"

struct Pair;
struct Side {
  int fd = -1;
  SSL* ssl = nullptr;
  Pair* pair = nullptr;
  bool up = false, hs = false, eof = false, want_out = false;
  std::string pend;  // plaintext to send to this side
};
struct Pair {
  Side c, u;
  int state = 0;  // 0 head, 1 connecting, 2 handshakes and relay
  std::string head, host;
  bool dead = false;
};

static int ep;
static SSL_CTX *sctx, *cctx;
static std::vector<Pair*> dead;
static char buf[65536];

static void add(Side& s, uint32_t ev) {
  epoll_event e{};
  e.events = ev;
  e.data.ptr = &s;
  epoll_ctl(ep, EPOLL_CTL_ADD, s.fd, &e);
}
static void arm(Side& s, bool out) {
  if (s.want_out == out) return;
  s.want_out = out;
  epoll_event e{};
  e.events = EPOLLIN | (out ? uint32_t(EPOLLOUT) : 0u);
  e.data.ptr = &s;
  epoll_ctl(ep, EPOLL_CTL_MOD, s.fd, &e);
}
static void kill_pair(Pair* p) {
  if (p->dead) return;
  p->dead = true;
  for (Side* s : {&p->c, &p->u}) {
    if (s->ssl) { if (s->hs) { SSL_shutdown(s->ssl); } SSL_free(s->ssl); }
    if (s->fd >= 0) close(s->fd);
    s->ssl = nullptr;
    s->fd = -1;
  }
  ERR_clear_error();
  dead.push_back(p);
}
// 1 progress or done, 0 waiting, -1 dead
static int hs(Side& s) {
  if (s.hs) return 1;
  int r = SSL_do_handshake(s.ssl);
  if (r == 1) { s.hs = true; arm(s, false); return 1; }
  int e = SSL_get_error(s.ssl, r);
  ERR_clear_error();
  if (e == SSL_ERROR_WANT_READ) { arm(s, false); return 0; }
  if (e == SSL_ERROR_WANT_WRITE) { arm(s, true); return 0; }
  kill_pair(s.pair);
  return -1;
}
static bool flush(Side& s) {
  while (!s.pend.empty() && s.hs) {
    int n = SSL_write(s.ssl, s.pend.data(), int(s.pend.size()));
    if (n <= 0) {
      int e = SSL_get_error(s.ssl, n);
      ERR_clear_error();
      if (e == SSL_ERROR_WANT_WRITE || e == SSL_ERROR_WANT_READ) { arm(s, true); return true; }
      kill_pair(s.pair);
      return false;
    }
    s.pend.erase(0, size_t(n));
  }
  arm(s, false);
  return true;
}
static void move(Side& from, Side& to) {
  for (int i = 0; i < 16 && from.hs; i++) {
    if (to.pend.size() > 262144) return;
    int n = SSL_read(from.ssl, buf, sizeof buf);
    if (n > 0) {
      to.pend.append(buf, size_t(n));
      if (to.hs && !flush(to)) return;
      continue;
    }
    int e = SSL_get_error(from.ssl, n);
    ERR_clear_error();
    if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE) return;
    kill_pair(from.pair);
    return;
  }
}

int main(int argc, char** argv) {
  Args a(argc, argv);
  raise_fd_limit();
  signal(SIGPIPE, SIG_IGN);
  sctx = SSL_CTX_new(TLS_server_method());
  cctx = SSL_CTX_new(TLS_client_method());
  for (SSL_CTX* x : {sctx, cctx}) {
    SSL_CTX_set_mode(x, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
  }
  SSL_CTX_set_num_tickets(sctx, 0);
  SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
  if (SSL_CTX_use_certificate_chain_file(sctx, a.str("cert").c_str()) != 1 || SSL_CTX_use_PrivateKey_file(sctx, a.str("key").c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_load_verify_locations(cctx, a.str("ca").c_str(), nullptr) != 1) {
    ERR_print_errors_fp(stderr);
    return 1;
  }
  SSL_CTX_set_verify(cctx, SSL_VERIFY_PEER, nullptr);
  const std::string origin = a.str("origin", "127.0.0.1");
  ep = epoll_create1(EPOLL_CLOEXEC);
  Side l;
  l.fd = listen_on("127.0.0.1", int(a.num("port", 13001)));
  add(l, EPOLLIN);
  printf("limit-mitm ready\n");
  fflush(stdout);
  epoll_event evs[256];
  for (;;) {
    int n = epoll_wait(ep, evs, 256, -1);
    for (int i = 0; i < n; i++) {
      Side* s = static_cast<Side*>(evs[i].data.ptr);
      if (s == &l) {
        for (int k = 0; k < 64; k++) {
          int fd = accept4(l.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
          if (fd < 0) break;
          set_nodelay(fd);
          Pair* p = new Pair;
          p->c.fd = fd;
          p->c.pair = p->u.pair = p;
          p->u.up = true;
          add(p->c, EPOLLIN);
        }
        continue;
      }
      Pair* p = s->pair;
      if (p->dead) continue;
      if (p->state == 0) {
        ssize_t r = recv(p->c.fd, buf, sizeof buf, 0);
        if (r < 0 && errno == EAGAIN) continue;
        if (r <= 0) { kill_pair(p); continue; }
        p->head.append(buf, size_t(r));
        if (p->head.find("\r\n\r\n") == std::string::npos) continue;
        size_t sp = p->head.find(' '), sp2 = p->head.find(' ', sp + 1), co = p->head.find(':', sp);
        if (p->head.compare(0, 8, "CONNECT ") || sp2 == std::string::npos || co > sp2 || p->head.compare(8, 7, "blocked") == 0) {
          static const char no[] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
          send(p->c.fd, no, sizeof no - 1, MSG_NOSIGNAL);
          kill_pair(p);
          continue;
        }
        p->host = p->head.substr(sp + 1, co - sp - 1);
        int port = atoi(p->head.c_str() + co + 1);
        p->u.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        set_nodelay(p->u.fd);
        sockaddr_in ad = addr_of(origin.c_str(), port);
        if (connect(p->u.fd, reinterpret_cast<sockaddr*>(&ad), sizeof ad) < 0 && errno != EINPROGRESS) { kill_pair(p); continue; }
        p->state = 1;
        p->u.want_out = true;
        add(p->u, EPOLLIN | EPOLLOUT);
        continue;
      }
      if (p->state == 1) {
        if (!s->up) { if (evs[i].events & (EPOLLHUP | EPOLLERR)) kill_pair(p); continue; }
        if (evs[i].events & (EPOLLERR | EPOLLHUP)) { kill_pair(p); continue; }
        static const char ok[] = "HTTP/1.1 200 Connection established\r\n\r\n";
        send(p->c.fd, ok, sizeof ok - 1, MSG_NOSIGNAL);
        p->c.ssl = SSL_new(sctx);
        SSL_set_fd(p->c.ssl, p->c.fd);
        SSL_set_accept_state(p->c.ssl);
        p->u.ssl = SSL_new(cctx);
        SSL_set_fd(p->u.ssl, p->u.fd);
        SSL_set_connect_state(p->u.ssl);
        SSL_set_tlsext_host_name(p->u.ssl, p->host.c_str());
        SSL_set1_host(p->u.ssl, p->host.c_str());
        p->state = 2;
        hs(p->u);
        continue;
      }
      if (hs(*s) <= 0) continue;
      Side& o = s->up ? p->c : p->u;
      if (!flush(*s)) continue;
      move(*s, o);
      if (p->dead) continue;
      if (o.hs && s->pend.size() < 262144 && SSL_has_pending(o.ssl)) move(o, *s);
    }
    for (Pair* p : dead) delete p;
    dead.clear();
  }
}
