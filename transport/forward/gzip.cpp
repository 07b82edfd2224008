#include "transport/forward/gzip.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <zlib.h>

#include <fmt/format.h>

namespace cartwheel::forward {

namespace {

constexpr int gzip_window_bits = 15 + 16;  // the largest window, gzip wrapping
constexpr size_t growth_first = 64 * 1024;

Bytef* bytes_of(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

struct inflating {
  z_stream stream{};
  inflating() {
    if (inflateInit2(&stream, gzip_window_bits) != Z_OK) throw std::bad_alloc{};
  }
  inflating(const inflating&) = delete;
  inflating& operator=(const inflating&) = delete;
  ~inflating() { inflateEnd(&stream); }
};

}  // namespace

unzipped gunzip(std::string_view packed, size_t bytes_max) {
  std::string out;
  if (packed.empty()) return {std::move(out), {}};
  if (packed.size() > std::numeric_limits<uInt>::max()) return {{}, "more than 4 GiB of gzip"};
  inflating z;
  z.stream.next_in = bytes_of(packed);
  z.stream.avail_in = static_cast<uInt>(packed.size());
  auto fault = [&](std::string_view what) {
    return unzipped{{}, fmt::format("gzip, byte {} of {}: {}", packed.size() - z.stream.avail_in, packed.size(), what)};
  };
  size_t made = 0;
  for (;;) {
    if (made == out.size()) {
      // One byte more than allowed: a bomb then shows as a full buffer, a chunk of exactly the bound does not.
      const size_t most = bytes_max + 1;
      if (made >= most) return fault(fmt::format("unpacks to more than {} bytes", bytes_max));
      out.resize(std::min(most, std::max({growth_first, 4 * packed.size(), 2 * made})));
    }
    z.stream.next_out = reinterpret_cast<Bytef*>(out.data() + made);
    const size_t room = std::min<size_t>(out.size() - made, std::numeric_limits<uInt>::max());
    z.stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&z.stream, Z_NO_FLUSH);
    made += room - z.stream.avail_out;
    if (code == Z_STREAM_END) {
      if (z.stream.avail_in == 0) break;
      if (inflateReset(&z.stream) != Z_OK) return fault("cannot begin the next member");
      continue;
    }
    if (code == Z_BUF_ERROR || (code == Z_OK && z.stream.avail_in == 0 && z.stream.avail_out > 0))
      return fault("cut short");
    if (code == Z_MEM_ERROR) throw std::bad_alloc{};
    if (code != Z_OK) return fault(z.stream.msg ? z.stream.msg : "no gzip");
  }
  if (made > bytes_max) return fault(fmt::format("unpacks to more than {} bytes", bytes_max));
  out.resize(made);
  return {std::move(out), {}};
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc{};
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);  // cannot fail: deflateBound is the most it can need
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace cartwheel::forward
