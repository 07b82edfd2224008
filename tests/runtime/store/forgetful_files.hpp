#pragma once

#include "tests/runtime/store/forgetful_disk.hpp"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <set>

namespace cartwheel::test {

/// What goes wrong with the disk.
enum class fault {
  none,
  power_off,    // nothing works from then on; an append may leave a part behind
  io_error,     // EIO; after a failed sync the bytes are lost, although the next sync succeeds
  no_space,     // ENOSPC
  short_write,  // a part is written, then ENOSPC
};

/// A forgetful disk as RocksDB's file system. Counts what changes the disk, and reads, and can let the n-th of either fail.
/// Runs on: any thread.
class forgetful_files final : public rocksdb::FileSystemWrapper {
 public:
  explicit forgetful_files(std::shared_ptr<forgetful_disk> disk)
      : FileSystemWrapper{rocksdb::FileSystem::Default()}, disk_{std::move(disk)} {}
  const char* Name() const override { return "forgetful_files"; }

  /// The n-th change from now on (counted from 1) fails this way; `for_good`: and all after it.
  void fail_change(uint64_t n, fault how, bool for_good) {
    std::lock_guard lock{disk_->mutex()};
    change_fault_ = {changes_ + n, how, for_good || how == fault::power_off};
  }
  /// The n-th read from now on fails with EIO.
  void fail_read(uint64_t n) {
    std::lock_guard lock{disk_->mutex()};
    read_fault_ = {reads_ + n, fault::io_error, false};
  }
  void heal() {
    std::lock_guard lock{disk_->mutex()};
    change_fault_ = read_fault_ = {};
  }
  /// Whoever begins the n-th table file of this disk's life (counted from 1) waits there until let_go().
  void hold_table(uint64_t n) {
    std::lock_guard lock{hold_mutex_};
    held_table_ = n;
  }
  void wait_for_held() {
    std::unique_lock lock{hold_mutex_};
    hold_changed_.wait(lock, [&] { return tables_ >= held_table_; });
  }
  void let_go() {
    std::lock_guard lock{hold_mutex_};
    held_table_ = 0;
    hold_changed_.notify_all();
  }
  /// Whether something has failed since heal().
  bool failed() const {
    std::lock_guard lock{disk_->mutex()};
    return change_fault_.happened || read_fault_.happened;
  }
  uint64_t changes() const {
    std::lock_guard lock{disk_->mutex()};
    return changes_;
  }
  uint64_t reads() const {
    std::lock_guard lock{disk_->mutex()};
    return reads_;
  }

  using status = rocksdb::IOStatus;
  using options = rocksdb::IOOptions;
  using debug = rocksdb::IODebugContext;

  status NewSequentialFile(const std::string& name, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSSequentialFile>* made, debug*) override {
    return reading([&] {
      auto f = disk_->find_file(name);
      if (!f) return missing(name);
      *made = std::make_unique<sequential>(*this, f);
      return status::OK();
    });
  }
  status NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSRandomAccessFile>* made, debug*) override {
    return reading([&] {
      auto f = disk_->find_file(name);
      if (!f) return missing(name);
      *made = std::make_unique<random_access>(*this, f);
      return status::OK();
    });
  }
  status NewWritableFile(const std::string& name, const rocksdb::FileOptions& o,
                         std::unique_ptr<rocksdb::FSWritableFile>* made, debug*) override {
    if (name.ends_with(".sst")) begin_table();
    return changing([&] {
      auto f = disk_->create(name);
      if (!f) return missing(name);
      *made = std::make_unique<writable>(*this, f, o);
      return status::OK();
    });
  }
  status NewDirectory(const std::string& name, const options&, std::unique_ptr<rocksdb::FSDirectory>* made,
                      debug*) override {
    return reading([&] {
      if (!disk_->is_folder(name)) return missing(name);
      *made = std::make_unique<directory>(*this, name);
      return status::OK();
    });
  }
  status FileExists(const std::string& name, const options&, debug*) override {
    return reading([&] { return disk_->exists(name) ? status::OK() : status::NotFound(); });
  }
  status GetChildren(const std::string& name, const options&, std::vector<std::string>* names, debug*) override {
    return reading([&] {
      auto found = disk_->names(name);
      if (!found) return status::NotFound();
      *names = *found;
      return status::OK();
    });
  }
  status DeleteFile(const std::string& name, const options&, debug*) override {
    return changing([&] { return disk_->remove_file(name) ? status::OK() : missing(name); });
  }
  status CreateDir(const std::string& name, const options&, debug*) override {
    return changing([&] { return disk_->make_folder(name) ? status::OK() : missing(name); });
  }
  status CreateDirIfMissing(const std::string& name, const options&, debug*) override {
    return changing([&] { return disk_->is_folder(name) || disk_->make_folder(name) ? status::OK() : missing(name); });
  }
  status DeleteDir(const std::string& name, const options&, debug*) override {
    return changing([&] { return disk_->remove_folder(name) ? status::OK() : missing(name); });
  }
  status RenameFile(const std::string& from, const std::string& to, const options&, debug*) override {
    return changing([&] { return disk_->rename(from, to) ? status::OK() : missing(from); });
  }
  status LinkFile(const std::string& from, const std::string& to, const options&, debug*) override {
    return changing([&] { return disk_->link(from, to) ? status::OK() : missing(from); });
  }
  status GetFileSize(const std::string& name, const options&, uint64_t* bytes, debug*) override {
    return reading([&] {
      auto f = disk_->find_file(name);
      if (!f) return missing(name);
      *bytes = f->bytes.size();
      return status::OK();
    });
  }
  status GetFileModificationTime(const std::string&, const options&, uint64_t* t, debug*) override {
    *t = 1;
    return status::OK();
  }
  status NumFileLinks(const std::string& name, const options&, uint64_t* n, debug*) override {
    return reading([&] {
      auto f = disk_->find_file(name);
      if (!f) return missing(name);
      *n = static_cast<uint64_t>(f->names);
      return status::OK();
    });
  }
  status IsDirectory(const std::string& name, const options&, bool* is, debug*) override {
    return reading([&] {
      *is = disk_->is_folder(name);
      return disk_->exists(name) ? status::OK() : missing(name);
    });
  }
  status GetAbsolutePath(const std::string& name, const options&, std::string* out, debug*) override {
    *out = name;
    return status::OK();
  }
  status LockFile(const std::string& name, const options&, rocksdb::FileLock** held, debug*) override {
    return changing([&] {
      if (!disk_->find_file(name) && !disk_->create(name)) return missing(name);
      if (!locked_.insert(name).second) return status::IOError(name, "is locked");
      *held = new name_lock{name};
      return status::OK();
    });
  }
  status UnlockFile(rocksdb::FileLock* held, const options&, debug*) override {
    std::lock_guard guard{disk_->mutex()};
    auto* mine = static_cast<name_lock*>(held);
    locked_.erase(mine->name);
    delete mine;
    return status::OK();
  }

  // What the store has no use for must not reach the real disk by way of the base class.
  status ReopenWritableFile(const std::string&, const rocksdb::FileOptions&, std::unique_ptr<rocksdb::FSWritableFile>*,
                            debug*) override {
    return status::NotSupported();
  }
  status ReuseWritableFile(const std::string&, const std::string&, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>*, debug*) override {
    return status::NotSupported();
  }
  status NewRandomRWFile(const std::string&, const rocksdb::FileOptions&, std::unique_ptr<rocksdb::FSRandomRWFile>*,
                         debug*) override {
    return status::NotSupported();
  }
  status NewMemoryMappedFileBuffer(const std::string&, std::unique_ptr<rocksdb::MemoryMappedFileBuffer>*) override {
    return status::NotSupported();
  }
  status GetChildrenFileAttributes(const std::string&, const options&, std::vector<rocksdb::FileAttributes>*,
                                   debug*) override {
    return status::NotSupported();
  }
  status Truncate(const std::string&, size_t, const options&, debug*) override { return status::NotSupported(); }
  status AreFilesSame(const std::string&, const std::string&, const options&, bool*, debug*) override {
    return status::NotSupported();
  }
  status GetTestDirectory(const options&, std::string*, debug*) override { return status::NotSupported(); }
  status NewLogger(const std::string&, const options&, std::shared_ptr<rocksdb::Logger>*, debug*) override {
    return status::NotSupported();
  }
  status GetFreeSpace(const std::string&, const options&, uint64_t*, debug*) override { return status::NotSupported(); }

 private:
  struct name_lock final : rocksdb::FileLock {
    explicit name_lock(std::string n) : name{std::move(n)} {}
    std::string name;
  };

  struct armed {
    uint64_t at = 0;
    fault how = fault::none;
    bool for_good = false;
    bool happened = false;
  };

  void begin_table() {
    std::unique_lock lock{hold_mutex_};
    auto mine = ++tables_;
    hold_changed_.notify_all();
    hold_changed_.wait(lock, [&] { return held_table_ != mine; });
  }

  static status missing(const std::string& name) { return status::PathNotFound(name, "No such file or directory"); }

  static fault now(armed& f, uint64_t count) {
    if (f.how == fault::none || count < f.at || (count > f.at && !f.for_good)) return fault::none;
    f.happened = true;
    return f.how;
  }
  static status error_of(fault f) {
    if (f == fault::no_space || f == fault::short_write) {
      auto full = status::NoSpace("injected", "No space left on device");
      full.SetRetryable(true);
      return full;
    }
    return status::IOError("injected", "Input/output error");
  }

  /// `partly`: what of the change a torn or short one leaves behind.
  status changing(
    const std::function<status()>& change, const std::function<void(fault)>& partly = [](fault) {}) {
    std::lock_guard guard{disk_->mutex()};
    auto f = now(change_fault_, ++changes_);
    if (f == fault::none) return change();
    // What comes after the power went off leaves nothing at all.
    if (f != fault::power_off || changes_ == change_fault_.at) partly(f);
    return error_of(f);
  }
  status reading(const std::function<status()>& read) const {
    std::lock_guard guard{disk_->mutex()};
    if (change_fault_.how == fault::power_off && change_fault_.happened) return error_of(fault::power_off);
    auto f = now(read_fault_, ++reads_);
    return f == fault::none ? read() : error_of(f);
  }

  class writable final : public rocksdb::FSWritableFile {
   public:
    writable(forgetful_files& all, forgetful_disk::file_ptr f, const rocksdb::FileOptions& o)
        : FSWritableFile{o}, all_{all}, file_{std::move(f)} {}
    using FSWritableFile::Append;
    status Append(const rocksdb::Slice& data, const options&, debug*) override {
      return all_.changing(
        [&] {
          file_->bytes.append(data.data(), data.size());
          return status::OK();
        },
        [&](fault f) {
          if (f == fault::short_write || f == fault::power_off) file_->bytes.append(data.data(), data.size() / 2);
        });
    }
    status Flush(const options&, debug*) override { return status::OK(); }
    status Close(const options&, debug*) override { return status::OK(); }
    status Sync(const options&, debug*) override {
      return all_.changing(
        [&] {
          all_.disk_->sync(*file_);
          return status::OK();
        },
        [&](fault f) {
          if (f != fault::power_off) all_.disk_->fail_sync(*file_);
        });
    }
    uint64_t GetFileSize(const options&, debug*) override {
      std::lock_guard guard{all_.disk_->mutex()};
      return file_->bytes.size();
    }

   private:
    forgetful_files& all_;
    forgetful_disk::file_ptr file_;
  };

  class sequential final : public rocksdb::FSSequentialFile {
   public:
    sequential(const forgetful_files& all, forgetful_disk::file_ptr f) : all_{all}, file_{std::move(f)} {}
    status Read(size_t n, const options&, rocksdb::Slice* result, char* scratch, debug*) override {
      return all_.reading([&] {
        size_t left = file_->bytes.size() - std::min(at_, file_->bytes.size());
        n = std::min(n, left);
        std::memcpy(scratch, file_->bytes.data() + at_, n);
        at_ += n;
        *result = {scratch, n};
        return status::OK();
      });
    }
    status Skip(uint64_t n) override {
      at_ += n;
      return status::OK();
    }

   private:
    const forgetful_files& all_;
    forgetful_disk::file_ptr file_;
    size_t at_ = 0;
  };

  class random_access final : public rocksdb::FSRandomAccessFile {
   public:
    random_access(const forgetful_files& all, forgetful_disk::file_ptr f) : all_{all}, file_{std::move(f)} {}
    status Read(uint64_t offset, size_t n, const options&, rocksdb::Slice* result, char* scratch,
                debug*) const override {
      return all_.reading([&] {
        size_t at = std::min<size_t>(offset, file_->bytes.size());
        n = std::min(n, file_->bytes.size() - at);
        std::memcpy(scratch, file_->bytes.data() + at, n);
        *result = {scratch, n};
        return status::OK();
      });
    }

   private:
    const forgetful_files& all_;
    forgetful_disk::file_ptr file_;
  };

  class directory final : public rocksdb::FSDirectory {
   public:
    directory(forgetful_files& all, std::string name) : all_{all}, name_{std::move(name)} {}
    status Fsync(const options&, debug*) override {
      return all_.changing([&] { return all_.disk_->sync_folder(name_) ? status::OK() : missing(name_); });
    }
    status Close(const options&, debug*) override { return status::OK(); }

   private:
    forgetful_files& all_;
    std::string name_;
  };

  std::shared_ptr<forgetful_disk> disk_;
  mutable armed change_fault_;
  mutable armed read_fault_;
  uint64_t changes_ = 0;
  mutable uint64_t reads_ = 0;
  std::set<std::string> locked_;
  std::mutex hold_mutex_;
  std::condition_variable hold_changed_;
  uint64_t tables_ = 0;
  uint64_t held_table_ = 0;
};

}  // namespace cartwheel::test
