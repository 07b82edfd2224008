#include "tests/support/forgetful_files.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace cartwheel::test {
namespace {

constexpr uint64_t sector = 512;

[[noreturn]] void fail(int error, const std::filesystem::path& path, const char* operation) {
  throw std::system_error{error, std::generic_category(), path.string() + ": " + operation};
}

uint64_t below(uint64_t end, std::mt19937_64& random) { return random() % end; }

/// How much of what was not synced survives: nothing, all, or each piece by a coin of its own weight.
uint64_t percent_kept(std::mt19937_64& random) {
  switch (below(4, random)) {
    case 0: return 0;
    case 1: return 100;
    default: return 1 + below(99, random);
  }
}

}  // namespace

class forgetful_files::handle final : public open_file {
 public:
  handle(forgetful_files& files, std::filesystem::path path, inode_ptr file, access how)
      : files_{files}, path_{std::move(path)}, file_{std::move(file)}, how_{how} {}

  const std::filesystem::path& path() const override { return path_; }

  size_t write_at(uint64_t offset, std::span<const std::string_view> pieces) override {
    std::string bytes;
    for (auto p : pieces) bytes += p;
    if (how_ == access::read) fail(EBADF, path_, "write");
    bytes.resize(std::min<uint64_t>(bytes.size(), files_.write_bytes_max_));
    try {
      files_.operate(path_, "write");
    } catch (const std::system_error&) {
      // Not all of it was in vain.
      if (below(2, files_.failing_) == 0) {
        bytes.resize(below(bytes.size() + 1, files_.failing_));
        change_by({change::what::write, offset, std::move(bytes)});
      }
      throw;
    }
    size_t n = bytes.size();
    change_by({change::what::write, offset, std::move(bytes)});
    return n;
  }

  size_t read_at(uint64_t offset, std::span<char> into) const override {
    files_.operate(path_, "read");
    if (offset >= file_->now.size()) return 0;
    return file_->now.copy(into.data(), into.size(), offset);
  }

  void preallocate(uint64_t bytes) override {
    files_.operate(path_, "preallocate");
    change_by({change::what::at_least, bytes, {}});
  }

  void truncate(uint64_t bytes) override {
    files_.operate(path_, "truncate");
    change_by({change::what::length, bytes, {}});
  }

  uint64_t size() const override { return file_->now.size(); }

  void write_behind(uint64_t, uint64_t bytes) override {
    files_.operate(path_, "sync_file_range");
    files_.sent_bytes_ += bytes;
  }

  void drop_cached(uint64_t offset, uint64_t bytes) override {
    files_.operate(path_, "posix_fadvise");
    if (file_->synced.substr(offset, bytes) != file_->now.substr(offset, bytes))
      throw std::logic_error{path_.string() + ": what is dropped was not synced"};
    files_.dropped_bytes_ += bytes;
  }

  void sync_data() override {
    try {
      files_.operate(path_, "fdatasync");
    } catch (const std::system_error&) {
      for (auto& c : file_->unsynced) c.doomed = c.kind == change::what::write;
      throw;
    }
    std::vector<change> doomed;
    for (auto& c : file_->unsynced) {
      if (c.doomed) {
        doomed.push_back(std::move(c));
        continue;
      }
      apply(c, file_->synced);
      for (auto& d : doomed) overwrite(d, c);
    }
    file_->unsynced = std::move(doomed);
  }

 private:
  /// What was written anew, or cut off, must not be undone by what was lost before.
  static void overwrite(change& old, const change& anew) {
    if (anew.kind == change::what::length)
      old.bytes.resize(std::min<uint64_t>(old.bytes.size(), anew.offset - std::min(anew.offset, old.offset)));
    if (anew.kind != change::what::write) return;
    for (uint64_t i = 0; i < old.bytes.size(); ++i)
      if (uint64_t at = old.offset + i; at >= anew.offset && at < anew.offset + anew.bytes.size())
        old.bytes[i] = anew.bytes[at - anew.offset];
  }

  void change_by(change c) {
    apply(c, file_->now);
    file_->unsynced.push_back(std::move(c));
  }

  forgetful_files& files_;
  std::filesystem::path path_;
  inode_ptr file_;
  access how_;
};

forgetful_files::forgetful_files(const forgetful_files& other)
    : folders_{other.folders_},
      operations_{other.operations_},
      sent_bytes_{other.sent_bytes_},
      fails_at_{other.fails_at_},
      error_{other.error_},
      failing_{other.failing_},
      failed_{other.failed_},
      write_bytes_max_{other.write_bytes_max_} {
  std::map<inode_ptr, inode_ptr> copies;  // two names of one file stay so
  for (auto& [path, f] : folders_)
    each_file(f, [&](inode_ptr& file) {
      auto& copy = copies[file];
      if (!copy) copy = std::make_shared<inode>(*file);
      file = copy;
    });
}

std::unique_ptr<open_file> forgetful_files::create(const std::filesystem::path& path) {
  auto& f = parent_of(path, "create");
  if (f.now.contains(path.filename())) fail(EEXIST, path, "create");
  operate(path, "create");
  auto file = std::make_shared<inode>();
  name_change c{"", path.filename(), file};
  apply(c, f.now);
  f.unsynced.push_back(std::move(c));
  return std::make_unique<handle>(*this, path, std::move(file), access::write);
}

std::unique_ptr<open_file> forgetful_files::open(const std::filesystem::path& path, access how) {
  operate(path, "open");
  auto file = find(path, "open");
  return std::make_unique<handle>(*this, path, std::move(file), how);
}

bool forgetful_files::exists(const std::filesystem::path& path) {
  if (folders_.contains(path)) return true;
  auto f = folders_.find(path.parent_path());
  return f != folders_.end() && f->second.now.contains(path.filename());
}

void forgetful_files::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  auto file = find(from, "rename");
  if (from.parent_path() != to.parent_path()) fail(EXDEV, from, "rename");
  operate(from, "rename");
  auto& f = parent_of(from, "rename");
  name_change c{from.filename(), to.filename(), std::move(file)};
  apply(c, f.now);
  f.unsynced.push_back(std::move(c));
}

void forgetful_files::remove(const std::filesystem::path& path) {
  auto file = find(path, "unlink");
  operate(path, "unlink");
  auto& f = parent_of(path, "unlink");
  name_change c{path.filename(), "", std::move(file)};
  apply(c, f.now);
  f.unsynced.push_back(std::move(c));
}

std::vector<std::string> forgetful_files::list(const std::filesystem::path& path) {
  auto f = folders_.find(path);
  if (f == folders_.end()) fail(ENOENT, path, "list");
  operate(path, "list");
  std::vector<std::string> found;
  for (const auto& [name, file] : f->second.now) found.push_back(name);
  return found;
}

void forgetful_files::make_folder(const std::filesystem::path& path) {
  if (!folders_.contains(path.parent_path())) fail(ENOENT, path, "mkdir");
  operate(path, "mkdir");
  // Folders last at once: what is tested is what becomes of the files in them.
  folders_.try_emplace(path);
}

void forgetful_files::sync_folder(const std::filesystem::path& path) {
  auto f = folders_.find(path);
  if (f == folders_.end()) fail(ENOENT, path, "open");
  operate(path, "fsync");
  f->second.synced = f->second.now;
  f->second.unsynced.clear();
}

void forgetful_files::crash(uint64_t seed) {
  std::mt19937_64 random{seed};
  for (auto& [path, f] : folders_) {
    lose_some(f, random);
    f.now = f.synced;
    // Anew: a handle that is still open must not reach them.
    std::map<inode_ptr, inode_ptr> copies;
    each_file(f, [&](inode_ptr& file) {
      auto& copy = copies[file];
      if (!copy) {
        copy = std::make_shared<inode>(*file);
        lose_some(*copy, random);
      }
      file = copy;
    });
  }
  fails_at_.reset();
  failed_ = false;
  write_bytes_max_ = UINT64_MAX;
}

void forgetful_files::fail_after(uint64_t n, int error, uint64_t seed) {
  fails_at_ = operations_ + n;
  error_ = error;
  failing_.seed(seed);
  failed_ = false;
}

std::string forgetful_files::contents(const std::filesystem::path& path) const {
  return folders_.at(path.parent_path()).now.at(path.filename())->now;
}

void forgetful_files::replace(const std::filesystem::path& path, std::string contents) {
  auto& f = folders_.at(path.parent_path());
  auto file = std::make_shared<inode>();
  file->now = file->synced = std::move(contents);
  f.now[path.filename()] = f.synced[path.filename()] = file;
}

void forgetful_files::each_file(folder& f, const std::function<void(inode_ptr&)>& visit) {
  for (auto* list : {&f.now, &f.synced})
    for (auto& [name, file] : *list) visit(file);
  for (auto& c : f.unsynced) visit(c.file);
}

void forgetful_files::apply(const change& c, std::string& to) {
  switch (c.kind) {
    case change::what::length: to.resize(c.offset); break;
    case change::what::at_least:
      if (to.size() < c.offset) to.resize(c.offset);
      break;
    case change::what::write:
      if (to.size() < c.offset + c.bytes.size()) to.resize(c.offset + c.bytes.size());
      to.replace(c.offset, c.bytes.size(), c.bytes);
      break;
  }
}

void forgetful_files::apply(const name_change& c, names& to) {
  if (!c.gone.empty()) {
    auto gone = to.find(c.gone);
    if (gone != to.end() && gone->second == c.file) to.erase(gone);
  }
  if (!c.come.empty()) to[c.come] = c.file;
}

void forgetful_files::lose_some(inode& file, std::mt19937_64& random) {
  uint64_t percent = percent_kept(random);
  auto kept = [&] { return below(100, random) < percent; };
  for (const auto& c : file.unsynced) {
    if (c.kind != change::what::write) {
      if (kept()) apply(c, file.synced);
      continue;
    }
    bool last = &c == &file.unsynced.back();
    for (uint64_t at = c.offset, end = c.offset + c.bytes.size(); at < end;) {
      uint64_t n = std::min(sector - at % sector, end - at);
      // A sector is written whole or not at all; of the last write one may be torn all the same.
      bool torn = last && below(16, random) == 0;
      if (kept())
        apply({change::what::write, at, c.bytes.substr(at - c.offset, torn ? below(n + 1, random) : n)}, file.synced);
      at += n;
    }
  }
  file.unsynced.clear();
  file.now = file.synced;
}

void forgetful_files::lose_some(folder& f, std::mt19937_64& random) {
  uint64_t percent = percent_kept(random);
  for (const auto& c : f.unsynced)
    if (below(100, random) < percent) apply(c, f.synced);
  f.unsynced.clear();
}

void forgetful_files::operate(const std::filesystem::path& path, const char* operation) {
  if (operations_ == works_at_) {
    works_at_.reset();
    work_();
  }
  if (operations_++ != fails_at_) return;
  failed_ = true;
  fail(error_, path, operation);
}

forgetful_files::folder& forgetful_files::parent_of(const std::filesystem::path& path, const char* operation) {
  auto f = folders_.find(path.parent_path());
  if (f == folders_.end()) fail(ENOENT, path, operation);
  return f->second;
}

forgetful_files::inode_ptr forgetful_files::find(const std::filesystem::path& path, const char* operation) {
  auto& f = parent_of(path, operation);
  auto file = f.now.find(path.filename());
  if (file == f.now.end()) fail(ENOENT, path, operation);
  return file->second;
}

}  // namespace cartwheel::test
