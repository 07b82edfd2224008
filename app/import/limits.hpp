#pragma once

#include <cstddef>

/// The bounds of `cartwheel import`.
namespace cartwheel::limits {

/// One record of a file, quotes and line ends included: as an event, it must fit 64 KiB.
constexpr size_t import_record_bytes_max = 64 * 1024;

/// Columns of a file: each kind knows a dozen.
constexpr size_t import_columns_max = 256;

/// Events, or suppressions, in one request. The answer to one is waited for before the next is sent, so the server never
/// holds more than this of an import.
constexpr size_t import_batch_rows_max = 1000;
constexpr size_t import_batch_bytes_max = 1024 * 1024;  // an eighth of what the server takes as a body

/// How often one request is tried while the server answers 503 (it is behind, or starts), a second apart.
constexpr int import_tries_max = 120;

}  // namespace cartwheel::limits
