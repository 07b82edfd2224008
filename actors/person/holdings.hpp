#pragma once

#include "actors/cart/cart_messages.hpp"
#include "actors/consent/preference_list.hpp"
#include "actors/consent/suppression_list.hpp"
#include "actors/shard/notice.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <optional>
#include <string>
#include <vector>

/// What is held on somebody, as copies, for whoever asks for access to it (`cartwheel export`).
namespace cartwheel {

/// Asks a shard for what it holds of these: customers and visitors by id, carts by reference, addresses by key, and the
/// orders of these customers and addresses.
///   holdings     of each that is known there; nothing of the others
struct list_holdings {
  /// Sales and trails, which only their keys lead to.
  struct cart_name {
    std::string shop;
    std::string key;
  };
  std::vector<subject> of;
  std::vector<address_key> addresses;
  std::vector<cart_name> beside{};
};

struct held_order_time {
  std::string shop;
  instant time{};
};

struct held_consent {
  std::string shop;  // or legal entity, where it was given for an address that is known
  cartwheel::channel channel{};
  instant granted = before_all;  // the latest; before_all: never
  instant withdrawn = before_all;
  instant confirmed = before_all;  // the latest grant that was confirmed by mail
};

struct held_person {
  subject_kind kind{};
  std::string id;
  addressed address;
  instant address_time = before_all;
  std::string name;
  std::string locale;
  std::string country;
  std::string time_zone;
  std::vector<held_order_time> orders;
  std::vector<held_consent> consents;  // that wait for an address
  std::vector<cart_ref> carts;
};

struct held_address {
  struct basis {
    std::string legal_entity;
    unsigned orders = 0;
  };
  struct source {
    std::string legal_entity;
    address_source how{};
    instant latest{};
  };
  struct reminder {
    instant tick{};
    uint8_t step = 0;
    bool on_its_way = false;
  };
  address_key key;
  std::vector<held_consent> consents;
  std::vector<basis> bases;
  std::vector<source> sources;
  std::vector<held_order_time> orders;
  std::vector<reminder> reminders;
  std::vector<subject> known_to;
  std::optional<preference> wishes;
  std::optional<suppression> suppressed;  // also one that has not come to it yet, or is over
};

struct held_order {
  std::string shop;
  std::string order_id;
  std::string status;
  bool basis = false;
  instant last_named{};
  std::string cart_id;
  std::string customer;
  std::string visitor;
  bool sale = false;  // it was paid, and opened a sale, which may be over
};

/// What was counted of somebody who looks around in a shop.
struct held_browser {
  struct category {
    std::string name;
    std::vector<instant> views;
  };
  subject_kind kind{};
  std::string id;
  std::string shop;
  std::vector<category> categories;
  std::vector<instant> additions;
  instant trail_opened = before_all;  // the latest, which may be over; before_all: none
};

struct held_cart {
  std::string shop;
  cart_view cart;
  std::string own_address;
};

/// Asks a shard which addresses get no mail.
///   suppressions  in no order
struct list_suppressions {
  instant now{};
};
struct suppressions {
  std::vector<std::pair<address_key, suppression>> held;
};

struct holdings {
  std::vector<held_person> persons;
  std::vector<held_address> addresses;
  std::vector<held_order> orders;
  std::vector<held_cart> carts;
  std::vector<held_browser> browsers;
};

}  // namespace cartwheel

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::list_holdings)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::holdings)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::list_suppressions)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::suppressions)
