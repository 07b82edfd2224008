#include "runtime/base/zstd.hpp"

#include "runtime/base/bytes.hpp"

#include <zstd.h>

namespace cartwheel {

namespace {

/// zstd's own default: higher ones cost several times as much and save a few per cent of a mail.
constexpr int level = 3;

}  // namespace

std::string zstd_packed(std::string_view bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  size_t n = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), level);
  if (ZSTD_isError(n)) throw broken_bytes{ZSTD_getErrorName(n)};  // no memory: the bound is enough for any bytes
  packed.resize(n);
  return packed;
}

std::string zstd_unpacked(std::string_view packed, size_t bytes_max) {
  auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > bytes_max)
    throw broken_bytes{"no zstd frame of a size that may be"};
  std::string bytes(size, '\0');
  size_t n = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(n) || n != size) throw broken_bytes{"damaged zstd frame"};
  return bytes;
}

}  // namespace cartwheel
