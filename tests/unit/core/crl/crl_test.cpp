#include "core/crl/crl.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/error.h"
#include "make_crl.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class CrlTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CrlTest);
  CPPUNIT_TEST(says_what_it_is);
  CPPUNIT_TEST(empty_crl_has_no_entries);
  CPPUNIT_TEST(entries_of_every_kind_are_read);
  CPPUNIT_TEST(pem_file_has_several);
  CPPUNIT_TEST(scope_is_read);
  CPPUNIT_TEST(number_that_is_negative_is_refused);
  CPPUNIT_TEST(numbers_compare_by_value);
  CPPUNIT_TEST(pem_file_may_begin_with_a_zero);
  CPPUNIT_TEST(nothing_is_left_in_openssls_error_queue);
  CPPUNIT_TEST(million_extensions_are_read_or_refused);
  CPPUNIT_TEST(more_than_a_gibibyte_is_refused_unread);
  CPPUNIT_TEST(what_is_not_understood_is_refused);
  CPPUNIT_TEST(every_cut_is_refused);
  CPPUNIT_TEST(bad_dates_are_refused);
  CPPUNIT_TEST(entries_that_may_not_stand_are_refused);
  CPPUNIT_TEST_SUITE_END();

  Key key_ = make_key();
  std::shared_ptr<X509> ca_ = make_ca("CA", key_);

  std::string refusal(const CrlSpec& spec) {
    const auto der = crl_der(spec, key_);
    return error_of([&] { read_entries(read_crl(der, "a.crl"), [](const CrlEntry&) {}); });
  }
  void refused(const CrlSpec& spec, std::string_view why) {
    const auto error = refusal(spec);
    CPPUNIT_ASSERT_MESSAGE(error, error.find(why) != std::string::npos);
    CPPUNIT_ASSERT_MESSAGE(error, error.starts_with("a.crl: the CRL of CN=CA "));
  }
  static std::string pem_of(const std::string& der) {
    std::string base64(der.size() * 2, '\0');
    base64.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(base64.data()),
        reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()))));
    return "-----BEGIN X509 CRL-----\n" + base64 + "\n-----END X509 CRL-----\n";
  }
  static std::string integer(const char* digits) { return tlv(V_ASN1_INTEGER, from_hex(digits)); }

 public:
  void says_what_it_is() {
    const auto der = crl_der({.extensions = extension("2.5.29.20", integer("00ff")) +
                                            critical("2.5.29.27", integer("07")) +
                                            extension("2.5.29.35", sequence(tlv(0x80, "key")))},
                             key_);
    const auto crl = read_crl(der, "a.crl");
    CPPUNIT_ASSERT_EQUAL(std::string("CN=CA"), to_text(crl.issuer, NameStyle::Rfc4514));
    CPPUNIT_ASSERT(crl.this_update == 1767225600 && crl.next_update == 1798761600);
    CPPUNIT_ASSERT(crl.number == from_hex("00ff") && crl.is_delta() && *crl.base == "\x07");
    CPPUNIT_ASSERT_EQUAL(std::string("key"), crl.authority_key);
  }

  void empty_crl_has_no_entries() {
    const auto der = crl_der({}, key_);
    int count = 0;
    read_entries(read_crl(der, "a.crl"), [&](const CrlEntry&) { ++count; });
    CPPUNIT_ASSERT_EQUAL(0, count);
  }

  void entries_of_every_kind_are_read() {
    const std::string longest(40, 'x');
    const auto der =
        crl_der({.entries = crl_entry(from_hex("0080")) + crl_entry(from_hex("80")) +
                            crl_entry(from_hex("000001"), reason(6)) + crl_entry(longest)},
                key_);
    std::vector<std::string> serials;
    int holds = 0;
    read_entries(read_crl(der, "a.crl"), [&](const CrlEntry& entry) {
      serials.emplace_back(entry.serial);
      holds += entry.reason == kCertificateHold ? 1 : 0;
      CPPUNIT_ASSERT(entry.date == 1767323045);
    });
    CPPUNIT_ASSERT(serials == (std::vector<std::string>{from_hex("0080"), from_hex("80"),
                                                        from_hex("01"), longest}));
    CPPUNIT_ASSERT_EQUAL(1, holds);
  }

  void pem_file_has_several() {
    const auto der = crl_der({}, key_);
    const auto pem = pem_of(der);
    std::string storage;
    const auto both = split_crls("a comment\n" + pem + pem, "a.pem", storage);
    CPPUNIT_ASSERT(both == (std::vector<std::string_view>{der, der}));
    CPPUNIT_ASSERT(split_crls(der, "a.crl", storage) == std::vector<std::string_view>{der});
    const auto cut = pem + pem.substr(0, pem.size() / 2);
    CPPUNIT_ASSERT(error_of([&] { split_crls(cut, "a.pem", storage); }).find("CRL 2 is damaged") !=
                   std::string::npos);
  }

  void scope_is_read() {
    const auto names = tlv(0xa0, tlv(0xa0, uri("http://a/1") + uri("http://b/1")));
    const auto der = crl_der(
        {.extensions = critical("2.5.29.28", sequence(names + tlv(0x81, "\xff") + tlv(0x83, "x")))},
        key_);
    const auto scope = read_crl(der, "a.crl").scope;
    CPPUNIT_ASSERT(scope.names == (std::vector<std::string>{uri("http://a/1"), uri("http://b/1")}));
    CPPUNIT_ASSERT(scope.only_users && !scope.only_cas && scope.only_some_reasons);
  }

  void number_that_is_negative_is_refused() {
    refused({.extensions = extension("2.5.29.20", integer("ff"))}, "negative crlNumber");
    refused({.extensions = critical("2.5.29.27", integer("80"))}, "negative deltaCRLIndicator");
  }

  void numbers_compare_by_value() {
    CPPUNIT_ASSERT(is_before(serial_key(from_hex("7f")), serial_key(from_hex("0080"))));
    CPPUNIT_ASSERT(is_before(serial_key(from_hex("00000002")), serial_key(from_hex("0a"))));
    CPPUNIT_ASSERT(is_before(serial_key(from_hex("00ff")), serial_key(from_hex("0100"))));
    CPPUNIT_ASSERT(!is_before(serial_key(from_hex("0005")), serial_key(from_hex("05"))));
  }

  void pem_file_may_begin_with_a_zero() {
    const auto der = crl_der({}, key_);
    for (const char* before : {"0 is no DER\n", "0\u00e9\n", "0\n"}) {
      std::string storage;
      CPPUNIT_ASSERT(split_crls(before + pem_of(der), "a.pem", storage) ==
                     std::vector<std::string_view>{der});
    }
  }

  void nothing_is_left_in_openssls_error_queue() {
    ERR_clear_error();
    for (const auto& name : {sequence("x"), sequence(tlv(0x31, sequence("\x06")))}) {
      auto der = crl_der({}, key_);
      der.replace(der.find(name_der({{"2.5.4.3", "CA"}})), name_der({{"2.5.4.3", "CA"}}).size(),
                  name + std::string(13 - name.size(), 'x'));
      CPPUNIT_ASSERT(error_of([&] { read_crl(der, "a.crl"); }) != "none");
      CPPUNIT_ASSERT(ERR_peek_error() == 0);
    }
    const auto der = crl_der({}, key_);
    auto crl = read_crl(der, "a.crl");
    crl.algorithm = "x";
    CPPUNIT_ASSERT(error_of([&] { check_signature(crl, {ca_.get()}); }) != "none");
    CPPUNIT_ASSERT(ERR_peek_error() == 0);
  }

  void million_extensions_are_read_or_refused() {
    std::string all;
    for (int i = 0; i < 1000000; ++i) {
      const auto seven_bits = [i](int shift) { return static_cast<char>(0x80 | (i >> shift)); };
      const std::string type = {'\x2a', seven_bits(14), seven_bits(7), static_cast<char>(i & 0x7f)};
      all += sequence(tlv(V_ASN1_OBJECT, type) + tlv(V_ASN1_OCTET_STRING, ""));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("none"), refusal({.extensions = all}));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), refusal({.entries = crl_entry("a", all)}));
    refused({.extensions = all + critical("1.2.3", "x")}, "not understood: 1.2.3");
  }

  // The octets of such a view are never touched: only its size is true.
  void more_than_a_gibibyte_is_refused_unread() {
    const std::string_view huge("\x30\x84", (std::size_t{1} << 30) + 1);
    std::string storage;
    for (const auto& error : {error_of([&] { split_crls(huge, "a.crl", storage); }),
                              error_of([&] { read_crl(huge, "a.crl"); })})
      CPPUNIT_ASSERT_MESSAGE(error, error.find("larger than 1 GiB") != std::string::npos);
  }

  void what_is_not_understood_is_refused() {
    refused({.next_update = ""}, "no nextUpdate");
    refused({.extensions = critical("1.2.3", "x")}, "not understood: 1.2.3");
    refused({.extensions = critical("2.5.29.28", sequence(tlv(0x84, "\xff")))}, "indirect");
    refused({.entries = crl_entry("a", critical("1.2.3", "x"))}, "not understood: 1.2.3");
    CPPUNIT_ASSERT_EQUAL(std::string("none"), refusal({.extensions = extension("1.2.3", "x")}));
  }

  void every_cut_is_refused() {
    const auto der = crl_der({.entries = crl_entry("a")}, key_);
    for (std::size_t length = 0; length < der.size(); ++length)
      CPPUNIT_ASSERT(error_of([&] { read_crl(der.substr(0, length), "a.crl"); }) != "none");
    CPPUNIT_ASSERT(error_of([&] { read_crl(der + "x", "a.crl"); }).find("after its end") !=
                   std::string::npos);
  }

  void bad_dates_are_refused() {
    refused({.this_update = "260230000000Z"}, "bad thisUpdate");
    refused({.this_update = "2601010000Z"}, "bad thisUpdate");
    refused({.next_update = "260101240000Z"}, "bad nextUpdate");
    refused({.next_update = "250101000000Z"}, "before its thisUpdate");
  }

  void entries_that_may_not_stand_are_refused() {
    refused({.entries = crl_entry("a", reason(8))}, "only a delta");
    refused({.entries = crl_entry("a", extension("2.5.29.29", sequence("")))}, "indirect");
    refused({.entries = crl_entry("")}, "damaged entry");
    refused({.entries = "x"}, "damaged entry");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrlTest);

}  // namespace
