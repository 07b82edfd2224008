#pragma once

#include "actors/gateway/node_log.hpp"
#include "runtime/base/time.hpp"

#include <cstddef>

/// The bounds of the HTTP interfaces' answers. Those of requests are transport/http/limits.hpp's, but for the public
/// interface's bodies.
namespace cartwheel::limits {

/// Entries of GET /v1/decisions and /v1/dead-letters when nobody says how many: a screen or two.
constexpr size_t listed_default = 100;

/// At most; a caller that wants more gets this many: it is a page to look at, and takes a moment to make.
constexpr size_t decisions_listed_max = node_log::decisions_max;
constexpr size_t dead_letters_listed_max = node_log::dead_letters_max;
constexpr size_t doubts_listed_max = node_log::doubts_max;
static_assert(listed_default <= dead_letters_listed_max);

/// Carts asked at one time; each is an actor of 1.3 KB until its shard has answered. Above it the answer is 503.
constexpr size_t carts_asked_max = 256;

/// Requests for access under way: a person makes one in a lifetime. Of each kind of entry the newest so many are told, and
/// that there are more: an id that a shop gives to all its guests is no person.
constexpr size_t persons_asked_max = 16;
constexpr size_t entries_of_person_max = 10'000;

/// How long such an answer may take: all decisions that are kept are read for it, two million a second.
constexpr std::chrono::minutes person_answer_max{10};

/// One body at the public interface, and all of them together: its forms have a few hundred bytes, and who announces more
/// than that must not stand in the way of those who unsubscribe.
constexpr size_t public_body_bytes_max = 16 * 1024;
constexpr size_t public_bodies_bytes_max = 16 * 1024 * 1024;

/// Entries of GET /v1/suppressions, at most, and requests for them under way: each gathers all there are.
constexpr size_t suppressions_listed_max = 10'000;
constexpr size_t suppressions_asked_max = 16;

/// The pause that a button of the preferences page makes: long enough to be felt, and over by itself.
constexpr milliseconds pause_by_shopper = std::chrono::days{30};

/// Seconds after which a client that was sent away may try again: what is behind catches up in milliseconds.
constexpr const char* retry_after = "1";

}  // namespace cartwheel::limits
