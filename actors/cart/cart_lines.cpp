#include "actors/cart/cart_lines.hpp"

#include "actors/event/limits.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace cartwheel {

namespace {

struct line_header {
  int64_t price;
  uint32_t quantity;
  uint16_t id_size, name_size, image_size, url_size;
};
static_assert(sizeof(line_header) == 24);

std::string_view cut(std::string_view& rest, size_t n) {
  auto part = rest.substr(0, n);
  rest.remove_prefix(n);
  return part;
}

cart_line line_of(const event_item& item) {
  return {item.item_id, item.item_name, item.image_url, item.item_url, item.price, item.quantity};
}

line_header header_of(const cart_line& l) {
  return {l.price,
          l.quantity,
          static_cast<uint16_t>(l.item_id.size()),
          static_cast<uint16_t>(l.item_name.size()),
          static_cast<uint16_t>(l.image_url.size()),
          static_cast<uint16_t>(l.item_url.size())};
}

size_t size_of(const cart_line& l) {
  return sizeof(line_header) + l.item_id.size() + l.item_name.size() + l.image_url.size() + l.item_url.size();
}

/// Returns where it ends.
char* write(char* to, const cart_line& l) {
  const auto h = header_of(l);
  std::memcpy(to, &h, sizeof h);
  to += sizeof h;
  for (auto text : {l.item_id, l.item_name, l.image_url, l.item_url}) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    to += text.size();
  }
  return to;
}

uint32_t more(uint32_t have, uint32_t plus) { return std::min(have + plus, limits::quantity_max); }

}  // namespace

cart_line cart_lines::read(std::string_view& rest) {
  line_header h;
  std::memcpy(&h, cut(rest, sizeof h).data(), sizeof h);
  cart_line line;
  line.price = h.price;
  line.quantity = h.quantity;
  line.item_id = cut(rest, h.id_size);
  line.item_name = cut(rest, h.name_size);
  line.image_url = cut(rest, h.image_size);
  line.item_url = cut(rest, h.url_size);
  return line;
}

/// Lines while they change; they point into old blocks and the event, both of which outlive it.
struct cart_lines::builder {
  std::vector<cart_line> lines;
  bool grew = false;

  explicit builder(const cart_lines& from) {
    from.for_each([this](const cart_line& l) { lines.push_back(l); });
  }

  cart_line* find(std::string_view item_id) {
    for (auto& l : lines)
      if (same_text(l.item_id, item_id)) return &l;
    return nullptr;
  }

  void add(const cart_line& plus) {
    if (auto* have = find(plus.item_id)) {
      uint32_t sum = more(have->quantity, plus.quantity);
      grew |= sum > have->quantity;
      have->quantity = sum;
      refresh(*have, plus);
    } else {
      lines.push_back(plus);
      lines.back().quantity = std::min(plus.quantity, limits::quantity_max);
      grew = true;
    }
  }

  static void refresh(cart_line& have, const cart_line& newer) {
    if (newer.price >= 0) have.price = newer.price;
    if (!newer.item_name.empty()) have.item_name = newer.item_name;
    if (!newer.image_url.empty()) have.image_url = newer.image_url;
    if (!newer.item_url.empty()) have.item_url = newer.item_url;
  }

  cart_lines build() {
    if (lines.size() > limits::items_max)
      lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(limits::items_max));
    size_t size = 0;
    for (const auto& l : lines) size += size_of(l);
    cart_lines out;
    out.block_ = local_text::make(size, [this](char* to) {
      for (const auto& l : lines) to = write(to, l);
    });
    return out;
  }
};

/// Most events add one item. Its line is written behind the others, or in the place of the old one, between what is
/// copied as it stands.
cart_lines::change cart_lines::add_one(const event_item& item) const {
  const auto before = block_.view();
  cart_line line = line_of(item);
  size_t begin = before.size(), end = before.size(), lines = 0;
  bool grew = true;
  for (auto rest = before; !rest.empty(); ++lines) {
    const size_t at = before.size() - rest.size();
    const cart_line have = read(rest);
    if (!same_text(have.item_id, item.item_id)) continue;
    line = have;
    line.quantity = more(have.quantity, item.quantity);
    grew = line.quantity > have.quantity;
    builder::refresh(line, line_of(item));
    begin = at;
    end = before.size() - rest.size();
    break;
  }
  if (begin == before.size()) {
    line.quantity = std::min(line.quantity, limits::quantity_max);
    if (lines >= limits::items_max) {  // the oldest goes
      builder b{*this};
      b.add(line);
      return {b.build(), b.grew};
    }
  }
  cart_lines out;
  out.block_ = local_text::make(before.size() - (end - begin) + size_of(line), [&](char* to) {
    before.copy(to, begin);
    to = write(to + begin, line);
    before.copy(to, before.size() - end, end);
  });
  return {std::move(out), grew};
}

cart_lines::change cart_lines::add(std::span<const event_item> items) const {
  if (items.size() == 1) return add_one(items.front());
  builder b{*this};
  for (const auto& item : items) b.add(line_of(item));
  return {b.build(), b.grew};
}

cart_lines::change cart_lines::join(const cart_lines& other) const {
  builder b{*this};
  other.for_each([&b](const cart_line& l) { b.add(l); });
  return {b.build(), b.grew};
}

cart_lines cart_lines::remove(std::span<const event_item> items) const {
  builder b{*this};
  for (const auto& item : items)
    if (auto* have = b.find(item.item_id)) have->quantity -= std::min(have->quantity, item.quantity);
  std::erase_if(b.lines, [](const cart_line& l) { return l.quantity == 0; });
  return b.build();
}

cart_lines::change cart_lines::replace(std::span<const event_item> items) const {
  builder old{*this};
  builder b{cart_lines{}};
  bool grew = false;
  for (const auto& item : items) {
    cart_line line = line_of(item);
    if (const auto* before = old.find(item.item_id)) {
      grew |= line.quantity > before->quantity;
      cart_line kept = *before;
      kept.quantity = line.quantity;
      builder::refresh(kept, line);
      line = kept;
    } else {
      grew = true;
    }
    b.lines.push_back(line);
  }
  return {b.build(), grew};
}

cart_lines cart_lines::from_block(std::string_view block) {
  cart_lines out;
  out.block_ = local_text{block};
  return out;
}

size_t cart_lines::size() const {
  size_t n = 0;
  for_each([&n](const cart_line&) { ++n; });
  return n;
}

int64_t cart_lines::value() const {
  int64_t sum = 0;
  for_each([&sum](const cart_line& l) {
    int64_t part;
    if (sum < 0) return;
    if (l.price < 0 || __builtin_mul_overflow(l.price, int64_t{l.quantity}, &part) ||
        __builtin_add_overflow(sum, part, &sum))
      sum = -1;
  });
  return sum;
}

}  // namespace cartwheel
