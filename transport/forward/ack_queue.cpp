#include "transport/forward/ack_queue.hpp"

#include "transport/forward/encode.hpp"

#include <utility>

namespace cartwheel::forward {

uint64_t ack_queue::push(std::optional<std::string> chunk_id, size_t bytes) {
  unsettled_bytes_ += bytes;
  waiting_.push_back({std::move(chunk_id), bytes, settled::no});
  return first_ + waiting_.size() - 1;
}

void ack_queue::settle(uint64_t number, bool durable) {
  waiting& chunk = waiting_[number - first_];
  chunk.state = durable ? settled::durable : settled::lost;
  unsettled_bytes_ -= chunk.bytes;
  if (!durable) any_lost_ = true;
}

size_t ack_queue::take_due(std::string& out) {
  size_t acks = 0;
  while (!waiting_.empty() && waiting_.front().state == settled::durable) {
    if (waiting_.front().chunk_id) {
      append_ack(out, *waiting_.front().chunk_id);
      ++acks;
    }
    waiting_.pop_front();
    ++first_;
  }
  return acks;
}

}  // namespace cartwheel::forward
