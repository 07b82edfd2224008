#include "transport/forward/ack_queue.hpp"

#include "tests/transport/forward/entries.hpp"
#include "transport/forward/intake.hpp"

#include <gtest/gtest.h>

namespace cartwheel::forward {
namespace {

using samples::ack;

TEST(ack_queue, acks_leave_in_the_order_of_the_chunks) {
  ack_queue q;
  const auto a = q.push("a", 10), b = q.push("b", 20), c = q.push("c", 30);
  std::string out;
  q.settle(c, true);
  q.settle(b, true);
  EXPECT_EQ(q.take_due(out), 0u);
  EXPECT_EQ(q.unsettled_bytes(), 10u) << "bytes are free when settled, not when answered";
  q.settle(a, true);
  EXPECT_EQ(q.take_due(out), 3u);
  EXPECT_EQ(out, ack("a") + ack("b") + ack("c"));
  EXPECT_TRUE(q.empty());
}

TEST(ack_queue, chunks_without_an_id_are_waited_for_but_not_answered) {
  ack_queue q;
  const auto a = q.push({}, 1), b = q.push("b", 1);
  std::string out;
  q.settle(b, true);
  EXPECT_EQ(q.take_due(out), 0u);
  q.settle(a, true);
  EXPECT_EQ(q.take_due(out), 1u);
  EXPECT_EQ(out, ack("b"));
}

TEST(ack_queue, a_lost_chunk_stops_the_line_for_good) {
  ack_queue q;
  const auto a = q.push("a", 1), b = q.push("b", 1), c = q.push("c", 1);
  std::string out;
  q.settle(b, false);
  EXPECT_TRUE(q.any_lost());
  EXPECT_FALSE(q.broken()) << "a may still be answered";
  q.settle(c, true);
  q.settle(a, true);
  EXPECT_EQ(q.take_due(out), 1u);
  EXPECT_EQ(out, ack("a"));
  EXPECT_TRUE(q.broken());
}

TEST(ack_queue, ids_come_back_byte_for_byte_as_str) {
  ack_queue q;
  const std::string id = "p8n9gmxTQVC8/nh2wlKKeQ==\n";
  q.settle(q.push(id, 1), true);
  std::string out;
  q.take_due(out);
  EXPECT_EQ(out,
            "\x81\xa3"
            "ack\xb9" +
              id);
}

struct listener {
  int woken = 0;
  std::shared_ptr<ack_mailbox> box = std::make_shared<ack_mailbox>([this] { ++woken; });
  std::vector<ack_mailbox::settled> take() {
    std::vector<ack_mailbox::settled> out;
    box->take(out);
    return out;
  }
};

TEST(ack_mailbox, one_wake_up_for_a_batch) {
  listener l;
  for (uint64_t i = 0; i < 100; ++i) l.box->settle(i, true);
  EXPECT_EQ(l.woken, 1);
  EXPECT_EQ(l.take().size(), 100u);
  l.box->settle(100, true);
  EXPECT_EQ(l.woken, 2);
  l.box->detach();
  l.box->settle(101, true);
  EXPECT_EQ(l.woken, 2);
}

TEST(intake, stops_at_one_bound_and_wakes_below_the_other) {
  intake i{100, 50};
  listener l;
  i.charge(99);
  EXPECT_TRUE(i.open());
  EXPECT_FALSE(i.wait(l.box)) << "there is room: no need to wait";
  i.charge(1);
  EXPECT_FALSE(i.open());
  EXPECT_TRUE(i.wait(l.box));
  EXPECT_TRUE(i.wait(l.box));
  i.release(40);
  EXPECT_EQ(l.woken, 0);
  i.release(20);
  EXPECT_EQ(l.woken, 1);
  EXPECT_EQ(i.unsettled_bytes(), 40u);
}

TEST(intake, a_pause_holds_whatever_the_bytes) {
  intake i{100, 50};
  listener l;
  i.pause(true);
  EXPECT_FALSE(i.open());
  EXPECT_TRUE(i.wait(l.box));
  i.charge(10);
  i.release(10);
  EXPECT_EQ(l.woken, 0);
  i.pause(false);
  EXPECT_EQ(l.woken, 1);
  EXPECT_TRUE(i.open());
}

TEST(intake, those_who_have_left_are_not_woken) {
  intake i{100, 50};
  {
    listener gone;
    i.pause(true);
    EXPECT_TRUE(i.wait(gone.box));
  }
  i.pause(false);
}

}  // namespace
}  // namespace cartwheel::forward
