#include "app/config/memory.hpp"

#include "app/config/limits.hpp"

#include <charconv>

namespace cartwheel {

std::optional<uint64_t> parse_memory(std::string_view text, uint64_t machine_bytes) {
  uint64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{}) return std::nullopt;
  auto unit = text.substr(static_cast<size_t>(end - text.data()));
  // Divided first: a machine's bytes times 100 fit, but nobody has to check that.
  if (unit == "%") return count >= 1 && count <= 100 ? std::optional{machine_bytes / 100 * count} : std::nullopt;
  int shift = 0;
  if (unit == "MiB")
    shift = 20;
  else if (unit == "GiB")
    shift = 30;
  else if (unit == "TiB")
    shift = 40;
  else
    return std::nullopt;
  if (count > (UINT64_MAX >> shift) || (count << shift) < limits::memory_bytes_min) return std::nullopt;
  return count << shift;
}

}  // namespace cartwheel
