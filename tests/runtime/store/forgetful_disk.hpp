#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cartwheel::test {

/// A disk in memory that keeps what POSIX promises, and no more: bytes of a file once it was synced, names in a folder
/// once the folder was. Everything else is at the mercy of power_cycle().
/// Runs on: any thread.
class forgetful_disk {
 public:
  struct file {
    std::string bytes;
    size_t synced = 0;                            // this many are on the platter
    std::vector<std::pair<size_t, size_t>> lost;  // but not these: a sync failed, and later ones take them for written
    int names = 1;
  };
  using file_ptr = std::shared_ptr<file>;

  /// What is left of bytes that were never synced.
  enum class remains {
    beginning,  // some of them from the first on, as on a file system that keeps data in order
    anything,   // any of them, and zeros or noise in the place of others
  };

  forgetful_disk() { root_->durable["data"] = root_->now["data"] = std::make_shared<folder>(); }

  std::mutex& mutex() { return mutex_; }

  // The rest with the mutex held. Paths are absolute. A false or a null: there is no such thing (or there is one already).

  file_ptr find_file(std::string_view path) {
    auto at = find(path);
    return at && std::holds_alternative<file_ptr>(*at) ? std::get<file_ptr>(*at) : nullptr;
  }
  bool is_folder(std::string_view path) { return find_folder(path) != nullptr; }
  bool exists(std::string_view path) { return find(path).has_value(); }

  std::optional<std::vector<std::string>> names(std::string_view path) {
    auto f = find_folder(path);
    if (!f) return std::nullopt;
    std::vector<std::string> out;
    for (const auto& [name, what] : f->now) out.push_back(name);
    return out;
  }

  /// As open(O_CREAT | O_TRUNC): an old file by that name loses its bytes, under all its names.
  file_ptr create(std::string_view path) {
    auto [in, name] = parent(path);
    if (!in) return nullptr;
    if (auto old = find_file(path)) {
      *old = file{.bytes = {}, .synced = 0, .lost = {}, .names = old->names};
      return old;
    }
    if (in->now.contains(name)) return nullptr;
    auto made = std::make_shared<file>();
    in->add(name, made);
    return made;
  }

  bool make_folder(std::string_view path) {
    auto [in, name] = parent(path);
    if (!in || in->now.contains(name)) return false;
    in->add(name, std::make_shared<folder>());
    return true;
  }

  bool link(std::string_view from, std::string_view to) {
    auto what = find_file(from);
    auto [in, name] = parent(to);
    if (!what || !in || in->now.contains(name)) return false;
    ++what->names;
    in->add(name, what);
    return true;
  }

  /// As rename(2): a file takes the place of a file; a folder that of none.
  bool rename(std::string_view from, std::string_view to) {
    auto [in, name] = parent(from);
    auto [into, new_name] = parent(to);
    if (in != into) throw std::logic_error{"this disk renames within one folder only"};
    if (!in || !in->now.contains(name)) return false;
    if (in->now.contains(new_name) &&
        (std::holds_alternative<folder_ptr>(in->now[name]) || std::holds_alternative<folder_ptr>(in->now[new_name])))
      return false;
    in->change({name, new_name, in->now[name]});
    return true;
  }

  bool remove_file(std::string_view path) {
    auto what = find_file(path);
    if (!what) return false;
    --what->names;
    auto [in, name] = parent(path);
    in->change({name, {}, what});
    return true;
  }

  bool remove_folder(std::string_view path) {
    auto what = find_folder(path);
    if (!what || !what->now.empty()) return false;
    auto [in, name] = parent(path);
    in->change({name, {}, what});
    return true;
  }

  /// A bit of the file is another one from now on: what a worn disk does.
  static void damage(file& f, size_t byte, int bit) { f.bytes.at(byte) ^= static_cast<char>(1 << bit); }

  void sync(file& f) { f.synced = f.bytes.size(); }
  /// What a file system does with dirty pages it could not write: it forgets that they are dirty.
  void fail_sync(file& f) {
    if (f.synced < f.bytes.size()) f.lost.emplace_back(f.synced, f.bytes.size());
  }
  bool sync_folder(std::string_view path) {
    auto f = find_folder(path);
    if (!f) return false;
    f->durable = f->now;
    f->pending.clear();
    return true;
  }

  /// The machine stops and starts again: of what was not synced, chance decides what is there.
  void power_cycle(std::mt19937_64& random, remains what) {
    std::lock_guard lock{mutex_};
    forget(*root_, random, what);
  }

 private:
  struct folder;
  using folder_ptr = std::shared_ptr<folder>;
  using entry = std::variant<file_ptr, folder_ptr>;

  /// One step of a folder: a name goes, another comes, or one becomes the other. It is on the platter whole or not.
  struct step {
    std::string gone;
    std::string come;
    entry what;
  };
  struct folder {
    std::map<std::string, entry, std::less<>> now;
    std::map<std::string, entry, std::less<>> durable;
    std::vector<step> pending;

    static void apply(const step& s, std::map<std::string, entry, std::less<>>& to) {
      if (!s.gone.empty()) to.erase(s.gone);
      if (!s.come.empty()) to[s.come] = s.what;
    }
    void change(step s) {
      apply(s, now);
      pending.push_back(std::move(s));
    }
    void add(const std::string& name, entry what) { change({{}, name, std::move(what)}); }
  };

  std::optional<entry> find(std::string_view path) {
    entry at = root_;
    while (!path.empty()) {
      if (path.front() == '/') {
        path.remove_prefix(1);
        continue;
      }
      auto name = path.substr(0, path.find('/'));
      path.remove_prefix(name.size());
      auto in = std::get_if<folder_ptr>(&at);
      if (in == nullptr) return std::nullopt;
      auto found = (*in)->now.find(name);
      if (found == (*in)->now.end()) return std::nullopt;
      at = entry{found->second};
    }
    return at;
  }
  folder_ptr find_folder(std::string_view path) {
    auto at = find(path);
    return at && std::holds_alternative<folder_ptr>(*at) ? std::get<folder_ptr>(*at) : nullptr;
  }
  std::pair<folder_ptr, std::string> parent(std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    size_t slash = path.rfind('/');
    return {find_folder(path.substr(0, slash)), std::string{path.substr(slash + 1)}};
  }

  void forget(folder& f, std::mt19937_64& random, remains what) {
    // Steps of one folder reach the platter in order; how many did is chance.
    size_t kept = f.pending.empty() ? 0 : random() % (f.pending.size() + 1);
    for (size_t i = 0; i < kept; ++i) folder::apply(f.pending[i], f.durable);
    f.pending.clear();
    f.now = f.durable;
    for (auto& [name, in] : f.now) {
      if (auto deeper = std::get_if<folder_ptr>(&in))
        forget(**deeper, random, what);
      else
        forget(*std::get<file_ptr>(in), random, what);
    }
  }

  static void forget(file& f, std::mt19937_64& random, remains what) {
    if (size_t loose = f.bytes.size() - f.synced; loose > 0) {
      f.bytes.resize(f.synced + random() % (loose + 1));
      if (what == remains::anything)
        for (size_t at = f.synced; at < f.bytes.size(); at += 512)
          if (auto chance = random() % 4; chance < 2)
            for (size_t i = at; i < std::min(at + 512, f.bytes.size()); ++i)
              f.bytes[i] = chance == 0 ? '\0' : static_cast<char>(random());
    }
    for (auto [from, to] : f.lost)
      for (size_t i = from; i < std::min(to, f.bytes.size()); ++i) f.bytes[i] = '\0';
    f.lost.clear();
    f.synced = f.bytes.size();
  }

  std::mutex mutex_;
  folder_ptr root_ = std::make_shared<folder>();
};

}  // namespace cartwheel::test
