#pragma once

#include "actors/content/template_set.hpp"
#include "app/config/settings.hpp"

namespace cartwheel {

/// Compiles the templates a configuration names: its folder over the built-in ones.
/// Errors: all at once, those of the files ("file:line: what") and each step of the campaign whose template is not there
/// in a language that a shop's mails could be written in.
loaded_templates load_templates(const settings& all);

}  // namespace cartwheel
