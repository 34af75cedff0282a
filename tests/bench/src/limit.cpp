// limit: the ceiling reference. The least a CONNECT proxy can do: it checks nothing, resolves nothing,
// connects to <--origin>:<port in the request line> and relays (recv/send for small data, splice(2) for bulk).
// Absolute-form requests are relayed blindly over a 1:1 upstream connection. A host that starts with
// "blocked" gets a 403, so that there is a ceiling for denials too. One thread, epoll edge-triggered.
//   --port PORT [--nosplice]
#include <algorithm>

#include "sockets.h"

struct Conn {
  int fd = -1;
  Conn* peer = nullptr;
  uint8_t state = 0;       // 0 client head, 1 upstream connecting, 2 relaying
  bool eof = false, out_ok = true, bulk = false, queued = false, fin_sent = false;
  bool up = false;
  int pr = -1, pw = -1;    // pipe with bytes read from this side and not yet sent to the peer
  size_t in_pipe = 0;
  std::string head;
};

static int ep;
static bool use_splice = true;
static std::string origin;  // the address that every name means
static std::vector<std::pair<int, int>> pool;
static std::vector<Conn*> ready, dead;
static char buf[65536];
static constexpr size_t kPipe = 1 << 20;

static void get_pipe(Conn* c) {
  if (c->pr >= 0) return;
  if (!pool.empty()) {
    c->pr = pool.back().first;
    c->pw = pool.back().second;
    pool.pop_back();
    return;
  }
  int p[2];
  if (pipe2(p, O_NONBLOCK | O_CLOEXEC)) die("pipe2");
  fcntl(p[1], F_SETPIPE_SZ, int(kPipe));
  c->pr = p[0];
  c->pw = p[1];
}
static void put_pipe(Conn* c) {
  if (c->pr < 0) return;
  if (c->in_pipe == 0 && pool.size() < 64) pool.emplace_back(c->pr, c->pw);
  else { close(c->pr); close(c->pw); }
  c->pr = c->pw = -1;
  c->in_pipe = 0;
}
static void kill_one(Conn* c) {
  if (c->fd < 0) return;
  close(c->fd);
  c->fd = -1;
  put_pipe(c);
  dead.push_back(c);
}
static void kill_pair(Conn* c) {
  Conn* p = c->peer;
  kill_one(c);
  if (p) kill_one(p);
}

// Moves bytes from a to its peer. False when the pair is gone.
static bool pump(Conn* a, bool drain_all) {
  Conn* b = a->peer;
  for (int i = 0; i < 32; i++) {
    if (a->in_pipe) {
      if (!b->out_ok) return true;
      ssize_t n = splice(a->pr, nullptr, b->fd, nullptr, a->in_pipe, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
      if (n < 0) {
        if (errno == EAGAIN) { b->out_ok = false; return true; }
        kill_pair(a);
        return false;
      }
      a->in_pipe -= size_t(n);
      if (a->in_pipe) continue;
    }
    if (a->eof) {
      put_pipe(a);
      if (!a->fin_sent) { a->fin_sent = true; shutdown(b->fd, SHUT_WR); }
      if (b->eof && !b->in_pipe) { kill_pair(a); return false; }
      return true;
    }
    if (!a->bulk) {
      put_pipe(a);
      ssize_t n = recv(a->fd, buf, sizeof buf, 0);
      if (n == 0) { a->eof = true; continue; }
      if (n < 0) {
        if (errno == EAGAIN) return true;
        kill_pair(a);
        return false;
      }
      ssize_t m = b->out_ok ? send(b->fd, buf, size_t(n), MSG_NOSIGNAL) : 0;
      if (m < 0) {
        if (errno != EAGAIN) { kill_pair(a); return false; }
        m = 0;
      }
      if (m < n) {
        b->out_ok = false;
        get_pipe(a);
        if (write(a->pw, buf + m, size_t(n - m)) != n - m) { kill_pair(a); return false; }
        a->in_pipe = size_t(n - m);
        return true;
      }
      if (size_t(n) == sizeof buf) a->bulk = use_splice;
      else if (!drain_all) return true;
    } else {
      get_pipe(a);
      ssize_t n = splice(a->fd, nullptr, a->pw, nullptr, kPipe, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
      if (n == 0) { a->eof = true; continue; }
      if (n < 0) {
        if (errno == EAGAIN) { a->bulk = false; put_pipe(a); return true; }
        kill_pair(a);
        return false;
      }
      a->in_pipe = size_t(n);
    }
  }
  if (!a->queued) { a->queued = true; ready.push_back(a); }
  return true;
}

static void start(Conn* c) {
  std::string& h = c->head;
  bool connect_m = h.compare(0, 8, "CONNECT ") == 0;
  size_t p = connect_m ? 8 : h.find("://");
  if (p == std::string::npos) { kill_one(c); return; }
  if (!connect_m) p += 3;
  if (h.compare(p, 7, "blocked") == 0) {
    if (!connect_m) {  // stays open for the next request
      static const char k[] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
      send(c->fd, k, sizeof k - 1, MSG_NOSIGNAL);
      h.clear();
      return;
    }
    static const char r[] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    send(c->fd, r, sizeof r - 1, MSG_NOSIGNAL);
    kill_one(c);
    return;
  }
  size_t e = h.find_first_of(connect_m ? " " : " /", p);
  size_t colon = h.find(':', p);
  int port = colon < e ? atoi(h.c_str() + colon + 1) : 80;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) { kill_one(c); return; }
  set_nodelay(fd);
  sockaddr_in a = addr_of(origin.c_str(), port);
  if (connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) < 0 && errno != EINPROGRESS) {
    close(fd);
    kill_one(c);
    return;
  }
  Conn* u = new Conn;
  u->fd = fd;
  u->up = true;
  u->peer = c;
  c->peer = u;
  u->state = c->state = 1;
  if (connect_m) {
    size_t end = h.find("\r\n\r\n") + 4;
    h.erase(0, end);  // bytes after the head belong to the tunnel
  }
  u->head = connect_m ? "C" : "";
  epoll_event ev{};
  ev.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  ev.data.ptr = u;
  epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

int main(int argc, char** argv) {
  Args args(argc, argv);
  raise_fd_limit();
  signal(SIGPIPE, SIG_IGN);
  use_splice = !args.has("nosplice");
  origin = args.str("origin", "127.0.0.1");
  ep = epoll_create1(EPOLL_CLOEXEC);
  int lfd = listen_on("127.0.0.1", int(args.num("port", 13000)));
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.ptr = nullptr;
  epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &e);
  printf("limit ready\n");
  fflush(stdout);
  epoll_event evs[512];
  for (;;) {
    int n = epoll_wait(ep, evs, 512, ready.empty() ? -1 : 0);
    for (int i = 0; i < n; i++) {
      Conn* c = static_cast<Conn*>(evs[i].data.ptr);
      uint32_t ev = evs[i].events;
      if (!c) {
        for (int k = 0; k < 64; k++) {
          int fd = accept4(lfd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
          if (fd < 0) break;
          set_nodelay(fd);
          Conn* q = new Conn;
          q->fd = fd;
          epoll_event x{};
          x.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
          x.data.ptr = q;
          epoll_ctl(ep, EPOLL_CTL_ADD, fd, &x);
        }
        continue;
      }
      if (c->fd < 0) continue;
      if (ev & EPOLLOUT) c->out_ok = true;
      if (c->state == 0) {
        if (!(ev & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))) continue;
        ssize_t r = recv(c->fd, buf, sizeof buf, 0);
        if (r < 0 && errno == EAGAIN) continue;
        if (r <= 0) { kill_one(c); continue; }
        c->head.append(buf, size_t(r));
        if (c->head.find("\r\n\r\n") != std::string::npos) start(c);
        continue;
      }
      if (c->state == 1) {
        if (!c->up) {
          if (ev & (EPOLLHUP | EPOLLERR)) kill_pair(c);
          continue;
        }
        if (ev & (EPOLLERR | EPOLLHUP)) { kill_pair(c); continue; }
        if (!(ev & EPOLLOUT)) continue;
        Conn* cl = c->peer;
        if (!c->head.empty()) {
          static const char ok[] = "HTTP/1.1 200 Connection established\r\n\r\n";
          send(cl->fd, ok, sizeof ok - 1, MSG_NOSIGNAL);
        }
        if (!cl->head.empty()) send(c->fd, cl->head.data(), cl->head.size(), MSG_NOSIGNAL);
        std::string().swap(cl->head);
        std::string().swap(c->head);
        c->state = cl->state = 2;
        if (!pump(cl, true)) continue;
        pump(c, true);
        continue;
      }
      bool more = ev & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
      if (ev & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        if (!pump(c, more)) continue;
      }
      if ((ev & EPOLLOUT) && c->peer->in_pipe) pump(c->peer, true);
    }
    std::vector<Conn*> r;
    r.swap(ready);
    for (Conn* c : r) {
      c->queued = false;
      if (c->fd >= 0) pump(c, true);
    }
    for (Conn* c : dead) {
      if (!c->queued) delete c;
      else c->peer = nullptr, c->queued = false, ready.erase(std::remove(ready.begin(), ready.end(), c), ready.end()), delete c;
    }
    dead.clear();
  }
}
