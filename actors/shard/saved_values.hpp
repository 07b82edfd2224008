#pragma once

#include "actors/shard/moved_carts.hpp"
#include "actors/shard/question.hpp"
#include "runtime/base/bytes.hpp"

namespace cartwheel {

struct due_reminder;

/// Values that several parts of a snapshot hold (docs/journal-format.md).
/// Errors: loading throws broken_bytes.

void save_address(byte_writer& to, const address_key& key);
address_key load_address(byte_reader& from);

void save_addressed(byte_writer& to, const addressed& address);
addressed load_addressed(byte_reader& from);

void save_cart_ref(byte_writer& to, const cart_ref& cart);
cart_ref load_cart_ref(byte_reader& from, const moved_carts& moved);

/// A question as it was asked, without what recovery adds.
void save_question(byte_writer& to, const question& q);
question load_question(byte_reader& from, const moved_carts& moved);

/// What a mail is made of; its claim is not among it.
void save_reminder(byte_writer& to, const due_reminder& r);
due_reminder load_reminder(byte_reader& from);
/// What the shopper's account offers, which few reminders speak of.
void save_account(byte_writer& to, const due_reminder& r);
void load_account(byte_reader& from, due_reminder& r);

void save_currency(byte_writer& to, const currency_code& c);
currency_code load_currency(byte_reader& from);

}  // namespace cartwheel
