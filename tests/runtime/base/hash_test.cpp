#include "runtime/base/hash.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <random>
#include <set>
#include <string>

namespace cartwheel {
namespace {

// Source: the vectors of the FNV reference code (test_fnv.c) and an independent computation.
static_assert(fnv1a32("") == 0x811c9dc5);
static_assert(fnv1a32("a") == 0xe40c292c);
static_assert(fnv1a32("b") == 0xe70c2de5);
static_assert(fnv1a32("foobar") == 0xbf9cf968);
static_assert(fnv1a32("hello") == 0x4f9f2cab);
static_assert(fnv1a32({"\0", 1}) == 0x050c5d1f);

TEST(fnv1a32, reads_bytes_as_unsigned) {
  EXPECT_EQ(fnv1a32("\xff\x80"), 0xee1eea4a);
  EXPECT_EQ(fnv1a32("Gr\xc3\xbcn"), 0x3fc1b317);
}

TEST(fnv1a32, continues_from_a_seed) {
  EXPECT_EQ(fnv1a32("bar", fnv1a32("foo")), fnv1a32("foobar"));
  EXPECT_EQ(fnv1a32("", 17), 17u);
}

/// SipHash as the paper writes it: whole message padded first, then words, then rounds, on an array of four.
uint64_t plain_siphash_1_3(uint64_t k0, uint64_t k1, std::string message) {
  size_t length = message.size();
  message.resize(length / 8 * 8 + 8, '\0');
  message.back() = static_cast<char>(length % 256);
  uint64_t v[4] = {0x736f6d6570736575 ^ k0, 0x646f72616e646f6d ^ k1, 0x6c7967656e657261 ^ k0, 0x7465646279746573 ^ k1};
  auto half = [&](int a, int b, int c, int d, int s, int t) {
    v[a] += v[b];
    v[c] += v[d];
    v[b] = std::rotl(v[b], s);
    v[d] = std::rotl(v[d], t);
    v[b] ^= v[a];
    v[d] ^= v[c];
    v[a] = std::rotl(v[a], 32);
  };
  auto sip_round = [&] {
    half(0, 1, 2, 3, 13, 16);
    half(2, 1, 0, 3, 17, 21);
  };
  for (size_t i = 0; i < message.size(); i += 8) {
    uint64_t word = 0;
    for (size_t j = 8; j-- > 0;) word = word << 8 | static_cast<unsigned char>(message[i + j]);
    v[3] ^= word;
    sip_round();
    v[0] ^= word;
  }
  v[2] ^= 0xff;
  for (int i = 0; i < 3; ++i) sip_round();
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

// Key 00 01 .. 0f, message i the bytes 00 01 .. i-1, as in the paper's appendix A, for 1-3 instead of 2-4.
// Source: OpenSSL 3.0, `openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt c-rounds:1
// -macopt d-rounds:3 -macopt size:8 -in FILE SIPHASH`, read as a little-endian word.
constexpr uint64_t vectors[] = {
  0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d, 0x8bf80ab8e7ddf7fb, 0xcf75576088d38328,
  0xdef9d52f49533b67, 0xc50d2b50c59f22a7, 0xd3927d989bb11140, 0x369095118d299a8e, 0x25a48eb36c063de4,
  0x79de85ee92ff097f, 0x70c118c1f94dc352, 0x78a384b157b4d9a2, 0x306f760c1229ffa7, 0x605aa111c0f95d34,
  0xd320d86d2a519956, 0xcc4fdd1a7d908b66, 0x9cf2689063dbd80c, 0x8ffc389cb473e63e, 0xf21f9de58d297d1c,
  0xc0dc2f46a6cce040, 0xb992abfe2b45f844, 0x7ffe7b9ba320872e, 0x525a0e7fdae6c123, 0xf464aeb267349c8c,
  0x45cd5928705b0979, 0x3a3e35e3ca9913a5, 0xa91dc74e4ade3b35, 0xfb0bed02ef6cd00d, 0x88d93cb44ab1e1f4,
  0x540f11d643c5e663, 0x2370dd1f8c21d1bc, 0x81157b6c16a7b60d, 0x4d54b9e57a8ff9bf, 0x759f12781f2a753e,
  0xcea1a3bebf186b91, 0x2cf508d3ada26206, 0xb6101c2da3c33057, 0xb3f47496ae3a36a1, 0x626b57547b108392,
  0xc1d2363299e41531, 0x667cc1923f1ad944, 0x65704ffec8138825, 0x24f280d1c28949a6, 0xc2ca1cedfaf8876b,
  0xc2164bfc9f042196, 0xa16e9c9368b1d623, 0x49fb169c8b5114fd, 0x9f3143f8df074c46, 0xc6fdaf2412cc86b3,
  0x7eaf49d10a52098f, 0x1cf313559d292f9a, 0xc44a30dda2f41f12, 0x36fae98943a71ed0, 0x318fb34c73f0bce6,
  0xa27abf3670a7e980, 0xb4bcc0db243c6d75, 0x23f8d852fdb71513, 0x8f035f4da67d8a08, 0xd89cd0e5b7e8f148,
  0xf6f4e6bcf7a644ee, 0xaec59ad80f1837f2, 0xc3b2f6154b6694e0, 0x9d199062b7bbb3a8,
};
constexpr hash_key paper_key{0x0706050403020100, 0x0f0e0d0c0b0a0908};

TEST(keyed_hash, is_siphash_1_3) {
  std::string message;
  for (uint64_t expected : vectors) {
    EXPECT_EQ(keyed_hash(paper_key, message), expected) << message.size();
    message += static_cast<char>(message.size());
  }
}

TEST(keyed_hash, agrees_with_the_plain_form_at_every_length_key_and_alignment) {
  std::mt19937_64 random{3};
  for (size_t length = 0; length < 600; ++length) {
    hash_key key{random(), random()};
    std::string buffer(random() % 8, 'x');
    size_t offset = buffer.size();
    while (buffer.size() < offset + length) buffer += static_cast<char>(random());
    EXPECT_EQ(keyed_hash(key, std::string_view{buffer}.substr(offset)),
              plain_siphash_1_3(key.k0, key.k1, buffer.substr(offset)))
      << length;
  }
}

TEST(keyed_hash, two_texts_are_told_apart_wherever_they_are_cut) {
  std::string text = "shop cart 0123456789";
  std::set<uint64_t> seen;
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    auto view = std::string_view{text};
    seen.insert(keyed_hash(paper_key, view.substr(0, cut), view.substr(cut)));
  }
  EXPECT_EQ(seen.size(), text.size() + 1);
  EXPECT_NE(keyed_hash(paper_key, "ab", "c"), keyed_hash({1, 2}, "ab", "c"));
}

}  // namespace
}  // namespace cartwheel
