#include "app/decision_json.hpp"

#include <nlohmann/json.hpp>

namespace cartwheel {

std::string to_json(const decision_line& line) {
  nlohmann::ordered_json j;
  j["time"] = unix_ms(line.tick);
  j["shop"] = line.shop;
  j["cart_id"] = line.cart_id;
  if (line.customer_id.empty())
    j["customer_id"] = nullptr;
  else
    j["customer_id"] = line.customer_id;
  j["step"] = line.step;
  j["channel"] = to_string(line.channel);
  j["outcome"] = to_string(line.outcome);
  j["reason"] = to_string(line.reason);
  if (line.campaign != campaign_kind::cart) j["campaign"] = to_string(line.campaign);
  return j.dump();
}

}  // namespace cartwheel
