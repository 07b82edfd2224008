#include "app/replay/event_file.hpp"

#include "app/replay/limits.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace cartwheel {

namespace {

struct file_closer {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using file_ptr = std::unique_ptr<std::FILE, file_closer>;

}  // namespace

struct event_file::source {
  virtual ~source() = default;
  /// Appends up to about `n` more bytes; false at the end.
  virtual bool read(std::string& into, size_t n) = 0;
};

/// Covers gzip too: zlib's gz functions read plain files as they are.
struct event_file::gzip final : event_file::source {
  gzip(const std::string& p) : path{p}, file{gzopen(p.c_str(), "rb")} {
    if (file == nullptr) throw std::system_error{errno, std::generic_category(), p};
    gzbuffer(file, 256 * 1024);
  }
  ~gzip() override { gzclose(file); }
  bool read(std::string& into, size_t n) override {
    size_t old = into.size();
    into.resize(old + n);
    int got = gzread(file, into.data() + old, static_cast<unsigned>(n));
    into.resize(old + static_cast<size_t>(std::max(got, 0)));
    if (got < static_cast<int>(n)) {
      int code = Z_OK;
      const char* text = gzerror(file, &code);
      if (code == Z_ERRNO) throw std::system_error{errno, std::generic_category(), path};
      if (code != Z_OK && code != Z_STREAM_END) throw std::runtime_error{path + ": damaged gzip data: " + text};
    }
    return got > 0;
  }
  std::string path;
  gzFile file;
};

struct event_file::zstd final : event_file::source {
  zstd(const std::string& p, file_ptr f)
      : path{p}, file{std::move(f)}, stream{ZSTD_createDStream()}, input(ZSTD_DStreamInSize()) {}
  ~zstd() override { ZSTD_freeDStream(stream); }
  bool read(std::string& into, size_t n) override {
    size_t old = into.size();
    into.resize(old + n);
    ZSTD_outBuffer out{into.data() + old, n, 0};
    while (out.pos < n) {
      if (in.pos == in.size) {
        in = {input.data(), std::fread(input.data(), 1, input.size(), file.get()), 0};
        if (in.size == 0) {
          if (std::ferror(file.get())) throw std::system_error{errno, std::generic_category(), path};
          if (left != 0) throw std::runtime_error{path + ": damaged zstd data: the file ends within a frame"};
          break;
        }
      }
      left = ZSTD_decompressStream(stream, &out, &in);
      if (ZSTD_isError(left)) throw std::runtime_error{path + ": damaged zstd data: " + ZSTD_getErrorName(left)};
    }
    into.resize(old + out.pos);
    return out.pos > 0;
  }
  std::string path;
  file_ptr file;
  ZSTD_DStream* stream;
  std::vector<char> input;
  ZSTD_inBuffer in{nullptr, 0, 0};
  size_t left = 0;
};

event_file::event_file(std::string path) : path_{std::move(path)} {
  file_ptr f{std::fopen(path_.c_str(), "rb")};
  if (!f) throw std::system_error{errno, std::generic_category(), path_};
  unsigned char magic[4] = {};
  size_t got = std::fread(magic, 1, sizeof magic, f.get());
  if (got < sizeof magic && std::ferror(f.get())) throw std::system_error{errno, std::generic_category(), path_};
  constexpr unsigned char zstd_magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
  if (got == 4 && std::memcmp(magic, zstd_magic, 4) == 0) {
    std::rewind(f.get());
    source_ = std::make_unique<zstd>(path_, std::move(f));
  } else {
    source_ = std::make_unique<gzip>(path_);
  }
}

event_file::~event_file() = default;

std::string event_file::next_block() {
  std::string block = std::exchange(rest_, {});
  while (!done_) {
    if (!source_->read(block, limits::replay_block_bytes)) {
      done_ = true;
      break;
    }
    size_t end = block.rfind('\n');
    if (end != std::string::npos) {
      rest_ = block.substr(end + 1);
      block.resize(end + 1);
      return block;
    }
    if (block.size() > limits::replay_line_bytes_max)
      throw std::runtime_error{path_ + ": a line is longer than 16 MiB: this is no file of events"};
  }
  return block;
}

}  // namespace cartwheel
