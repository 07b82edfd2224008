#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// Short numbers for names that recur in every address: legal entities. There are as many as the configurations of this
/// directory have named; a number means nothing beyond its process.
/// Errors: std::runtime_error for the 65,536th name.
class name_numbers {
 public:
  uint16_t of(std::string_view name) {
    if (auto i = numbers_.find(name); i != numbers_.end()) return i->second;
    if (names_.size() > std::numeric_limits<uint16_t>::max())
      throw std::runtime_error{"more than 65,536 legal entities are named"};
    const auto number = static_cast<uint16_t>(names_.size());
    names_.push_back(&numbers_.emplace(name, number).first->first);
    return number;
  }
  const std::string& name(uint16_t number) const { return *names_.at(number); }

 private:
  std::map<std::string, uint16_t, std::less<>> numbers_;
  std::vector<const std::string*> names_;
};

}  // namespace cartwheel
