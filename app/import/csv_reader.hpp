#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// One value of a record and where it began.
struct csv_field {
  std::string text;
  size_t line = 0;    // from 1
  size_t column = 0;  // of its first byte (its quote, if it has one), in bytes from 1
};

/// A record, or why it is none.
struct csv_record {
  std::vector<csv_field> fields;
  size_t line = 0;    // where it begins
  std::string fault;  // not empty: it breaks the format, at fault_line and fault_column
  size_t fault_line = 0;
  size_t fault_column = 0;
};

/// Takes a CSV text apart, piece by piece. Comma or semicolon, whichever stands first in the header line outside of quotes;
/// a byte order mark at the beginning is passed over, and so are empty lines.
/// A record that breaks the format is handed on as such, and reading goes on behind its line.
/// Bounds: limits::import_record_bytes_max a record, limits::import_columns_max fields.
/// Source: RFC 4180 section 2; line ends may be LF alone.
class csv_reader {
 public:
  using taker = std::function<void(csv_record)>;
  explicit csv_reader(taker take) : take_{std::move(take)} {}

  void read(std::string_view piece);
  /// The text is at its end.
  void finish();

 private:
  enum class at : uint8_t { field_begin, bare, quoted, behind_quote, faulty };

  void take_byte(char c);
  void first_field();
  void add(char c);
  void too_long();
  void at_opening_quote();
  void end_record();
  void fault(std::string why);

  taker take_;
  at at_ = at::field_begin;
  char delimiter_ = 0;  // not known yet
  csv_record record_;
  size_t bytes_ = 0;  // of the record
  size_t line_ = 1;
  size_t column_ = 1;
  bool carriage_return_ = false;  // stands before what comes next
  size_t mark_ = 0;               // bytes of a byte order mark so far
  bool started_ = false;
};

}  // namespace cartwheel
