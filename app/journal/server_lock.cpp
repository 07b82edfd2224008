#include "app/journal/server_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace cartwheel {
namespace {

std::filesystem::path file_of(const std::filesystem::path& data_dir) { return data_dir / "lock"; }

[[noreturn]] void fail(const std::filesystem::path& file) {
  throw std::system_error{errno, std::generic_category(), file.string()};
}

bool lock(int descriptor, int how, const std::filesystem::path& file) {
  if (::flock(descriptor, how | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  fail(file);
}

struct open_descriptor {
  int number = -1;
  ~open_descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

bool server_lock::held(const std::filesystem::path& data_dir) {
  auto file = file_of(data_dir);
  open_descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (opened.number < 0) {
    if (errno == ENOENT) return false;
    fail(file);
  }
  return !lock(opened.number, LOCK_SH, file);
}

server_lock::server_lock(const std::filesystem::path& data_dir) {
  auto file = file_of(data_dir);
  open_descriptor opened{::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)};
  if (opened.number < 0) fail(file);
  if (!lock(opened.number, LOCK_EX, file))
    throw std::runtime_error{data_dir.string() + ": a server runs on it; stop it first"};
  descriptor_ = std::exchange(opened.number, -1);
}

server_lock::~server_lock() { ::close(descriptor_); }

}  // namespace cartwheel
