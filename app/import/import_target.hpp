#pragma once

#include "app/config/settings.hpp"
#include "app/import/import_row.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cartwheel {

/// Where the rows of an import go.
/// Errors: std::runtime_error when it takes nothing any more; what was taken before stays taken.
class import_target {
 public:
  virtual ~import_target() = default;
  /// `at`: of the row, as a complaint will name it; the file's name outlives the target.
  virtual void take_event(const std::string& json, const file_place& at) = 0;
  virtual void take_suppression(const std::string& json, const file_place& at) = 0;
  virtual void take_coupon(const std::string& json, const file_place& at) = 0;
  /// Everything that was taken is where it belongs when this returns.
  virtual void finish() = 0;
};

/// Judged and let go.
std::unique_ptr<import_target> nowhere();

/// Events into a file, as `replay` and the server take them. What is no event (a suppression, a code) is refused: a fault.
std::unique_ptr<import_target> to_file(const std::string& path, std::function<void(import_fault)> fault);

/// To a running server, in batches, one after the other: it says when it is behind, and is asked again.
/// `fault` is told what it refuses all the same. `pause` waits a second between two tries.
std::unique_ptr<import_target> to_server(const http_settings& where, std::function<void(import_fault)> fault,
                                         std::function<void()> pause);

}  // namespace cartwheel
