#include "transport/forward/receive_buffer.hpp"

#include "transport/forward/limits.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

namespace cartwheel::forward {

struct buffer_pool::shelf {
  std::mutex mutex;
  std::vector<std::unique_ptr<std::string>> free;
  size_t kept_max = 0;
};

buffer_pool::buffer_pool(size_t buffer_bytes, size_t kept_max)
    : buffer_bytes_{buffer_bytes}, shelf_{std::make_shared<shelf>()} {
  shelf_->kept_max = kept_max;
  shelf_->free.reserve(kept_max);  // so that giving back never allocates
}

std::shared_ptr<std::string> buffer_pool::lend() {
  std::unique_ptr<std::string> buffer;
  {
    std::lock_guard lock{shelf_->mutex};
    if (!shelf_->free.empty()) {
      buffer = std::move(shelf_->free.back());
      shelf_->free.pop_back();
    }
  }
  if (!buffer) buffer = std::make_unique<std::string>(buffer_bytes_, '\0');
  // The shelf outlives the pool for as long as a slice is somewhere out there.
  return {buffer.release(), [shelf = shelf_](std::string* done) {
            std::unique_ptr<std::string> back{done};
            std::lock_guard lock{shelf->mutex};
            if (shelf->free.size() < shelf->kept_max) shelf->free.push_back(std::move(back));
          }};
}

size_t buffer_pool::kept() const {
  std::lock_guard lock{shelf_->mutex};
  return shelf_->free.size();
}

receive_buffer::receive_buffer(std::shared_ptr<buffer_pool> pool) : pool_{std::move(pool)} {}

std::span<char> receive_buffer::prepare(size_t message_bytes) {
  const size_t have = end_ - begin_;
  const size_t standard =
    busy_ ? pool_->buffer_bytes() : std::min(limits::read_buffer_bytes_small, pool_->buffer_bytes());
  const size_t wanted =
    std::max(message_bytes, have + 1) + limits::read_room_bytes_min;  // room for the option map, too
  const size_t affordable = std::max(2 * have + limits::read_room_bytes_min, pool_->buffer_bytes());
  const bool room = owner_ && capacity_ - end_ >= limits::read_room_bytes_min;
  const bool fits = have == 0 || begin_ + wanted <= capacity_;
  // Doubling keeps the moves of a message whose size is not known yet linear. While there is room a message moves only
  // if the new place will hold it to its end, so that filling a large one in small reads does not move it each time.
  if (const size_t next = std::max(standard, std::min(std::max(wanted, 2 * have), affordable));
      !room || (!fits && next >= wanted))
    replace(next);
  return {data_ + end_, capacity_ - end_};
}

void receive_buffer::replace(size_t capacity) {
  std::shared_ptr<std::string> next;
  if (capacity > limits::read_buffer_bytes_small && capacity <= pool_->buffer_bytes())
    next = pool_->lend();
  else
    next = std::make_shared<std::string>(capacity, '\0');
  char* data = next->data();
  const size_t have = end_ - begin_;
  if (have > 0) std::memcpy(data, data_ + begin_, have);
  owner_ = std::move(next);
  data_ = data;
  capacity_ = owner_->size();
  begin_ = 0;
  end_ = have;
}

void receive_buffer::commit(size_t bytes) {
  end_ += bytes;
  busy_ = end_ == capacity_;
}

void receive_buffer::release_when_idle() {
  // A count of one cannot rise behind our back: only we could copy it. Nothing is written here, so a stale count of two
  // merely keeps the buffer a little longer.
  if (begin_ != end_ || !owner_ || owner_.use_count() > 1) return;
  owner_.reset();
  data_ = nullptr;
  capacity_ = begin_ = end_ = 0;
}

}  // namespace cartwheel::forward
