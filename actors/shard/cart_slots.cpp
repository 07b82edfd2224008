#include "actors/shard/cart_slots.hpp"

#include <bit>

namespace cartwheel {

const cart_slot cart_slots::nothing{};

void cart_slots::widen(size_t chunk) {
  while (chunks_.size() <= chunk) {
    if (chunks_.size() % 64 == 0) roomy_.push_back(0);
    roomy_.back() |= uint64_t{1} << chunks_.size() % 64;
    taken_.emplace_back();
    chunks_.emplace_back();
  }
}

void cart_slots::make(size_t chunk) {
  if (chunks_[chunk] != nullptr) return;
  auto made = std::make_unique<cart_slot[]>(chunk_slots);
  for (auto* s = made.get(); s != made.get() + chunk_slots; ++s) {
    s->generation = generation_max_;
    s->armed = armed_max_seen_;
  }
  chunks_[chunk] = std::move(made);
  ++held_;
}

void cart_slots::mark(uint32_t number) {
  const size_t chunk = number / chunk_slots, slot = number % chunk_slots;
  if (chunk == empty_) empty_ = none;
  auto& t = taken_[chunk];
  t.bits[slot / 64] |= uint64_t{1} << slot % 64;
  if (++t.count == chunk_slots) roomy_[chunk / 64] &= ~(uint64_t{1} << chunk % 64);
  size_ = std::max(size_, number + size_t{1});
}

size_t cart_slots::first_roomy() {
  for (; roomy_from_ < roomy_.size(); ++roomy_from_)
    if (roomy_[roomy_from_] != 0) return roomy_from_ * 64 + static_cast<size_t>(std::countr_zero(roomy_[roomy_from_]));
  widen(chunks_.size());
  roomy_from_ = roomy_.size() - 1;
  return chunks_.size() - 1;
}

uint32_t cart_slots::take() {
  const size_t chunk = first_roomy();
  make(chunk);
  size_t word = 0;
  while (taken_[chunk].bits[word] == ~uint64_t{0}) ++word;
  const auto slot = word * 64 + static_cast<size_t>(std::countr_one(taken_[chunk].bits[word]));
  const auto number = static_cast<uint32_t>(chunk * chunk_slots + slot);
  mark(number);
  return number;
}

void cart_slots::take(uint32_t number, uint32_t generation) {
  const size_t chunk = number / chunk_slots, slot = number % chunk_slots;
  widen(chunk);
  make(chunk);
  if ((taken_[chunk].bits[slot / 64] >> slot % 64 & 1) == 0) mark(number);
  change(number).generation = generation;
}

void cart_slots::free(uint32_t number) {
  auto& s = change(number);
  if (++s.generation == 0) ++s.generation;
  generation_max_ = std::max(generation_max_, s.generation);
  rearm(number);
  const size_t chunk = number / chunk_slots, slot = number % chunk_slots;
  auto& t = taken_[chunk];
  t.bits[slot / 64] &= ~(uint64_t{1} << slot % 64);
  roomy_[chunk / 64] |= uint64_t{1} << chunk % 64;
  roomy_from_ = std::min(roomy_from_, chunk / 64);
  if (--t.count == 0) emptied(chunk);
}

/// One stays, so that nobody takes and gives back a chunk by turns: the one with the lower number.
void cart_slots::emptied(size_t chunk) {
  if (empty_ == none) {
    empty_ = chunk;
    return;
  }
  drop(std::max(empty_, chunk));
  empty_ = std::min(empty_, chunk);
}

void cart_slots::drop(size_t chunk) {
  chunks_[chunk].reset();
  --held_;
  while (!chunks_.empty() && chunks_.back() == nullptr) {
    chunks_.pop_back();
    taken_.pop_back();
    roomy_.back() &= ~(uint64_t{1} << chunks_.size() % 64);
    if (chunks_.size() % 64 == 0) roomy_.pop_back();
  }
  // 528 B for each chunk there ever was.
  if (chunks_.capacity() > 2 * chunks_.size() + 64) {
    chunks_.shrink_to_fit();
    taken_.shrink_to_fit();
    roomy_.shrink_to_fit();
  }
  roomy_from_ = std::min(roomy_from_, roomy_.size());
  size_ = std::min(size_, chunks_.size() * chunk_slots);
}

uint32_t cart_slots::rearm(uint32_t number) {
  auto& armed = change(number).armed;
  armed = (armed + 1) & armed_max;
  if (armed == 0) armed = 1;
  armed_max_seen_ = std::max(armed_max_seen_, armed);
  return armed;
}

void cart_slots::restored(size_t slots, uint32_t generation) {
  generation_max_ = std::max(generation_max_, generation);
  if (slots > 0) widen((slots - 1) / chunk_slots);
  size_ = std::max(size_, slots);
  for (size_t chunk = 0; chunk < chunks_.size(); ++chunk)
    for (size_t slot = 0; chunks_[chunk] != nullptr && slot < chunk_slots; ++slot)
      if ((taken_[chunk].bits[slot / 64] >> slot % 64 & 1) == 0) chunks_[chunk][slot].generation = generation_max_;
}

}  // namespace cartwheel
