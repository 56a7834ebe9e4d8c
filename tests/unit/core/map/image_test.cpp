#include "core/map/image.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/map/image_builder.h"
#include "core/map/layout.h"
#include "core/rule/decision.h"

using namespace certmap;

namespace {

std::string built(std::string_view text) {
  MapImageBuilder builder;
  MapMessages messages;
  MapParser parser([&](const MapLine& line) { builder.add(line); }, messages);
  parser.read(text);
  builder.finish(parser.kinds(), messages.errors);
  CPPUNIT_ASSERT(messages.errors.empty());
  return std::string(builder.parts()[0]) + std::string(builder.parts()[1]);
}

std::shared_ptr<const MapImage> opened(std::string octets) {
  auto kept = std::make_shared<const std::string>(std::move(octets));
  return std::make_shared<const MapImage>(MappedImage{*kept, kept, 7});
}

std::shared_ptr<const MapImage> image_of(std::string_view text) { return opened(built(text)); }

std::optional<MapEntry> find(const MapImage& image, const char* kind, std::string_view typed) {
  Attribute attribute = parse_key_attribute(kind);
  return image.find(attribute, comparison_key_of_text(attribute, typed));
}

std::string account(const MapImage& image, const char* kind, std::string_view typed) {
  auto entry = find(image, kind, typed);
  return entry ? std::string(entry->account) : "none";
}

std::string names(const std::vector<Attribute>& kinds) {
  std::string names;
  for (const auto& kind : kinds) names += name_of(kind) + ' ';
  return names;
}

std::string numbered(int entries) {
  std::string text;
  for (int i = 0; i < entries; ++i) {
    std::string number = std::to_string(i);
    text += "email:user" + number + "@example.com account" + number + " groups=g" + number + '\n';
  }
  return text;
}

std::string with_header(std::string octets, void (*change)(ImageHeader&)) {
  ImageHeader header;
  std::memcpy(&header, octets.data(), sizeof header);
  change(header);
  std::memcpy(octets.data(), &header, sizeof header);
  return octets;
}

bool opens(const std::string& octets) {
  try {
    opened(octets);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

class MapImageTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MapImageTest);
  CPPUNIT_TEST(finds_every_entry_and_nothing_else);
  CPPUNIT_TEST(finds_entries_around_the_end_of_the_table);
  CPPUNIT_TEST(keeps_what_an_entry_says);
  CPPUNIT_TEST(keeps_kinds_apart);
  CPPUNIT_TEST(orders_kinds_from_the_strongest);
  CPPUNIT_TEST(knows_the_kinds_that_block);
  CPPUNIT_TEST(may_be_empty);
  CPPUNIT_TEST(keeps_long_keys_and_many_groups);
  CPPUNIT_TEST(differs_in_its_hash_from_other_images);
  CPPUNIT_TEST(refuses_images_of_another_layout);
  CPPUNIT_TEST(refuses_images_that_are_cut_off);
  CPPUNIT_TEST(never_reads_outside_a_damaged_image);
  CPPUNIT_TEST_SUITE_END();

  void finds_every_entry_and_nothing_else() {
    auto image = image_of(numbered(3000));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3000}, image->entries());
    for (int i = 0; i < 3000; ++i) {
      std::string number = std::to_string(i);
      auto entry = find(*image, "email", "user" + number + "@example.com");
      CPPUNIT_ASSERT(entry && entry->account == "account" + number);
      CPPUNIT_ASSERT_EQUAL(static_cast<std::uint32_t>(i + 1), entry->line);
      CPPUNIT_ASSERT(entry->groups == std::vector<std::string_view>{"g" + number});
      CPPUNIT_ASSERT_EQUAL(std::string("none"), account(*image, "email", number + "@example.com"));
    }
  }

  // In tables this small, with seeds that differ, some searches go on from the last slot to the
  // first.
  void finds_entries_around_the_end_of_the_table() {
    for (int i = 0; i < 200; ++i) {
      auto image = image_of("dns:a x\ndns:b y\ndns:c z");
      CPPUNIT_ASSERT_EQUAL(
          std::string("xyz"),
          account(*image, "dns", "a") + account(*image, "dns", "b") + account(*image, "dns", "c"));
    }
  }

  void keeps_what_an_entry_says() {
    auto image = image_of("\ndns:a ! expires=2027-01-31\ndns:b x \"groups=g h,i\"");
    auto blocked = find(*image, "dns", "a"), open = find(*image, "dns", "b");
    CPPUNIT_ASSERT(blocked->blocked && blocked->account.empty() && blocked->groups.empty());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1801440000}, blocked->expires);
    CPPUNIT_ASSERT_EQUAL(std::uint32_t{2}, blocked->line);
    CPPUNIT_ASSERT(!open->blocked && open->account == "x" && open->expires == kForever);
    CPPUNIT_ASSERT((open->groups == std::vector<std::string_view>{"g h", "i"}));
  }

  void keeps_kinds_apart() {
    auto image = image_of("dns:a.b x\nupn:a.b y\nsubject.CN:a.b z\nsubject.OU:a.b w");
    CPPUNIT_ASSERT_EQUAL(std::string("x"), account(*image, "dns", "a.b"));
    CPPUNIT_ASSERT_EQUAL(std::string("y"), account(*image, "upn", "a.b"));
    CPPUNIT_ASSERT_EQUAL(std::string("z"), account(*image, "subject.commonName", "A.B"));
    CPPUNIT_ASSERT_EQUAL(std::string("w"), account(*image, "subject.2.5.4.11", "a.b"));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), account(*image, "issuer.CN", "a.b"));
  }

  void orders_kinds_from_the_strongest() {
    std::string d64(64, '1');
    auto image = image_of(
        "serial:01 a\nsubject:CN=a a\ndns:a a\nuri:a:b a\nemail:a@b a\nkrb5:a@B a\n"
        "upn:a a\nsid:S-1-5-21-1 a\nski:01 a\nissuer-serial:01@CN=a a\n"
        "subject.CN:a a\nspki:" +
        d64 + " a\nsha256:" + d64 + " a\n");
    CPPUNIT_ASSERT_EQUAL(std::string("sha256 spki issuer-serial ski sid upn krb5 email uri dns "
                                     "subject serial subject.CN "),
                         names(image->kinds()));
  }

  void knows_the_kinds_that_block() {
    auto image = image_of("serial:01 !\nsubject:CN=a a\ndns:a a\nemail:a@b !\ndns:b !\nupn:c d");
    CPPUNIT_ASSERT_EQUAL(std::string("email dns serial "), names(image->blocked_kinds()));
  }

  void may_be_empty() {
    auto image = image_of("# nothing\n");
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, image->entries());
    CPPUNIT_ASSERT(image->kinds().empty() && image->blocked_kinds().empty());
    CPPUNIT_ASSERT_EQUAL(std::string("none"), account(*image, "dns", "a"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, image->generation());
  }

  void keeps_long_keys_and_many_groups() {
    std::string key(8000, 'k'), groups = "groups=g";
    for (int i = 0; i < 300; ++i) groups += ",group" + std::to_string(i);
    auto image = image_of("upn:" + key + " x " + groups + "\nupn:" + key + "l y\n");
    CPPUNIT_ASSERT_EQUAL(std::size_t{301}, find(*image, "upn", key)->groups.size());
    CPPUNIT_ASSERT_EQUAL(std::string_view("group299"), find(*image, "upn", key)->groups.back());
    CPPUNIT_ASSERT_EQUAL(std::string("y"), account(*image, "upn", key + "l"));
  }

  void differs_in_its_hash_from_other_images() {
    CPPUNIT_ASSERT(built(numbered(20)) != built(numbered(20)));
    CPPUNIT_ASSERT(hash_key(1, 0, "a") != hash_key(2, 0, "a"));
    CPPUNIT_ASSERT(hash_key(1, 0, "a") != hash_key(1, 1, "a"));
    CPPUNIT_ASSERT(hash_key(1, 0, "a") != hash_key(1, 0, std::string_view("a\0", 2)));
  }

  void refuses_images_of_another_layout() {
    std::string octets = built(numbered(5));
    CPPUNIT_ASSERT(opens(octets));
    CPPUNIT_ASSERT(!opens(with_header(octets, [](ImageHeader& h) { h.magic[7] = '?'; })));
    CPPUNIT_ASSERT(!opens(with_header(octets, [](ImageHeader& h) { ++h.version; })));
    CPPUNIT_ASSERT(!opens(with_header(octets, [](ImageHeader& h) { h.slots = ~0ull; })));
    CPPUNIT_ASSERT(!opens(with_header(octets, [](ImageHeader& h) { h.slots = 0; })));
    CPPUNIT_ASSERT(!opens(with_header(octets, [](ImageHeader& h) { h.slots_offset = ~0ull; })));
    CPPUNIT_ASSERT(!opens(with_header(octets, [](ImageHeader& h) { h.records_offset = ~0ull; })));
    CPPUNIT_ASSERT(!opens(with_header(octets, [](ImageHeader& h) { h.kinds = 4000000000u; })));
  }

  void refuses_images_that_are_cut_off() {
    std::string octets = built(numbered(5));
    for (std::size_t size = 0; size < octets.size(); ++size)
      CPPUNIT_ASSERT(!opens(octets.substr(0, size)));
    CPPUNIT_ASSERT(!opens(octets + '\0'));
  }

  // Meant for AddressSanitizer; without it only a crash fails.
  void never_reads_outside_a_damaged_image() {
    const std::string octets = built(numbered(20));
    std::minstd_rand random(1);
    int opened_images = 0;
    for (int i = 0; i < 20000; ++i) {
      std::string damaged = octets;
      damaged[sizeof(ImageHeader) + random() % (octets.size() - sizeof(ImageHeader))] =
          static_cast<char>(random());
      try {
        auto image = opened(std::move(damaged));
        ++opened_images;
        for (int user = 0; user < 20; ++user)
          image->find({AttributeKind::Email, ""}, "user" + std::to_string(user) + "@example.com");
      } catch (const std::runtime_error&) {
      }
    }
    CPPUNIT_ASSERT(opened_images > 0);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MapImageTest);
