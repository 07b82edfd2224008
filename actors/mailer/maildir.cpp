#include "actors/mailer/maildir.hpp"

#include "runtime/base/hash.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cartwheel {

namespace {

constexpr size_t name_max = 200;  // of the 255 a file system takes; flags and a reader's own marks still fit behind

/// A fixed key: the names are ours (HMACs), and a collision costs a look, not a mail.
uint64_t fingerprint(std::string_view name) { return keyed_hash({0x6d61696c646972, 0x63617274}, name); }

/// The name without the flags a reader put behind it.
std::string_view base_name(std::string_view name) { return name.substr(0, name.find(':')); }

maildir_outcome failure(int error, std::string path) {
  return {maildir_result::failed, {error, std::generic_category()}, std::move(path)};
}

constexpr maildir_result delivered = maildir_result::delivered;

/// CRLF becomes LF; a lone CR stays.
void append_unix_lines(std::string& out, std::string_view text) {
  while (!text.empty()) {
    size_t end = text.find("\r\n");
    out += text.substr(0, end);
    if (end == std::string_view::npos) return;
    out += '\n';
    text.remove_prefix(end + 2);
  }
}

}  // namespace

maildir::maildir(std::filesystem::path root, bool durable)
    : root_{std::move(root)}, tmp_{root_ / "tmp"}, new_{root_ / "new"}, cur_{root_ / "cur"}, durable_{durable} {}

std::string maildir::file_name(std::string_view message_id) {
  std::string out;
  for (char c : message_id) {
    bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                std::string_view{"_-@+"}.find(c) != std::string_view::npos || (c == '.' && !out.empty());
    if (safe)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  if (out.size() > name_max) {
    constexpr size_t hash_digits = 16;
    out.resize(name_max - hash_digits - 1);
    out += fmt::format("-{:016x}", fingerprint(message_id));
  }
  return out;
}

maildir_outcome maildir::open() {
  for (const auto* folder : {&tmp_, &new_, &cur_}) {
    std::error_code error;
    std::filesystem::create_directories(*folder, error);
    if (error) return {maildir_result::failed, error, folder->string()};
  }
  names_.clear();
  for (const auto* folder : {&new_, &cur_}) {
    if (auto o = read_names(*folder); o.result != delivered) return o;
  }
  return durable_ ? sync_folder(root_) : maildir_outcome{delivered, {}, {}};
}

maildir_outcome maildir::read_names(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entries{folder, error};
  for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error)) {
    names_.insert(fingerprint(base_name(entries->path().filename().string())));
  }
  if (error) return {maildir_result::failed, error, folder.string()};
  return {delivered, {}, {}};
}

bool maildir::is_there(const std::string& name) const {
  std::error_code ignored;  // what cannot be looked at was not found; the delivery meets the same error and reports it
  // First new/, then cur/: readers move in this direction, so a mail on its way is seen in one of them.
  if (std::filesystem::exists(new_ / name, ignored)) return true;
  std::filesystem::directory_iterator entries{cur_, ignored};
  return std::any_of(begin(entries), end(entries),
                     [&](const auto& entry) { return base_name(entry.path().filename().string()) == name; });
}

maildir_outcome maildir::deliver(const rendered_mail& mail) { return deliver(std::span{&mail, 1}).front(); }

std::vector<maildir_outcome> maildir::deliver(std::span<const rendered_mail> mails) {
  std::vector<maildir_outcome> out;
  out.reserve(mails.size());
  std::string path;
  bool moved = false;
  for (const auto& mail : mails) {
    out.push_back(place(mail, path));
    moved = moved || out.back().result == delivered;
  }
  if (!moved || !durable_) return out;
  if (auto synced = sync_folder(new_); synced.result != delivered) {
    for (auto& o : out) {
      if (o.result == delivered) o = synced;
    }
  }
  return out;
}

maildir_outcome maildir::place(const rendered_mail& mail, std::string& path) {
  auto name = file_name(mail.message_id);
  auto print = fingerprint(name);
  if (names_.count(print) != 0 && is_there(name)) return {maildir_result::already_delivered, {}, {}};
  text_.clear();
  text_.reserve(mail.bytes.size() + mail.sender.size() + mail.recipient.size() + 64);
  text_.append("Return-Path: <").append(mail.sender).append(">\nDelivered-To: ").append(mail.recipient).append("\n");
  append_unix_lines(text_, mail.bytes);

  path = (tmp_ / name).string();
  if (auto o = write_file(path, text_); o.result != delivered) {
    ::unlink(path.c_str());  // half a mail is of no use, and on a full disk in the way
    return o;
  }
  auto target = (new_ / name).string();
  if (::rename(path.c_str(), target.c_str()) != 0) {
    int error = errno;
    ::unlink(path.c_str());
    return failure(error, std::move(target));
  }
  names_.insert(print);
  return {delivered, {}, {}};
}

maildir_outcome maildir::write_file(const std::string& path, std::string_view text) const {
  // A file of this name in tmp/ is what a crash left of an earlier attempt at the same mail.
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failure(errno, path);
  int error = 0;
  while (!text.empty() && error == 0) {
    ssize_t n = ::write(fd, text.data(), text.size());
    if (n >= 0)
      text.remove_prefix(static_cast<size_t>(n));
    else if (errno != EINTR)
      error = errno;
  }
  if (error == 0 && durable_ && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;  // NFS and quotas may report here
  return error == 0 ? maildir_outcome{delivered, {}, {}} : failure(error, path);
}

maildir_outcome maildir::sync_folder(const std::filesystem::path& folder) const {
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failure(errno, folder.string());
  int error = ::fsync(fd) != 0 ? errno : 0;
  ::close(fd);
  return error == 0 ? maildir_outcome{delivered, {}, {}} : failure(error, folder.string());
}

}  // namespace cartwheel
