#include "runtime/base/file_layer.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <system_error>

namespace cartwheel {
namespace {

[[noreturn]] void fail(int error, const std::filesystem::path& path, const char* operation) {
  throw std::system_error{error, std::generic_category(), path.string() + ": " + operation};
}

/// Calls again what a signal has interrupted.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class real_file final : public open_file {
 public:
  real_file(std::filesystem::path path, int descriptor) : path_{std::move(path)}, descriptor_{descriptor} {}
  // Whoever needs to know that what was written is safe has called sync_data: what close says comes too late.
  ~real_file() override { ::close(descriptor_); }

  const std::filesystem::path& path() const override { return path_; }

  size_t write_at(uint64_t offset, std::span<const std::string_view> pieces) override {
    std::array<iovec, IOV_MAX> vectors;
    size_t n = std::min(pieces.size(), vectors.size());
    for (size_t i = 0; i < n; ++i) vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
    auto written = uninterrupted(
      [&] { return ::pwritev(descriptor_, vectors.data(), static_cast<int>(n), static_cast<off_t>(offset)); });
    if (written < 0) fail(errno, path_, "write");
    return static_cast<size_t>(written);
  }

  size_t read_at(uint64_t offset, std::span<char> into) const override {
    size_t done = 0;
    while (done < into.size()) {
      auto got = uninterrupted([&] {
        return ::pread(descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      });
      if (got < 0) fail(errno, path_, "read");
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  void preallocate(uint64_t bytes) override {
    // Not posix_fallocate: where the file system cannot, that writes to every block instead.
    if (uninterrupted([&] { return ::fallocate(descriptor_, 0, 0, static_cast<off_t>(bytes)); }) == 0) return;
    if (errno != EOPNOTSUPP) fail(errno, path_, "preallocate");
    if (size() < bytes) truncate(bytes);
  }

  void truncate(uint64_t bytes) override {
    if (uninterrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(bytes)); }) != 0)
      fail(errno, path_, "truncate");
  }

  uint64_t size() const override {
    struct stat s {};
    if (::fstat(descriptor_, &s) != 0) fail(errno, path_, "stat");
    return static_cast<uint64_t>(s.st_size);
  }

  void write_behind(uint64_t offset, uint64_t bytes) override {
    // Without its waiting flags it reads no error away that sync_data must see.
    auto begin = static_cast<off_t>(offset), length = static_cast<off_t>(bytes);
    if (::sync_file_range(descriptor_, begin, length, SYNC_FILE_RANGE_WRITE) != 0 && errno != EINVAL && errno != ENOSYS)
      fail(errno, path_, "sync_file_range");
  }

  void drop_cached(uint64_t offset, uint64_t bytes) override {
    // Advice: pages that are not written yet stay, and so do all where a file system knows of no such thing.
    const int error =
      ::posix_fadvise(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(bytes), POSIX_FADV_DONTNEED);
    if (error != 0 && error != EINVAL && error != ENOSYS) fail(error, path_, "posix_fadvise");
  }

  void sync_data() override {
    if (uninterrupted([&] { return ::fdatasync(descriptor_); }) != 0) fail(errno, path_, "fdatasync");
  }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

class real_file_layer final : public file_layer {
 public:
  std::unique_ptr<open_file> create(const std::filesystem::path& path) override {
    return open_as(path, O_RDWR | O_CREAT | O_EXCL, "create");
  }

  std::unique_ptr<open_file> open(const std::filesystem::path& path, access how) override {
    return open_as(path, how == access::write ? O_RDWR : O_RDONLY, "open");
  }

  bool exists(const std::filesystem::path& path) override {
    struct stat s {};
    if (::stat(path.c_str(), &s) == 0) return true;
    if (errno != ENOENT && errno != ENOTDIR) fail(errno, path, "stat");
    return false;
  }

  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (std::rename(from.c_str(), to.c_str()) != 0) fail(errno, from, "rename");
  }

  void remove(const std::filesystem::path& path) override {
    if (::unlink(path.c_str()) != 0) fail(errno, path, "unlink");
  }

  std::vector<std::string> list(const std::filesystem::path& folder) override {
    std::unique_ptr<DIR, int (*)(DIR*)> open{::opendir(folder.c_str()), ::closedir};
    if (!open) fail(errno, folder, "list");
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(open.get());
      if (entry == nullptr) break;
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
    if (errno != 0) fail(errno, folder, "list");
    std::sort(names.begin(), names.end());
    return names;
  }

  void make_folder(const std::filesystem::path& folder) override {
    if (::mkdir(folder.c_str(), 0755) == 0) return;
    int error = errno;
    struct stat s {};
    if (error == EEXIST && ::stat(folder.c_str(), &s) == 0 && S_ISDIR(s.st_mode)) return;
    fail(error, folder, "mkdir");
  }

  void sync_folder(const std::filesystem::path& folder) override {
    int descriptor = uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (descriptor < 0) fail(errno, folder, "open");
    int error = uninterrupted([&] { return ::fsync(descriptor); }) == 0 ? 0 : errno;
    ::close(descriptor);
    if (error != 0) fail(error, folder, "fsync");
  }

 private:
  static std::unique_ptr<open_file> open_as(const std::filesystem::path& path, int flags, const char* operation) {
    int descriptor = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
    if (descriptor < 0) fail(errno, path, operation);
    return std::make_unique<real_file>(path, descriptor);
  }
};

}  // namespace

file_layer& real_files() {
  static real_file_layer files;
  return files;
}

void write_fully(open_file& file, uint64_t offset, std::span<const std::string_view> pieces) {
  std::vector<std::string_view> rest;  // only when one operation was not enough
  while (!pieces.empty()) {
    size_t written = file.write_at(offset, pieces);
    offset += written;
    size_t whole = 0, done = written;
    while (whole < pieces.size() && done >= pieces[whole].size()) done -= pieces[whole++].size();
    if (whole == pieces.size()) return;
    if (written == 0) fail(EIO, file.path(), "write");
    std::vector<std::string_view> left{pieces.begin() + static_cast<std::ptrdiff_t>(whole), pieces.end()};
    left.front().remove_prefix(done);
    rest = std::move(left);
    pieces = rest;
  }
}

}  // namespace cartwheel
