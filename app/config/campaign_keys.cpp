#include "app/config/campaign_keys.hpp"

#include "app/config/formats.hpp"
#include "app/config/limits.hpp"
#include "runtime/base/duration.hpp"

namespace cartwheel::config {
namespace {

constexpr milliseconds year = std::chrono::days{365};
constexpr milliseconds month = std::chrono::days{30};

std::string print_step(const campaign_step& step) {
  std::string out;
  for (const auto& k : step_keys()) out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", k.name, k.print(step));
  return "{ " + out + " }";
}

campaign_step example_step() { return campaign_settings{}.steps.front(); }

reading<campaign_step> read_step(const value& v, const std::string& name) {
  if (v.type() != kind::table)
    return {
      {}, {refused(v, name, fmt::format("is {}", to_string(v.type())), "a table like " + print_step(example_step()))}};
  campaign_step step;
  auto problems = read_keys(step, v, name, step_keys());
  return {step, std::move(problems)};
}

reading<std::vector<campaign_step>> read_steps(const value& v, const std::string& key, const std::string& allowed) {
  std::vector<campaign_step> steps;
  std::vector<problem> problems;
  const auto& elements = v.elements();
  if (elements.empty()) problems.push_back({v.where, key, "is empty; must be " + allowed});
  if (elements.size() > limits::steps_max)
    problems.push_back({v.where, key, fmt::format("has {} steps; must be {}", elements.size(), allowed)});
  for (size_t i = 0; i < elements.size(); ++i) {
    auto name = fmt::format("{}[{}]", key, i);
    auto one = read_step(elements[i], name);
    const bool sound = one.problems.empty();
    problems.insert(problems.end(), one.problems.begin(), one.problems.end());
    if (!sound) continue;
    // Against the last sound step: one mistake is reported once.
    if (!steps.empty() && one.value->after <= steps.back().after)
      problems.push_back(
        {elements[i].where, name + ".after",
         fmt::format("{} is not after the step before it ({}); steps must come in ascending order",
                     quoted(print_duration(one.value->after)), quoted(print_duration(steps.back().after)))});
    else
      steps.push_back(*one.value);
  }
  if (!problems.empty()) return {{}, std::move(problems)};
  return {std::move(steps), {}};
}

shape<std::vector<campaign_step>> steps() {
  auto allowed = fmt::format("a list of 1 to {} steps", limits::steps_max);
  return {kind::list, allowed, [=](const value& v, const std::string& key) { return read_steps(v, key, allowed); },
          [](const std::vector<campaign_step>& all) {
            std::string out = "[\n";
            for (const auto& step : all) out += "  " + print_step(step) + ",\n";
            return out + "]";
          }};
}

}  // namespace

const keys<campaign_step>& step_keys() {
  using part = campaign_step;
  static const keys<part> all = {
    required(field("after", &part::after, duration(0s, year), "When the step is due, counted from the abandonment.")),
    field("channel", &part::channel,
          one_of<cartwheel::channel>(
            {{"email", channel::email}, {"whatsapp", channel::whatsapp, true}, {"onsite", channel::onsite, true}}),
          "What the reminder goes out by."),
    required(field("template", &part::template_name, template_name(), "The template it is written from.")),
    field("not_after", &part::not_after, duration(1ms, year),
          "Later than this after its due time the step is dropped (`expired_ttl`)."),
  };
  return all;
}

const keys<campaign_settings>& campaign_keys() {
  using part = campaign_settings;
  static const keys<part> all = {
    field("idle", &part::idle, duration(1s, month), "A cart is abandoned this long after its last addition."),
    fixed<part>("clock", "last_add", {}, "What the idle time counts from: the last addition to the cart."),
    field("cap", &part::cap, duration(0s, year),
          "At most one reminder per address in this time, over all carts, shops and channels; `0s`: no cap."),
    field("reminders_per_cart", &part::reminders_per_cart, integer<uint8_t>(1, static_cast<uint8_t>(limits::steps_max)),
          "At most this many reminders of one cart."),
    field("pause_max", &part::pause_max, duration(1s, month), "A pending payment pauses the cart this long at most."),
    field("steps", &part::steps, steps(), "The series, in order of `after`; the keys of a step stand below."),
  };
  return all;
}

}  // namespace cartwheel::config
