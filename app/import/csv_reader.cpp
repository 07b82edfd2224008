#include "app/import/csv_reader.hpp"

#include "app/import/limits.hpp"

#include <fmt/format.h>

#include <utility>

namespace cartwheel {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

void csv_reader::read(std::string_view piece) {
  for (const char c : piece) {
    if (!started_) {
      if (c == byte_order_mark[mark_]) {
        if (++mark_ == byte_order_mark.size()) started_ = true;
        continue;
      }
      started_ = true;
      for (const char held : byte_order_mark.substr(0, mark_)) take_byte(held);  // it was none
    }
    take_byte(c);
  }
}

void csv_reader::take_byte(char c) {
  // A carriage return ends a line only together with the line feed behind it; alone it is a byte of a value.
  if (std::exchange(carriage_return_, false) && c != '\n') {
    if (at_ == at::behind_quote) fault("a closing quote is followed by a carriage return that ends no line");
    if (at_ != at::faulty) add('\r');
  }
  if (++bytes_ > limits::import_record_bytes_max) too_long();
  if (at_ == at::quoted) {
    if (c == '"')
      at_ = at::behind_quote;
    else
      record_.fields.back().text += c;
  } else if (c == '\n') {
    end_record();
  } else if (c == '\r') {
    carriage_return_ = true;
  } else if (at_ == at::faulty) {
    // until the line ends
  } else if (c == '"' && at_ == at::field_begin) {
    first_field();
    at_ = at::quoted;
  } else if (c == '"' && at_ == at::behind_quote) {
    record_.fields.back().text += '"';
    at_ = at::quoted;
  } else if (c == '"') {
    fault("a quote stands inside of a value that does not begin with one");
  } else if (delimiter_ == 0 ? c == ',' || c == ';' : c == delimiter_) {
    delimiter_ = c;
    first_field();
    at_ = at::field_begin;
    if (record_.fields.size() == limits::import_columns_max)
      fault(fmt::format("there are more than {} columns", limits::import_columns_max));
    else
      record_.fields.push_back({{}, line_, column_ + 1});
  } else if (at_ == at::behind_quote) {
    fault("a closing quote is followed by something else than the next value");
  } else {
    add(c);
  }
  if (c == '\n') {
    ++line_;
    column_ = 1;
  } else {
    ++column_;
  }
}

/// The others begin behind their delimiter.
void csv_reader::first_field() {
  if (!record_.fields.empty()) return;
  record_.line = line_;
  record_.fields.push_back({{}, line_, column_});
}

void csv_reader::add(char c) {
  first_field();
  at_ = at::bare;
  record_.fields.back().text += c;
}

/// A quote that is never closed would swallow the rest of the file: it is the place to look at.
void csv_reader::too_long() {
  const bool open = at_ == at::quoted;
  fault(fmt::format("the record is longer than {} bytes{}", limits::import_record_bytes_max,
                    open ? "; is this quote never closed?" : ""));
  if (open) at_opening_quote();
}

void csv_reader::at_opening_quote() {
  record_.fault_line = record_.fields.back().line;
  record_.fault_column = record_.fields.back().column;
}

void csv_reader::fault(std::string why) {
  if (at_ == at::faulty) return;
  at_ = at::faulty;
  if (record_.line == 0) record_.line = line_;
  record_.fault = std::move(why);
  record_.fault_line = line_;
  record_.fault_column = column_;
}

void csv_reader::end_record() {
  auto done = std::exchange(record_, {});
  at_ = at::field_begin;
  bytes_ = 0;
  if (done.line != 0) take_(std::move(done));
}

void csv_reader::finish() {
  if (!started_)
    for (const char held : byte_order_mark.substr(0, mark_)) take_byte(held);
  if (at_ == at::quoted) {
    fault("a quote is opened and never closed");
    at_opening_quote();
  }
  carriage_return_ = false;  // before the end of the text it ends the last line
  end_record();
}

}  // namespace cartwheel
