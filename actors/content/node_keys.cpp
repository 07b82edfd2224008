#include "actors/content/node_keys.hpp"

#include "actors/content/limits.hpp"

#include <array>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cartwheel {

namespace {

constexpr std::array<std::string_view, 3> names{"links", "message_id", "partitions"};

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what) {
  throw std::runtime_error{fmt::format("{}: {}", file.string(), what)};
}

[[noreturn]] void fail_with_errno(const std::filesystem::path& file, std::string_view doing) {
  fail(file, fmt::format("{}: {}", doing, std::generic_category().message(errno)));
}

class descriptor {
 public:
  explicit descriptor(int fd) : fd_{fd} {}
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::optional<secret_key> read_hex(std::string_view hex) {
  secret_key out{};
  if (hex.size() != out.size() * 2) return std::nullopt;
  for (size_t i = 0; i < hex.size(); ++i) {
    char c = hex[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return std::nullopt;
    out[i / 2] = static_cast<uint8_t>(out[i / 2] << 4 | digit);
  }
  return out;
}

/// Whole file, or nothing when it is not there.
std::optional<std::string> read_guarded(const std::filesystem::path& file) {
  descriptor fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (fd.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    fail_with_errno(file, "cannot be opened");
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail_with_errno(file, "cannot be looked at");
  if (!S_ISREG(status.st_mode)) fail(file, "is no regular file");
  if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    fail(file, fmt::format("has mode {:04o}; nobody but its owner (and its group, to read) may have access: chmod 600",
                           static_cast<unsigned>(status.st_mode) & 07777u));
  }
  std::string text(limits::keys_file_bytes_max + 1, '\0');
  size_t have = 0;
  while (have < text.size()) {
    ssize_t n = ::read(fd.get(), text.data() + have, text.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_with_errno(file, "cannot be read");
    if (n == 0) break;
    have += static_cast<size_t>(n);
  }
  if (have > limits::keys_file_bytes_max)
    fail(file, fmt::format("is longer than {} bytes", limits::keys_file_bytes_max));
  text.resize(have);
  return text;
}

node_keys parse(const std::filesystem::path& file, std::string_view text) {
  std::array<std::optional<secret_key>, names.size()> found;
  for (size_t number = 1; !text.empty(); ++number) {
    size_t end = text.find('\n');
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    // Never a word of the line's right side in a message: it may be a secret with one wrong digit.
    auto complain = [&](std::string_view what) { fail(file, fmt::format("line {}: {}", number, what)); };
    size_t equals = line.find('=');
    if (equals == std::string_view::npos) complain("expected `name = hex digits`");
    std::string_view name = trimmed(line.substr(0, equals));
    size_t which = 0;
    while (which < names.size() && names[which] != name) ++which;
    if (which == names.size()) complain("the name is none of links, message_id, partitions");
    if (found[which]) complain(fmt::format("{} stands here twice", name));
    found[which] = read_hex(trimmed(line.substr(equals + 1)));
    if (!found[which]) complain(fmt::format("{}: expected 64 hex digits", name));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (!found[i]) fail(file, fmt::format("{} is missing", names[i]));
  }
  return {*found[0], *found[1], *found[2]};
}

std::string make_text() {
  std::string text =
    "# The secrets of this cartwheel node. Keep them with its data; without them links in mails die.\n";
  for (std::string_view name : names) {
    secret_key key;
    if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) throw std::runtime_error{"OpenSSL: no randomness"};
    text.append(name).append(" = ");
    for (uint8_t byte : key) text += fmt::format("{:02x}", byte);
    text += '\n';
  }
  return text;
}

void write_all(int fd, std::string_view text, const std::filesystem::path& file) {
  while (!text.empty()) {
    ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_with_errno(file, "cannot be written");
    text.remove_prefix(static_cast<size_t>(n));
  }
}

/// Written under another name and linked: a crash leaves a whole file or none, and of two starts at once one wins.
void make_file(const std::filesystem::path& file) {
  auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail(file, fmt::format("its folder cannot be made: {}", error.message()));
  auto draft = file;
  draft += fmt::format(".{}", ::getpid());
  {
    descriptor fd{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (fd.get() < 0) fail_with_errno(draft, "cannot be made");
    try {
      write_all(fd.get(), make_text(), draft);
      if (::fsync(fd.get()) != 0) fail_with_errno(draft, "cannot be synced");
      if (::link(draft.c_str(), file.c_str()) != 0 && errno != EEXIST) fail_with_errno(file, "cannot be made");
    } catch (...) {
      ::unlink(draft.c_str());
      throw;
    }
  }
  ::unlink(draft.c_str());
  descriptor fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) fail_with_errno(folder, "cannot be synced");
}

}  // namespace

node_keys load_node_keys(const std::filesystem::path& file) {
  auto text = read_guarded(file);
  if (!text) fail(file, "is not there");
  return parse(file, *text);
}

node_keys load_or_make_node_keys(const std::filesystem::path& file) {
  if (auto text = read_guarded(file)) return parse(file, *text);
  make_file(file);
  return load_node_keys(file);
}

}  // namespace cartwheel
