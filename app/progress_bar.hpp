#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace cartwheel {

/// One line of a progress bar: "load [=====>    ]  52 %  1.2 M events/s", no longer than `width` columns.
/// Bounds: `part` is taken into 0..1.  Units: width counts bytes, so texts are best ASCII.
std::string progress_line(std::string_view title, double part, std::string_view note, size_t width);

/// Shows how far something long has come: a bar that is redrawn at a terminal, a plain line every few seconds elsewhere (a
/// log, CI).
/// Time is handed in, so that whoever calls also decides how often it is worth looking.
/// Runs on: one thread.
class progress_bar {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Writes to `out`, at a terminal iff it is one. Nothing is written before the first show().
  explicit progress_bar(std::string title, std::FILE* out = stderr);
  progress_bar(std::string title, std::FILE* out, bool terminal);
  ~progress_bar();
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  /// Draws when it is time to: redrawing costs a system call, so call as often as you like.
  void show(double part, std::string_view note, time_point now);
  /// Draws now and ends the line. Later calls are ignored.
  void finish(double part, std::string_view note);

  bool at_terminal() const { return terminal_; }

 private:
  void draw(double part, std::string_view note);

  std::string title_;
  std::FILE* out_;
  bool terminal_;
  bool drawn_ = false;
  bool finished_ = false;
  time_point next_{};
};

}  // namespace cartwheel
