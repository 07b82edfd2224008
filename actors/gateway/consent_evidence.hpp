#pragma once

#include "actors/shard/consent_proof.hpp"
#include "runtime/base/time.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

class store;

/// What proves that somebody has given consent or withdrawn it, in the store's table `evidence`, by keyed hash of the
/// address or customer. It is kept until `keep` after it came in, and a grant until `keep` after the last reminder that was
/// decided to be sent to its address, if that is later.
/// Keys name the event by its place in the log, so telling it again changes nothing.
/// Bounds: limits::evidence_of_one_max. What repeats the one before it (same shop, channel, status and evidence) is not kept.
/// Errors: std::runtime_error when the store fails, or what it holds does not read back.
/// Runs on: one thread at a time writes; of() on any.
class consent_evidence {
 public:
  consent_evidence(store& in, milliseconds keep) : store_{in}, keep_{keep} {}

  void put(const consent_proof& proof);
  /// A reminder goes to this address.
  void used(const address_key& subject, instant at);
  /// Somebody is erased: their grants go, and of their withdrawals what is more than that they withdrew: when, from whom, on
  /// which channel (SEMANTICS rule 18).
  void forget(const address_key& subject);
  /// `breathe`, unless it is empty, is called every limits::history_forgotten_at_once rows: others may write then.
  void forget_old(instant newest, const std::function<void()>& breathe = {});

  /// In order of when they happened.
  std::vector<consent_proof> of(const address_key& subject) const;

 private:
  store& store_;
  milliseconds keep_;
};

}  // namespace cartwheel
