#include "core/crl/image.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "crl_images.h"
#include "make_crl.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class CrlImageTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CrlImageTest);
  CPPUNIT_TEST(entries_are_found);
  CPPUNIT_TEST(long_serials_are_told_apart);
  CPPUNIT_TEST(later_of_two_entries_counts);
  CPPUNIT_TEST(entries_of_many_parts_are_sorted_stably);
  CPPUNIT_TEST(empty_crl_has_an_image);
  CPPUNIT_TEST(serial_with_the_top_bit_set_is_found);
  CPPUNIT_TEST(says_what_its_crl_says);
  CPPUNIT_TEST(million_entries_fit);
  CPPUNIT_TEST(damaged_image_is_refused);
  CPPUNIT_TEST_SUITE_END();

  static std::string image_of(const std::string& entries) {
    const auto der = crl_der({.entries = entries}, make_key());
    return crl_image(read_crl(der, "a.crl"), {"cn=ca", "key"});
  }

 public:
  void entries_are_found() {
    const auto octets = image_of(crl_entry("cc", reason(1)) + crl_entry("b") +
                                 crl_entry(from_hex("0080")) + crl_entry(from_hex("ff7f")));
    const CrlImage image(octets);
    CPPUNIT_ASSERT(image.entries() == 4);
    CPPUNIT_ASSERT(image.find("cc")->reason == 1 && image.find("cc")->date == 1767323045);
    CPPUNIT_ASSERT(image.find("b") && image.find(from_hex("0080")));
    CPPUNIT_ASSERT(image.find(from_hex("ff7f")));
    CPPUNIT_ASSERT(!image.find("c") && !image.find("bb") && !image.find(from_hex("80")));
  }

  void long_serials_are_told_apart() {
    const std::string full(20, 'x');
    const std::string longest(40, 'x');
    const auto octets = image_of(crl_entry(longest + "y") + crl_entry(full) + crl_entry(longest));
    const CrlImage image(octets);
    CPPUNIT_ASSERT(image.find(full) && image.find(longest) && image.find(longest + "y"));
    CPPUNIT_ASSERT(!image.find(longest + "z") && !image.find(full + "x"));
  }

  void later_of_two_entries_counts() {
    const auto octets =
        image_of(crl_entry("b", reason(6)) + crl_entry("a") + crl_entry("b", reason(1)));
    CPPUNIT_ASSERT(CrlImage(octets).find("b")->reason == 1);
  }

  /// Images are sorted part by part; the later of equal serials may be in another part.
  void entries_of_many_parts_are_sorted_stably() {
    constexpr int kMany = 9001;
    const auto serial = [](int i) {
      return std::string{'\x01', static_cast<char>(i * 37 % kMany / 128),
                         static_cast<char>(i * 37 % kMany % 128)};
    };
    std::string entries;
    for (int i = 0; i < kMany; ++i) entries += crl_entry(serial(i), reason(6));
    for (int i = 0; i < kMany; i += 3) entries += crl_entry(serial(i), reason(1));
    const auto octets = image_of(entries);
    const CrlImage image(octets);
    for (int i = 0; i < kMany; ++i) {
      const auto found = image.find(serial(i));
      CPPUNIT_ASSERT(found && found->reason == (i % 3 == 0 ? 1 : 6));
    }
    CPPUNIT_ASSERT(!image.find("\x01"));
  }

  void empty_crl_has_an_image() {
    const auto octets = image_of("");
    CPPUNIT_ASSERT(CrlImage(octets).entries() == 0 && !CrlImage(octets).find("a"));
  }

  // A certificate's facts lack the zero octet that a CRL has.
  void serial_with_the_top_bit_set_is_found() {
    const auto octets = image_of(crl_entry(from_hex("0080")));
    const CrlImage image(octets);
    CPPUNIT_ASSERT(image.find(serial_key(make_certificate({.serial = from_hex("0080")}))));
    CPPUNIT_ASSERT(!image.find(serial_key(make_certificate({.serial = from_hex("80")}))));
    CPPUNIT_ASSERT(serial_key(make_certificate({.serial = from_hex("00")})) == from_hex("00"));
    CPPUNIT_ASSERT(serial_key(make_certificate({.serial = from_hex("7f01")})) == from_hex("7f01"));
  }

  void says_what_its_crl_says() {
    const auto names = tlv(0xa0, tlv(0xa0, uri("http://a/1")));
    const auto der = crl_der(
        {.extensions = extension("2.5.29.20", tlv(V_ASN1_INTEGER, "\x09")) +
                       critical("2.5.29.27", tlv(V_ASN1_INTEGER, "\x07")) +
                       critical("2.5.29.28", sequence(names + tlv(0x82, "\xff") + tlv(0x83, "x")))},
        make_key());
    const auto octets = crl_image(read_crl(der, "a.crl"), {"cn=ca", "key"});
    const auto facts = CrlImage(octets).facts();
    CPPUNIT_ASSERT_EQUAL(std::string("CN=CA"), facts.issuer);
    CPPUNIT_ASSERT((facts.signer == CrlSigner{"cn=ca", "key"}));
    CPPUNIT_ASSERT(facts.number == "\x09" && facts.base == "\x07" && facts.is_delta());
    CPPUNIT_ASSERT(facts.this_update == 1767225600 && facts.next_update == 1798761600);
    CPPUNIT_ASSERT(facts.scope.names == std::vector<std::string>{uri("http://a/1")});
    CPPUNIT_ASSERT(facts.scope.only_cas && facts.scope.only_some_reasons);
    CPPUNIT_ASSERT(!facts.scope.only_users);
  }

  void million_entries_fit() {
    std::string entries;
    for (unsigned i = 0; i < 1000000; ++i) {
      const unsigned mixed = i * 2654435761U;
      std::string serial(16, 'a');
      for (std::size_t at = 0; at < 4; ++at) serial[at + 1] = static_cast<char>(mixed >> (8 * at));
      entries += sequence(tlv(V_ASN1_INTEGER, serial) + tlv(V_ASN1_UTCTIME, "260102030405Z"));
    }
    const auto octets = image_of(entries);
    CPPUNIT_ASSERT(octets.size() < 26100000 && CrlImage(octets).entries() == 1000000);
    CPPUNIT_ASSERT(
        CrlImage(octets).find(std::string("a") + std::string(4, '\0') + std::string(11, 'a')));
  }

  void damaged_image_is_refused() {
    const auto octets = image_of(crl_entry("a") + crl_entry(std::string(40, 'x')));
    for (std::size_t length = 0; length < octets.size(); ++length)
      CPPUNIT_ASSERT_THROW(CrlImage(octets.substr(0, length)), std::runtime_error);
    auto other = octets;
    other[8] = 9;
    CPPUNIT_ASSERT_THROW(CrlImage{other}, std::runtime_error);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrlImageTest);

}  // namespace
