#pragma once

#include "actors/content/page.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The page behind a mail's link to preferences: less than all or nothing. A GET changes nothing; each button posts what it
/// says, at once.
namespace cartwheel::preferences_page {

using page::language;

/// What a button asks for, in the field `choice`.
enum class choice : uint8_t { pause, fewer, normal, stop, stop_all };
std::string_view to_string(choice c);
/// Errors: nothing for any other word.
std::optional<choice> choice_named(std::string_view name);

std::string question(language l, std::string_view shop_name, std::string_view address);

/// What was done. `until`: of a pause, as the language writes a date.
std::string done(language l, choice c, std::string_view shop_name, std::string_view address, std::string_view until);

}  // namespace cartwheel::preferences_page
