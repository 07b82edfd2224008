#include "runtime/store/store.hpp"

#include "runtime/store/rocksdb_options.hpp"
#include "runtime/store/small_files.hpp"
#include "runtime/store/store_error.hpp"
#include "runtime/store/store_folder.hpp"
#include "runtime/store/store_key.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace cartwheel {

namespace {

/// An empty view may point nowhere; RocksDB compares only slices that point somewhere.
rocksdb::Slice slice_of(std::string_view s) { return {s.empty() ? "" : s.data(), s.size()}; }
std::string_view view_of(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

/// How everything is read. Ranges are never erased as ranges here (see erase_range), so RocksDB need not look for them;
/// and must not: while it does, an iterator of 7.8 that cannot read on at the beginning of a table file leaves out what is
/// in it and says nothing (facebook/rocksdb#11782, fixed in 8.6; store_error_test shows it).
rocksdb::ReadOptions as_written() {
  rocksdb::ReadOptions o;
  o.ignore_range_deletions = true;
  return o;
}

/// The first thing that went wrong, for good. RocksDB would go on after some of them: after a failed compaction, and after
/// a failed flush until memory is full.
class first_error final : public rocksdb::EventListener {
 public:
  void happened(const rocksdb::Status& status) {
    std::lock_guard lock{mutex_};
    if (there_.load(std::memory_order_relaxed)) return;
    status_ = status;
    there_.store(true, std::memory_order_release);
  }
  bool there() const { return there_.load(std::memory_order_acquire); }
  /// Bounds: it is there.
  const rocksdb::Status& status() const { return status_; }

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override { happened(*status); }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* recover) override {
    *recover = false;
  }

 private:
  std::mutex mutex_;
  rocksdb::Status status_;
  std::atomic<bool> there_{false};
};

/// RocksDB's own threads, which call this, stand back for whoever serves events.
class stand_back final : public rocksdb::EventListener {
 public:
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { once(); }
  void OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { once(); }

 private:
  static void once() {
    thread_local bool told = false;
    if (!std::exchange(told, true)) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), limits::store_niceness);
  }
};

}  // namespace

struct store::parts {
  explicit parts(const store_options& o)
      : files{o.files ? o.files : rocksdb::FileSystem::Default()},
        folder{o.folder, files},
        env{rocksdb::NewCompositeEnv(files)},
        memory{share_memory(o.memory_bytes)} {}

  ~parts() {
    for (auto* f : families) db->DestroyColumnFamilyHandle(f).PermitUncheckedError();
    if (db) db->Close().PermitUncheckedError();
  }

  void open();

  rocksdb::ColumnFamilyHandle* family(store_table t) const { return families[index_of(t)]; }

  void refuse_if_broken() const {
    if (error->there()) raise(error->status(), folder.where(), "the store has failed and takes no more writes");
  }
  /// After this the store has failed, unless the status is ok.
  void check_write(const rocksdb::Status& status, std::string_view doing) const {
    if (status.ok()) return;
    error->happened(status);
    raise(status, folder.where(), doing);
  }
  void flush();
  bool merge_small_files(rocksdb::ColumnFamilyHandle* family);

  template <class Begin, class Step>
  void visit(store_table t, std::string_view from, std::string_view to, const visitor& each, Begin begin,
             Step step) const {
    if (!to.empty() && from >= to) return;
    rocksdb::Slice lower = slice_of(from);
    rocksdb::Slice upper = slice_of(to);
    auto o = as_written();
    o.iterate_lower_bound = &lower;
    if (!to.empty()) o.iterate_upper_bound = &upper;
    o.fill_cache = false;  // a walk through history must not drive out what is looked up
    o.total_order_seek = true;
    std::unique_ptr<rocksdb::Iterator> at{db->NewIterator(o, family(t))};
    // With bounds, its first and last key are those within them.
    for (begin(*at); at->Valid(); step(*at))
      if (!each(view_of(at->key()), view_of(at->value()))) return;
    check(at->status(), folder.where(), "visiting");
  }

  std::shared_ptr<rocksdb::FileSystem> files;
  store_folder folder;
  std::unique_ptr<rocksdb::Env> env;
  shared_memory memory;
  std::shared_ptr<first_error> error = std::make_shared<first_error>();
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  std::mutex flushing;
  std::atomic<uint64_t> noted = 0;  // in FLUSHED
};

void store::parts::open() {
  if (!folder.exists()) folder.make();
  { folder_lock try_it{folder.where(), *files}; }
  folder.expect();

  auto options = database_options(memory);
  options.env = env.get();
  options.listeners = {error, std::make_shared<stand_back>()};
  auto names = folder.names();
  // CURRENT is the last file a new database gets, and never missing later. Tables without it were once a database.
  bool empty = std::ranges::none_of(names, [](const auto& n) { return n == "CURRENT" || n.ends_with(".sst"); });
  options.create_if_missing = empty;

  std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
  for (const auto& t : store_tables)
    wanted.emplace_back(std::string{t.name}, table_options(t.access, t.prefix_bytes, memory));
  wanted.emplace_back(rocksdb::kDefaultColumnFamilyName, table_options(store_access::by_key, 0, memory));
  rocksdb::DB* opened = nullptr;
  auto status = rocksdb::DB::Open(options, folder.where().string(), wanted, &families, &opened);
  if (status.IsCorruption() && folder.cut_torn_manifest())
    status = rocksdb::DB::Open(options, folder.where().string(), wanted, &families, &opened);
  check(status, folder.where(), "opening the store");
  db.reset(opened);
  // A loss of power takes nothing that was flushed; what is less than that is damaged, and what rests on it is not there.
  noted = folder.flushed();
  if (db->GetLatestSequenceNumber() < noted)
    throw std::runtime_error{fmt::format("{}: has lost what was durable in it: written up to {}, now up to {}",
                                         folder.where().string(), noted.load(), db->GetLatestSequenceNumber())};
}

void store::parts::flush() {
  std::lock_guard one_at_a_time{flushing};
  refuse_if_broken();
  // All families by name, empty ones too: RocksDB then chooses what to flush after it has stopped the writers. Where it
  // chooses before, 7.8 leaves out a family that is written to in between, and later
  // writes to others are durable without it (facebook/rocksdb#11148, fixed in 8.1).
  const auto sequence = db->GetLatestSequenceNumber();  // before: what is written meanwhile need not be among it
  check_write(db->Flush({}, families), "flushing");
  if (sequence == noted) return;
  try {
    folder.note_flushed(sequence);
  } catch (const std::exception& e) {
    error->happened(rocksdb::Status::IOError(e.what()));
    throw;
  }
  noted = sequence;
  for (auto* f : families) {
    int merged = 0;
    while (merged < limits::store_merges_at_once && merge_small_files(f)) ++merged;
  }
}

/// RocksDB leaves a file alone that overlaps no other. A table whose keys begin with a time would have one more, of what a few
/// flushes brought, every few flushes for as long as its rows are kept, and each is a handle, and lines in the manifest.
/// Returns: it has merged some.
bool store::parts::merge_small_files(rocksdb::ColumnFamilyHandle* family) {
  rocksdb::ColumnFamilyMetaData table;
  db->GetColumnFamilyMetaData(family, &table);
  for (const auto& level : table.levels) {
    if (level.level == 0) continue;  // its files overlap
    std::vector<uint64_t> sizes;
    for (const auto& file : level.files) sizes.push_back(file.size);
    const auto few = small_neighbours(sizes, memory.memtable_bytes);
    if (few.empty()) continue;
    std::vector<std::string> names;
    for (size_t i = few.first; i < few.last; ++i) names.push_back(level.files[i].name);
    rocksdb::CompactionOptions as_the_table_says;
    as_the_table_says.compression = rocksdb::kDisableCompressionOption;
    auto status = db->CompactFiles(as_the_table_says, family, names, level.level);
    // A compaction of its own has taken one of them meanwhile.
    if (status.IsAborted() || status.IsInvalidArgument()) return false;
    check_write(status, "merging small files");
    return true;
  }
  return false;
}

store::store(const store_options& options) : parts_{std::make_unique<parts>(options)} {
  if (options.memory_bytes < limits::store_memory_bytes_min)
    throw std::runtime_error{fmt::format("{}: the store needs {} bytes of memory, not {}", options.folder.string(),
                                         limits::store_memory_bytes_min, options.memory_bytes)};
  parts_->open();
}

store::~store() = default;

void store::write(const store_batch& batch) {
  parts_->refuse_if_broken();
  if (batch.empty()) return;
  constexpr size_t overhead = 16;  // of an operation in RocksDB's form: its kind, family and two lengths
  rocksdb::WriteBatch encoded{batch.bytes() + batch.size() * overhead};
  auto added = [&](const rocksdb::Status& status) {
    check(status, parts_->folder.where(), "putting a batch together");
  };
  batch.each([&](store_table t, std::string_view key,
                 std::string_view value) { added(encoded.Put(parts_->family(t), slice_of(key), slice_of(value))); },
             [&](store_table t, std::string_view key) { added(encoded.Delete(parts_->family(t), slice_of(key))); });
  rocksdb::WriteOptions no_log;
  no_log.disableWAL = true;
  parts_->check_write(parts_->db->Write(no_log, &encoded), "writing");
}

void store::erase_range(store_table t, std::string_view from, std::string_view to) {
  // Key by key, and not by RocksDB's DeleteRange: see as_written().
  parts_->refuse_if_broken();
  store_batch some;
  visit(t, from, to, [&](std::string_view key, std::string_view) {
    some.erase(t, key);
    if (some.size() == limits::store_erase_batch_keys) {
      write(some);
      some.clear();
    }
    return true;
  });
  write(some);
}

std::optional<std::string> store::get(store_table t, std::string_view key) const {
  std::string value;
  auto status = parts_->db->Get(as_written(), parts_->family(t), slice_of(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  check(status, parts_->folder.where(), "looking up");
  return value;
}

std::vector<std::optional<std::string>> store::get(store_table t, std::span<const std::string_view> keys) const {
  std::vector<rocksdb::Slice> asked;
  asked.reserve(keys.size());
  for (auto k : keys) asked.push_back(slice_of(k));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> found(keys.size());
  parts_->db->MultiGet(as_written(), parts_->family(t), keys.size(), asked.data(), values.data(), found.data());
  std::vector<std::optional<std::string>> out(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (found[i].IsNotFound()) continue;
    check(found[i], parts_->folder.where(), "looking up");
    out[i].emplace(values[i].data(), values[i].size());
  }
  return out;
}

void store::visit(store_table t, std::string_view from, std::string_view to, const visitor& each) const {
  parts_->visit(
    t, from, to, each, [](rocksdb::Iterator& i) { i.SeekToFirst(); }, [](rocksdb::Iterator& i) { i.Next(); });
}

void store::visit_prefix(store_table t, std::string_view prefix, const visitor& each) const {
  if (prefix.empty() || prefix.size() != store_tables[index_of(t)].prefix_bytes)
    throw std::invalid_argument{
      fmt::format("table {} is not asked for {} bytes of its keys", store_tables[index_of(t)].name, prefix.size())};
  const auto to = after_prefix(prefix);
  const rocksdb::Slice upper = slice_of(to);
  auto o = as_written();
  if (!to.empty()) o.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> at{parts_->db->NewIterator(o, parts_->family(t))};
  for (at->Seek(slice_of(prefix)); at->Valid() && view_of(at->key()).starts_with(prefix); at->Next())
    if (!each(view_of(at->key()), view_of(at->value()))) return;
  check(at->status(), parts_->folder.where(), "visiting");
}

void store::visit_backward(store_table t, std::string_view from, std::string_view to, const visitor& each) const {
  parts_->visit(
    t, from, to, each, [](rocksdb::Iterator& i) { i.SeekToLast(); }, [](rocksdb::Iterator& i) { i.Prev(); });
}

void store::flush() { parts_->flush(); }

uint64_t store::flushed() const { return parts_->noted; }

std::optional<std::string> store::broken() const {
  if (!parts_->error->there()) return std::nullopt;
  return fmt::format("{}: {}", parts_->folder.where().string(), parts_->error->status().ToString());
}

store_size store::size(store_table t) const {
  auto number = [&](const std::string& property) {
    uint64_t n = 0;
    parts_->db->GetIntProperty(parts_->family(t), property, &n);
    return n;
  };
  using property = rocksdb::DB::Properties;
  return {number(property::kEstimateNumKeys),
          number(property::kLiveSstFilesSize) + number(property::kCurSizeAllMemTables)};
}

store_figures store::figures() const {
  auto sum = [&](const std::string& property) {
    uint64_t n = 0;
    parts_->db->GetAggregatedIntProperty(property, &n);
    return n;
  };
  using property = rocksdb::DB::Properties;
  const auto& memory = parts_->memory;
  store_figures f;
  // What memtables are charged stands in the cache as if it were blocks.
  size_t cached = memory.cache->GetUsage();
  f.cache_bytes = cached - std::min(cached, memory.memtables->dummy_entries_in_cache_usage());
  f.memtable_bytes = memory.memtables->memory_usage();
  f.reader_bytes = sum(property::kEstimateTableReadersMem);
  f.disk_bytes = sum(property::kTotalSstFilesSize);
  f.compaction_pending_bytes = sum(property::kEstimatePendingCompactionBytes);
  f.writers_wait = sum(property::kIsWriteStopped) + sum(property::kActualDelayedWriteRate) != 0;
  return f;
}

}  // namespace cartwheel
