#include "actors/gateway/snapshot_folder.hpp"

#include "runtime/journal/block_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <system_error>

namespace cartwheel {

namespace {

constexpr std::string_view last_part = ".gateway";
constexpr size_t kept = 2;
// 2 has suppressions, 1 is the same without any; of 3 an older version could not read persons, addresses and carts; 4
// has coupons; 5 says what it rests on.
constexpr uint8_t format = 5;

std::string name_of(position resume, size_t index) { return fmt::format("{:020}-{:06}", count(resume), index); }

position position_of(std::string_view name) {
  uint64_t n = 0;
  std::from_chars(name.data(), name.data() + name.size(), n);
  return position{n};
}

std::filesystem::path gateway_file(const std::filesystem::path& stem) { return stem.string() + std::string{last_part}; }

void save_mark(block_writer& to, const snapshot_mark& m) {
  auto& w = to.open(static_cast<uint8_t>(snapshot_part::gateway)).to();
  w.byte(format);
  w.number(count(m.resume));
  w.number(m.resume_index);
  w.number(m.shards);
  w.time(m.now);
  w.time(m.newest_event);
  m.tracker.save(w);
  w.text(m.configuration);
  w.text(m.coupons ? m.coupons() : std::string{});
  w.number(m.rests_on);
}

snapshot_mark load_mark(file_layer& files, const std::filesystem::path& stem) {
  block_reader in{files, gateway_file(stem)};
  if (!in.next() || in.tag() != static_cast<uint8_t>(snapshot_part::gateway)) in.damaged("holds no mark");
  try {
    auto r = in.elements();
    const auto f = r.byte();
    if (f == 0 || f > format) throw broken_bytes{fmt::format("format {} is not known here", f)};
    snapshot_mark m;
    m.resume = position{r.number()};
    m.resume_index = r.number();
    m.shards = static_cast<uint16_t>(r.number());
    m.now = r.time();
    m.newest_event = r.time();
    m.tracker.load(r);
    if (f >= 3) m.configuration = r.text();
    if (f >= 4)
      if (std::string bytes{r.text()}; !bytes.empty()) m.coupons = [bytes = std::move(bytes)] { return bytes; };
    if (f >= 5) m.rests_on = r.number();
    return m;
  } catch (const broken_bytes& e) {
    in.damaged(e.what());
  }
}

void read_through(file_layer& files, const std::filesystem::path& file) {
  block_reader in{files, file};
  while (in.next()) {}
}

}  // namespace

struct snapshot_folder::work {
  snapshot_mark mark;
  std::string name;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::mutex mutex;
  size_t missing = 0;
  std::string error;
  std::shared_ptr<snapshot_request> request;
};

snapshot_folder::snapshot_folder(file_layer& files, std::filesystem::path folder, rests_on_hook rests_on,
                                 done_hook done)
    : files_{files}, folder_{std::move(folder)}, rests_on_{std::move(rests_on)}, done_{std::move(done)} {
  files_.make_folder(folder_);
  auto finished = whole();
  for (const auto& file : files_.list(folder_))
    if (std::ranges::none_of(finished, [&](const std::string& name) { return file.starts_with(name + '.'); }))
      files_.remove(folder_ / file);
}

snapshot_folder::~snapshot_folder() { wait(); }

void snapshot_folder::wait() {
  while (under_way()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  std::lock_guard lock{mutex_};
  if (thread_.joinable()) thread_.join();
}

/// Oldest first.
std::vector<std::string> snapshot_folder::whole() const {
  std::vector<std::string> names;
  for (const auto& file : files_.list(folder_))
    if (file.ends_with(last_part)) names.push_back(file.substr(0, file.size() - last_part.size()));
  std::ranges::sort(names);
  return names;
}

/// The part that makes it whole goes first.
void snapshot_folder::remove(const std::string& name) {
  files_.remove(gateway_file(folder_ / name));
  files_.sync_folder(folder_);
  for (const auto& file : files_.list(folder_))
    if (file.starts_with(name + '.')) files_.remove(folder_ / file);
}

std::optional<snapshot_folder::found> snapshot_folder::newest(const std::function<void(const std::string&)>& complain) {
  auto all = whole();
  for (auto name = all.rbegin(); name != all.rend(); ++name) {
    auto stem = folder_ / *name;
    try {
      found f{stem, load_mark(files_, stem)};
      for (uint16_t i = 0; i < f.mark.shards; ++i) {
        read_through(files_, carts_file(stem, i));
        read_through(files_, persons_file(stem, i));
      }
      return f;
    } catch (const std::exception& e) {
      complain(e.what());
      damaged_.push_back(*name);
    }
  }
  return std::nullopt;
}

std::shared_ptr<const snapshot_request> snapshot_folder::begin(snapshot_mark mark) {
  if (under_way()) return nullptr;
  auto w = std::make_shared<work>();
  w->name = name_of(mark.resume, mark.resume_index);
  w->missing = mark.shards;
  w->mark = std::move(mark);
  if (auto there = whole(); std::ranges::find(there, w->name) != there.end())
    return nullptr;  // nothing has happened since
  under_way_.store(true, std::memory_order_release);
  // The request holds the work, the work lets go of the request: the circle ends with the last shard.
  return std::make_shared<snapshot_request>(
    snapshot_request{files_, folder_ / w->name, [this, w](shard_id, const std::string& error) {
                       bool last;
                       {
                         std::lock_guard lock{w->mutex};
                         if (!error.empty()) w->error = error;
                         last = --w->missing == 0;
                       }
                       if (!last) return;
                       std::lock_guard lock{mutex_};
                       if (thread_.joinable()) thread_.join();
                       thread_ = std::thread{[this, w] { complete(w); }};
                     }});
}

void snapshot_folder::complete(std::shared_ptr<work> w) {
  position keep{};
  std::string error = w->error;
  try {
    if (error.empty()) {
      w->mark.rests_on = rests_on_();
      keep = make_durable(*w);
    }
  } catch (const std::exception& e) {
    error = e.what();
  }
  last_ms_.set(
    std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - w->began).count());
  if (error.empty()) taken_.add();
  done_(keep, error);
  under_way_.store(false, std::memory_order_release);
}

position snapshot_folder::make_durable(const work& w) {
  int64_t bytes = 0;
  auto sync = [&](const std::filesystem::path& path) {
    auto file = files_.open(path, file_layer::access::write);
    file->sync_data();
    bytes += static_cast<int64_t>(file->size());
  };
  const auto stem = folder_ / w.name;
  for (uint16_t i = 0; i < w.mark.shards; ++i) {
    sync(carts_file(stem, i));
    sync(persons_file(stem, i));
  }
  files_.sync_folder(folder_);
  block_writer gateway{files_, gateway_file(stem)};
  save_mark(gateway, w.mark);
  gateway.finish();
  gateway.sync();
  files_.sync_folder(folder_);
  last_bytes_.set(bytes);
  for (const auto& name : std::exchange(damaged_, {}))
    if (name != w.name) remove(name);
  auto all = whole();
  while (all.size() > kept) {
    remove(all.front());
    all.erase(all.begin());
  }
  return all.size() == kept ? position_of(all.front()) : position{};
}

}  // namespace cartwheel
