#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// A pattern of Forward tags as fluentd writes them: parts between dots, `*` for one part, `**` for any number (also none).
class tag_pattern {
 public:
  explicit tag_pattern(std::string_view pattern);
  bool matches(std::string_view tag) const;

 private:
  std::vector<std::string> parts_;
};

}  // namespace cartwheel
