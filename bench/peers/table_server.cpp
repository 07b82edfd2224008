// The limit, by our own hand: the least a Forward server can do and still know every cart. One thread; each entry is decoded
// by msgpack's visitor, the cart's slot in one flat table takes its time and quantity, and the acknowledgement leaves at once.
// No validation, lines, timers, persons or disk.
//
// usage: table_server PORT CARTS      (127.0.0.1; until it is killed)
#include <msgpack.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// Open addressing; it never fills: the carts are told beforehand.
class cart_table {
 public:
  explicit cart_table(size_t carts) : slots_(std::bit_ceil(2 * carts + 16)) {}
  void add(uint64_t cart, uint32_t second, uint64_t quantity) {
    size_t at = cart & (slots_.size() - 1);
    while (slots_[at].cart != 0 && slots_[at].cart != cart) at = (at + 1) & (slots_.size() - 1);
    slots_[at].cart = cart;
    slots_[at].last_add = second;
    slots_[at].quantity += quantity;
  }

 private:
  struct slot {
    uint64_t cart = 0, quantity = 0;
    uint32_t last_add = 0;
  };
  std::vector<slot> slots_;
};

/// Remembers the last key at whatever depth: the names that are looked for are unique in an event.
struct keyed_visitor : msgpack::null_visitor {
  bool in_key = false;
  std::string_view key;
  bool start_map_key() { return in_key = true; }
  bool end_map_key() {
    in_key = false;
    return true;
  }
};

struct one_event : keyed_visitor {
  uint64_t cart = 0, quantity = 0;
  uint32_t second = 0;
  bool visit_str(const char* text, uint32_t bytes) {
    if (in_key)
      key = {text, bytes};
    else if (key == "cart_id")
      cart = std::hash<std::string_view>{}({text, bytes}) | 1;
    return true;
  }
  bool visit_ext(const char* body, uint32_t bytes) {  // EventTime: its type, then seconds and nanoseconds
    if (bytes != 9) return true;
    std::memcpy(&second, body + 1, sizeof second);
    second = ntohl(second);
    return true;
  }
  bool visit_positive_integer(uint64_t v) {
    if (key == "quantity") quantity += v;
    return true;
  }
};

/// [tag, bin entries, {"chunk": id, ...}]: the entries are one value, so a message that has half come costs little to look at.
struct one_message : keyed_visitor {
  std::string_view entries, chunk;
  bool visit_bin(const char* body, uint32_t bytes) {
    entries = {body, bytes};
    return true;
  }
  bool visit_str(const char* text, uint32_t bytes) {
    if (in_key)
      key = {text, bytes};
    else if (key == "chunk")
      chunk = {text, bytes};
    return true;
  }
};

void acknowledge(int peer, std::string_view chunk) {
  msgpack::sbuffer out;
  msgpack::packer<msgpack::sbuffer> pack{out};
  pack.pack_map(1);
  pack.pack("ack");
  pack.pack_str(static_cast<uint32_t>(chunk.size()));
  pack.pack_str_body(chunk.data(), static_cast<uint32_t>(chunk.size()));
  if (::send(peer, out.data(), out.size(), MSG_NOSIGNAL) < 0) std::perror("send");
}

struct connection {
  int peer;
  std::string in;
};

/// False: the peer has gone.
bool work(connection& c, cart_table& carts) {
  constexpr size_t at_once = 256 * 1024;
  const size_t had = c.in.size();
  c.in.resize(had + at_once);
  const auto came = ::recv(c.peer, c.in.data() + had, at_once, 0);
  c.in.resize(had + static_cast<size_t>(came > 0 ? came : 0));
  if (came <= 0) return false;
  size_t done = 0;
  for (;;) {
    size_t at = done;
    one_message m;
    if (done == c.in.size() || !msgpack::parse(c.in.data(), c.in.size(), at, m)) break;
    for (size_t entry = 0; entry < m.entries.size();) {
      one_event e;
      if (!msgpack::parse(m.entries.data(), m.entries.size(), entry, e)) return false;
      if (e.cart != 0) carts.add(e.cart, e.second, e.quantity);
    }
    if (!m.chunk.empty()) acknowledge(c.peer, m.chunk);
    done = at;
  }
  c.in.erase(0, done);
  return true;
}

int listen_on(const char* port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0), on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(static_cast<uint16_t>(std::atoi(port)));
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&here), sizeof here) != 0 || ::listen(listener, 64) != 0) {
    std::perror("table_server");
    std::exit(1);
  }
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: table_server PORT CARTS\n", stderr);
    return 2;
  }
  cart_table carts{std::strtoull(argv[2], nullptr, 10)};
  std::vector<pollfd> polled{{listen_on(argv[1]), POLLIN, 0}};
  std::vector<connection> open{{polled[0].fd, {}}};  // beside `polled`
  for (;;) {
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;
    for (size_t i = polled.size() - 1; i > 0; --i) {
      if (polled[i].revents == 0 || work(open[i], carts)) continue;
      ::close(polled[i].fd);
      polled.erase(polled.begin() + static_cast<std::ptrdiff_t>(i));
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (polled[0].revents == 0) continue;
    const int peer = ::accept(polled[0].fd, nullptr, nullptr), on = 1;
    if (peer < 0) continue;
    ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    polled.push_back({peer, POLLIN, 0});
    open.push_back({peer, {}});
  }
}
