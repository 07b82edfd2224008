#include "actors/mailer/send_paces.hpp"

namespace cartwheel {

namespace {

constexpr size_t forget_above = 4096;  // names; those whose turn has long come say nothing any more

}  // namespace

instant send_paces::turn(const std::string& shop, const std::string& host, instant now) {
  auto at = take(hosts_, host, host_rate_, clock::time_point{now});
  at = take(shops_, shop, shop_rate_, at);
  return std::chrono::ceil<milliseconds>(at);
}

send_paces::clock::time_point send_paces::take(paces& of, const std::string& name, double rate, clock::time_point now) {
  if (rate <= 0) return now;
  if (of.size() > forget_above) std::erase_if(of, [&](const auto& p) { return p.second.next() < now; });
  return of.try_emplace(name, rate).first->second.take(now);
}

}  // namespace cartwheel
