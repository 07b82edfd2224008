#pragma once

#include <filesystem>

namespace cartwheel {

/// The lock that a server holds on its data directory (app/serve/data_dir.hpp), for those who are no server.
class server_lock {
 public:
  /// Whether a server runs on the directory now. Takes the lock for that moment, and shared: two who look do not
  /// disturb each other.
  /// Errors: std::system_error naming the file.
  static bool held(const std::filesystem::path& data_dir);

  /// Keeps servers away as long as it lives.
  /// Errors: std::runtime_error when one runs.
  explicit server_lock(const std::filesystem::path& data_dir);
  ~server_lock();
  server_lock(const server_lock&) = delete;
  server_lock& operator=(const server_lock&) = delete;

 private:
  int descriptor_;
};

}  // namespace cartwheel
