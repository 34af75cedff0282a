// origin: the server at the far side of the proxy. One thread, epoll, level-triggered.
//   --http PORT   HTTP/1.1 keep-alive: GET /1k, GET /bytes/N, GET /N.k; POST/PUT bodies are discarded
//   --tls PORT    the same over TLS (any SNI)
//   --echo PORT   echoes what it reads
//   --hello PORT  takes one TLS record (a ClientHello), answers a 7-byte fatal alert, then is plain HTTP:
//                 it measures a proxy that reads the SNI without paying for a TLS handshake on either side
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "sockets.h"

enum Kind { LISTEN, HTTP, ECHO, HELLO, TLS };
struct Conn {
  int fd = -1;
  Kind kind = HTTP;
  Kind accept_kind = HTTP;
  SSL* ssl = nullptr;
  bool hs_done = false;
  bool close_after = false;
  bool writing = false;       // EPOLLOUT armed
  uint64_t body_left = 0;     // bytes of a request body still to discard
  bool body_reply = false;
  uint64_t send_left = 0;     // bytes of a /bytes/N body still to send
  std::string in, out;
};

static int ep;
static std::vector<Conn*> conns;
static SSL_CTX* ctx;
static constexpr size_t kMem = 1 << 20;
static char* mem_ptr;
static std::string resp_1k, resp_ok;
static std::vector<Conn*> dead;

static void close_conn(Conn* c) {
  if (c->fd < 0) return;
  if (c->ssl) SSL_free(c->ssl);
  c->ssl = nullptr;
  close(c->fd);
  conns[size_t(c->fd)] = nullptr;
  c->fd = -1;
  dead.push_back(c);
}

static void arm(Conn* c, bool out) {
  if (c->writing == out) return;
  c->writing = out;
  epoll_event e{};
  e.events = EPOLLIN | (out ? uint32_t(EPOLLOUT) : 0u);
  e.data.ptr = c;
  epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}

// Sends what is pending. False when the connection was closed.
static bool flush(Conn* c) {
  for (;;) {
    if (!c->out.empty()) {
      ssize_t n;
      if (c->ssl) {
        n = SSL_write(c->ssl, c->out.data(), int(c->out.size()));
        if (n <= 0) {
          int e = SSL_get_error(c->ssl, int(n));
          ERR_clear_error();
          if (e == SSL_ERROR_WANT_WRITE || e == SSL_ERROR_WANT_READ) { arm(c, true); return true; }
          close_conn(c);
          return false;
        }
      } else {
        n = send(c->fd, c->out.data(), c->out.size(), MSG_NOSIGNAL | (c->send_left ? MSG_MORE : 0));
        if (n < 0) {
          if (errno == EAGAIN) { arm(c, true); return true; }
          close_conn(c);
          return false;
        }
      }
      c->out.erase(0, size_t(n));
      continue;
    }
    if (c->send_left) {
      size_t want = c->send_left < kMem ? size_t(c->send_left) : kMem;
      ssize_t n;
      if (c->ssl) {
        n = SSL_write(c->ssl, mem_ptr, int(want > 65536 ? 65536 : want));
        if (n <= 0) {
          int e = SSL_get_error(c->ssl, int(n));
          ERR_clear_error();
          if (e == SSL_ERROR_WANT_WRITE || e == SSL_ERROR_WANT_READ) { arm(c, true); return true; }
          close_conn(c);
          return false;
        }
      } else {
        n = send(c->fd, mem_ptr, want, MSG_NOSIGNAL);  // faster end to end than sendfile: larger fragments
        if (n < 0) {
          if (errno == EAGAIN) { arm(c, true); return true; }
          close_conn(c);
          return false;
        }
      }
      c->send_left -= uint64_t(n);
      if (c->send_left) { arm(c, true); return true; }  // be fair to the others
      continue;
    }
    break;
  }
  if (c->close_after) { close_conn(c); return false; }
  arm(c, false);
  return true;
}

// Handles the complete requests in c->in. False when the connection was closed.
static bool http_input(Conn* c) {
  while (!c->in.empty()) {
    if (c->body_left) {
      size_t n = c->in.size() < c->body_left ? c->in.size() : size_t(c->body_left);
      c->in.erase(0, n);
      c->body_left -= n;
      if (c->body_left) return true;
    }
    if (c->body_reply) {
      c->body_reply = false;
      c->out += resp_ok;
      if (!flush(c)) return false;
      continue;
    }
    if (c->send_left) return true;  // one response at a time
    size_t e = c->in.find("\r\n\r\n");
    if (e == std::string::npos) {
      if (c->in.size() > 65536) { close_conn(c); return false; }
      return true;
    }
    std::string_view head(c->in.data(), e + 4);
    size_t s1 = head.find(' '), s2 = head.find(' ', s1 + 1);
    if (s1 == std::string_view::npos || s2 == std::string_view::npos) { close_conn(c); return false; }
    std::string_view target = head.substr(s1 + 1, s2 - s1 - 1);
    if (target.size() > 8 && target[0] != '/') {  // absolute-form
      size_t p = target.find("://");
      if (p != std::string_view::npos) {
        p = target.find('/', p + 3);
        target = p == std::string_view::npos ? std::string_view("/") : target.substr(p);
      }
    }
    auto conn = header(head, "connection");
    bool http10 = head.substr(s2 + 1, 8) == "HTTP/1.0";
    if (icase_eq(conn, "close") || (http10 && !icase_eq(conn, "keep-alive"))) c->close_after = true;
    auto cl = header(head, "content-length");
    bool ok_plain = true;
    if (!cl.empty()) {
      c->body_left = strtoull(std::string(cl).c_str(), nullptr, 10);
      c->body_reply = true;
      if (c->body_left == 0) { c->body_reply = false; c->out += resp_ok; }
      ok_plain = false;
    } else if (target == "/1k") {
      c->out += resp_1k;
    } else if (target.rfind("/bytes/", 0) == 0) {
      uint64_t n = strtoull(std::string(target.substr(7)).c_str(), nullptr, 10);
      char h[160];
      int k = snprintf(h, sizeof h, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nCache-Control: no-store\r\nContent-Length: %llu\r\n\r\n",
                       static_cast<unsigned long long>(n));
      c->out.append(h, size_t(k));
      c->send_left = n;
    } else {
      c->out += resp_ok;
    }
    (void)ok_plain;
    c->in.erase(0, e + 4);
    if (!c->out.empty() && !flush(c)) return false;
  }
  // a body can end exactly at the buffer's end
  if (c->body_reply && !c->body_left) {
    c->body_reply = false;
    c->out += resp_ok;
    if (!flush(c)) return false;
  }
  return true;
}

static void on_event(Conn* c, uint32_t ev) {
  static char buf[262144];
  if (c->kind == TLS && !c->hs_done) {
    int r = SSL_accept(c->ssl);
    if (r == 1) {
      c->hs_done = true;
      arm(c, false);
    } else {
      int e = SSL_get_error(c->ssl, r);
      ERR_clear_error();
      if (e == SSL_ERROR_WANT_READ) { arm(c, false); return; }
      if (e == SSL_ERROR_WANT_WRITE) { arm(c, true); return; }
      close_conn(c);
      return;
    }
  }
  if (ev & EPOLLOUT) {
    if (!flush(c)) return;
    if (!c->in.empty() && !c->send_left && !http_input(c)) return;
  }
  if (!(ev & (EPOLLIN | EPOLLHUP | EPOLLERR)) && c->kind != TLS) return;
  switch (c->kind) {
    case ECHO: {
      ssize_t n = recv(c->fd, buf, sizeof buf, 0);
      if (n > 0) {
        if (send(c->fd, buf, size_t(n), MSG_NOSIGNAL) != n) close_conn(c);
      } else if (n == 0 || errno != EAGAIN) {
        close_conn(c);
      }
      return;
    }
    case HELLO: {
      ssize_t n = recv(c->fd, buf, sizeof buf, 0);
      if (n <= 0) {
        if (n == 0 || errno != EAGAIN) close_conn(c);
        return;
      }
      c->in.append(buf, size_t(n));
      if (c->in.size() < 5) return;
      if (uint8_t(c->in[0]) != 22) { close_conn(c); return; }
      size_t len = 5 + size_t(uint8_t(c->in[3])) * 256 + uint8_t(c->in[4]);
      if (c->in.size() < len) return;
      c->in.erase(0, len);
      static const char alert[7] = {21, 3, 3, 0, 2, 2, 86};  // a description that no proxy sends by itself
      c->kind = HTTP;
      if (send(c->fd, alert, 7, MSG_NOSIGNAL) != 7) { close_conn(c); return; }
      http_input(c);
      return;
    }
    case HTTP: {
      if (c->body_left > 0 && c->in.empty()) {  // bulk upload: drop without copying
        for (int i = 0; i < 4 && c->body_left; i++) {
          size_t want = c->body_left < (1u << 22) ? size_t(c->body_left) : (1u << 22);
          ssize_t n = recv(c->fd, nullptr, want, MSG_TRUNC | MSG_DONTWAIT);
          if (n > 0) { c->body_left -= uint64_t(n); continue; }
          if (n == 0 || errno != EAGAIN) { close_conn(c); return; }
          break;
        }
        if (!c->body_left) {
          c->body_reply = false;
          c->out += resp_ok;
          flush(c);
        }
        return;
      }
      ssize_t n = recv(c->fd, buf, 65536, 0);
      if (n > 0) {
        c->in.append(buf, size_t(n));
        http_input(c);
      } else if (n == 0 || errno != EAGAIN) {
        close_conn(c);
      }
      return;
    }
    case TLS: {
      for (;;) {
        int n = SSL_read(c->ssl, buf, 65536);
        if (n > 0) {
          if (c->body_left && c->in.empty() && uint64_t(n) < c->body_left) { c->body_left -= uint64_t(n); continue; }
          c->in.append(buf, size_t(n));
          if (!http_input(c)) return;
          continue;
        }
        int e = SSL_get_error(c->ssl, n);
        ERR_clear_error();
        if (e == SSL_ERROR_WANT_READ) return;
        if (e == SSL_ERROR_WANT_WRITE) { arm(c, true); return; }
        if (e == SSL_ERROR_ZERO_RETURN) SSL_shutdown(c->ssl);
        close_conn(c);
        return;
      }
    }
    case LISTEN: return;
  }
}

static void accept_all(Conn* l) {
  for (int i = 0; i < 64; i++) {
    int fd = accept4(l->fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    set_nodelay(fd);
    Conn* c = new Conn;
    c->fd = fd;
    c->kind = l->accept_kind;
    if (c->kind == TLS) {
      c->ssl = SSL_new(ctx);
      SSL_set_fd(c->ssl, fd);
      SSL_set_accept_state(c->ssl);
    }
    if (size_t(fd) >= conns.size()) conns.resize(size_t(fd) * 2 + 64);
    conns[size_t(fd)] = c;
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.ptr = c;
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
  }
}

int main(int argc, char** argv) {
  Args a(argc, argv);
  raise_fd_limit();
  signal(SIGPIPE, SIG_IGN);
  ep = epoll_create1(EPOLL_CLOEXEC);
  std::string ip = a.str("addr", "127.0.0.1");
  mem_ptr = static_cast<char*>(malloc(kMem));
  for (size_t i = 0; i < kMem; i++) mem_ptr[i] = char('a' + i % 23);
  resp_1k = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\nContent-Length: 1024\r\n\r\n" + std::string(1024, 'k');
  resp_ok = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\nContent-Length: 3\r\n\r\nok\n";
  if (a.has("tls")) {
    ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_use_certificate_chain_file(ctx, a.str("cert").c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, a.str("key").c_str(), SSL_FILETYPE_PEM) != 1) {
      ERR_print_errors_fp(stderr);
      return 1;
    }
  }
  struct { const char* k; Kind kind; } kinds[] = {{"http", HTTP}, {"tls", TLS}, {"echo", ECHO}, {"hello", HELLO}};
  for (auto& k : kinds) {
    if (!a.has(k.k)) continue;
    Conn* l = new Conn;
    l->fd = listen_on(ip.c_str(), int(a.num(k.k, 0)));
    l->kind = LISTEN;
    l->accept_kind = k.kind;
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.ptr = l;
    epoll_ctl(ep, EPOLL_CTL_ADD, l->fd, &e);
  }
  conns.resize(1024);
  printf("origin ready\n");
  fflush(stdout);
  epoll_event evs[512];
  for (;;) {
    int n = epoll_wait(ep, evs, 512, -1);
    for (int i = 0; i < n; i++) {
      Conn* c = static_cast<Conn*>(evs[i].data.ptr);
      if (c->fd < 0) continue;
      if (c->kind == LISTEN) accept_all(c);
      else on_event(c, evs[i].events);
    }
    for (Conn* c : dead) delete c;
    dead.clear();
  }
}
