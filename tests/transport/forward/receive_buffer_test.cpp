#include "transport/forward/receive_buffer.hpp"

#include "transport/forward/limits.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace cartwheel::forward {
namespace {

std::shared_ptr<buffer_pool> pool() { return std::make_shared<buffer_pool>(limits::read_buffer_bytes_large, 4); }

void put(receive_buffer& b, std::string_view text, size_t message_bytes = 0) {
  auto room = b.prepare(message_bytes);
  ASSERT_GE(room.size(), text.size());
  std::copy(text.begin(), text.end(), room.begin());
  b.commit(text.size());
}

TEST(receive_buffer, starts_small_and_grows_when_reads_fill_it) {
  receive_buffer b{pool()};
  EXPECT_EQ(b.prepare(0).size(), limits::read_buffer_bytes_small);
  b.commit(limits::read_buffer_bytes_small);
  b.consume(limits::read_buffer_bytes_small);
  EXPECT_EQ(b.prepare(0).size(), limits::read_buffer_bytes_large);
}

TEST(receive_buffer, an_idle_one_gives_its_buffer_back_unless_a_slice_holds_it) {
  receive_buffer b{pool()};
  put(b, "abc");
  slice held = b.share(b.unread());
  b.release_when_idle();
  EXPECT_GT(b.capacity(), 0u) << "unread";
  b.consume(3);
  b.release_when_idle();
  EXPECT_GT(b.capacity(), 0u) << "shared: the next bytes go behind the slice";
  put(b, "def");
  EXPECT_EQ(held.bytes, "abc");
  b.consume(3);
  held = {};
  b.release_when_idle();
  EXPECT_EQ(b.capacity(), 0u);
}

TEST(receive_buffer, moves_what_is_unread_when_the_message_will_not_fit) {
  receive_buffer b{pool()};
  put(b, "head");
  EXPECT_GE(b.prepare(100'000).size(), 100'000u - 4);
  EXPECT_EQ(b.unread(), "head");
}

TEST(buffer_pool, lends_out_again_what_came_back_from_another_thread) {
  auto p = pool();
  auto first = p->lend();
  const void* where = first.get();
  std::thread{[gone = std::move(first)]() mutable { gone.reset(); }}.join();
  EXPECT_EQ(p->kept(), 1u);
  EXPECT_EQ(p->lend().get(), where);
}

TEST(buffer_pool, keeps_no_more_than_its_bound_and_may_go_before_its_buffers) {
  auto p = pool();
  std::vector<std::shared_ptr<std::string>> lent;
  for (int i = 0; i < 10; ++i) lent.push_back(p->lend());
  auto last = lent.back();
  lent.clear();
  EXPECT_EQ(p->kept(), 4u);
  p.reset();
  EXPECT_EQ(last->size(), limits::read_buffer_bytes_large);
}

}  // namespace
}  // namespace cartwheel::forward
