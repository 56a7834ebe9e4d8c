#include "core/certificate/conversion.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "core/text/encodings.h"
#include "core/text/error.h"
#include "make_certificate.h"

namespace certmap::test {
namespace {

using namespace std::string_literals;

using Names = std::vector<std::string>;

Value text(std::string data) { return made_value(ValueType::Text, std::move(data)); }
Value octets(std::string data) { return made_value(ValueType::Octets, std::move(data)); }

std::string convert(const Value& value, const Names& names) {
  return Conversions(names, value.type).apply(value).value_or("(missing)");
}

std::string error_for(const Names& names, ValueType input, Usage usage = Usage::Text) {
  try {
    const Conversions conversions(names, input, usage);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

// The worked example of facts about serial numbers that other systems print.
const char kSerial[] = "612288c20000000002a6";

}  // namespace

class ConversionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConversionTest);
  CPPUNIT_TEST(without_conversions_the_text_of_the_value_stands);
  CPPUNIT_TEST(case_is_ascii_only);
  CPPUNIT_TEST(local_and_domain_want_one_at);
  CPPUNIT_TEST(octets_are_written_in_hex_and_decimal);
  CPPUNIT_TEST(text_is_taken_as_its_bytes);
  CPPUNIT_TEST(base64_is_padded);
  CPPUNIT_TEST(digests_give_octets);
  CPPUNIT_TEST(digests_of_spki_are_over_the_der);
  CPPUNIT_TEST(names_are_written_in_their_styles);
  CPPUNIT_TEST(conversions_apply_from_left_to_right);
  CPPUNIT_TEST(empty_results_are_missing);
  CPPUNIT_TEST(endless_numbers_are_missing);
  CPPUNIT_TEST(what_does_not_fit_is_an_error);
  CPPUNIT_TEST(unknown_conversions_are_errors);
  CPPUNIT_TEST(dn_and_bin_are_for_filters);
  CPPUNIT_TEST(dn_and_bin_come_last);
  CPPUNIT_TEST(dn_and_bin_leave_the_value_alone);
  CPPUNIT_TEST_SUITE_END();

 public:
  void without_conversions_the_text_of_the_value_stands() {
    CPPUNIT_ASSERT_EQUAL("Bob"s, convert(text("Bob"), {}));
    CPPUNIT_ASSERT_EQUAL("0a1b"s, convert(octets("\x0a\x1b"), {}));
  }

  void case_is_ascii_only() {
    CPPUNIT_ASSERT_EQUAL("bob\u00c9"s, convert(text("BoB\u00c9"), {"lower"}));
    CPPUNIT_ASSERT_EQUAL("BOB\u00e9"s, convert(text("bOb\u00e9"), {"upper"}));
  }

  void local_and_domain_want_one_at() {
    CPPUNIT_ASSERT_EQUAL("bob"s, convert(text("bob@example.com"), {"local"}));
    CPPUNIT_ASSERT_EQUAL("example.com"s, convert(text("bob@example.com"), {"domain"}));
    for (const auto* value : {"bob", "a@b@c"}) {
      CPPUNIT_ASSERT_EQUAL("(missing)"s, convert(text(value), {"local"}));
      CPPUNIT_ASSERT_EQUAL("(missing)"s, convert(text(value), {"domain"}));
    }
  }

  void octets_are_written_in_hex_and_decimal() {
    const auto serial = octets(from_hex(kSerial));
    CPPUNIT_ASSERT_EQUAL(std::string(kSerial), convert(serial, {"hex"}));
    CPPUNIT_ASSERT_EQUAL("612288C20000000002A6"s, convert(serial, {"HEX"}));
    CPPUNIT_ASSERT_EQUAL("61:22:88:c2:00:00:00:00:02:a6"s, convert(serial, {"hex_c"}));
    CPPUNIT_ASSERT_EQUAL("61:22:88:C2:00:00:00:00:02:A6"s, convert(serial, {"HEX_C"}));
    CPPUNIT_ASSERT_EQUAL("a60200000000c2882261"s, convert(serial, {"hex_r"}));
    CPPUNIT_ASSERT_EQUAL("458706592575796350550694"s, convert(serial, {"dec"}));
    CPPUNIT_ASSERT_EQUAL("0"s, convert(octets("\0"s), {"dec"}));
    CPPUNIT_ASSERT_EQUAL("128"s, convert(octets("\x80"), {"dec"}));
  }

  void text_is_taken_as_its_bytes() {
    CPPUNIT_ASSERT_EQUAL("c3a9"s, convert(text("\u00e9"), {"hex"}));
  }

  void base64_is_padded() {
    CPPUNIT_ASSERT_EQUAL("YQ=="s, convert(text("a"), {"base64"}));
    CPPUNIT_ASSERT_EQUAL("YWI="s, convert(text("ab"), {"base64"}));
    CPPUNIT_ASSERT_EQUAL("+/8AYWJj"s, convert(octets("\xfb\xff\0abc"s), {"base64"}));
  }

  void digests_give_octets() {
    CPPUNIT_ASSERT_EQUAL("a9993e364706816aba3e25717850c26c9cd0d89d"s,
                         convert(text("abc"), {"sha1"}));
    CPPUNIT_ASSERT_EQUAL("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"s,
                         convert(text("abc"), {"sha256"}));
    CPPUNIT_ASSERT_EQUAL(std::size_t{128}, convert(text("abc"), {"sha512"}).size());
    CPPUNIT_ASSERT_EQUAL("qZk+NkcGgWq6PiVxeFDCbJzQ2J0="s, convert(text("abc"), {"sha1", "base64"}));
  }

  void digests_of_spki_are_over_the_der() {
    const auto certificate = make_certificate({});
    const auto spki = values_of(certificate, parse_attribute("spki")).at(0);
    CPPUNIT_ASSERT_EQUAL(text_of(spki), convert(spki, {"sha256"}));
    CPPUNIT_ASSERT_EQUAL(hex(spki_der()), convert(spki, {"hex"}));
    CPPUNIT_ASSERT_EQUAL(text_of(spki), convert(spki, {}));
  }

  void names_are_written_in_their_styles() {
    CertificateSpec spec;
    spec.subject = oddities();
    const auto certificate = make_certificate(spec);
    const auto name = values_of(certificate, parse_attribute("subject")).at(0);
    const std::pair<const char*, NameStyle> styles[] = {
        {"rfc4514", NameStyle::Rfc4514},  {"openssl", NameStyle::OpenSsl},
        {"ad_x500", NameStyle::AdX500},   {"ad_ldap", NameStyle::AdLdap},
        {"nss_x500", NameStyle::NssX500}, {"nss_ldap", NameStyle::NssLdap}};
    for (const auto& [conversion, style] : styles) {
      CPPUNIT_ASSERT_EQUAL(to_text(certificate.subject, style), convert(name, {conversion}));
    }
    CPPUNIT_ASSERT_EQUAL(to_text(certificate.subject, NameStyle::Rfc4514), convert(name, {}));
  }

  void conversions_apply_from_left_to_right() {
    CPPUNIT_ASSERT_EQUAL("bob"s, convert(text("BOB@x"), {"local", "lower"}));
    CPPUNIT_ASSERT_EQUAL("353a"s, convert(text("5:@x"), {"local", "hex"}));
  }

  void empty_results_are_missing() {
    CPPUNIT_ASSERT_EQUAL("(missing)"s, convert(text("@example.com"), {"local"}));
    CPPUNIT_ASSERT_EQUAL("(missing)"s, convert(text("@example.com"), {"local", "sha256"}));
    CPPUNIT_ASSERT_EQUAL("(missing)"s, convert(text(""), {}));
    CPPUNIT_ASSERT_EQUAL("(missing)"s, convert(text(""), {"sha256"}));
  }

  void endless_numbers_are_missing() {
    CPPUNIT_ASSERT_EQUAL("(missing)"s, convert(octets(std::string(513, '\1')), {"dec"}));
  }

  void what_does_not_fit_is_an_error() {
    CPPUNIT_ASSERT_EQUAL("\"dec\" wants octets before it, and there is text"s,
                         error_for({"dec"}, ValueType::Text));
    CPPUNIT_ASSERT(!error_for({"lower"}, ValueType::Octets).empty());
    CPPUNIT_ASSERT(!error_for({"rfc4514"}, ValueType::Text).empty());
    CPPUNIT_ASSERT(!error_for({"lower"}, ValueType::Name).empty());
    CPPUNIT_ASSERT(!error_for({"hex", "dec"}, ValueType::Octets).empty());
    CPPUNIT_ASSERT(error_for({"sha1", "dec"}, ValueType::Text).empty());
    CPPUNIT_ASSERT(error_for({"rfc4514", "lower"}, ValueType::Name).empty());
  }

  void unknown_conversions_are_errors() {
    for (const auto* name : {"", "Bin", "DN", "Lower", "hexx"}) {
      CPPUNIT_ASSERT(error_for({name}, ValueType::Text).find("unknown conversion") == 0);
    }
  }

  void dn_and_bin_are_for_filters() {
    CPPUNIT_ASSERT_EQUAL(
        "\"bin\" stands only in the filter of CertMapLDAPURL; write hex or base64 here"s,
        error_for({"bin"}, ValueType::Octets));
    CPPUNIT_ASSERT_EQUAL(
        "\"dn\" stands only in the filter of CertMapLDAPURL; write rfc4514 or nothing here"s,
        error_for({"dn"}, ValueType::Text));
    for (const Names& names :
         {Names{"bin"}, {"dn"}, {"dn", "bin"}, {"lower", "dn"}, {"sha1", "bin"}})
      CPPUNIT_ASSERT_EQUAL(""s, error_for(names, ValueType::Text, Usage::Filter));
    CPPUNIT_ASSERT_EQUAL(""s, error_for({"bin"}, ValueType::Octets, Usage::Filter));
    CPPUNIT_ASSERT_EQUAL(""s, error_for({"rfc4514", "dn"}, ValueType::Name, Usage::Filter));
  }

  void dn_and_bin_come_last() {
    const auto error = [](const Names& names, ValueType input = ValueType::Text) {
      return error_for(names, input, Usage::Filter);
    };
    CPPUNIT_ASSERT_EQUAL("\"hex\" cannot stand after \"bin\"; write it before: hex!bin"s,
                         error({"bin", "hex"}));
    CPPUNIT_ASSERT_EQUAL("\"dn\" cannot stand after \"bin\"; write it before: dn!bin"s,
                         error({"bin", "dn"}));
    CPPUNIT_ASSERT_EQUAL("\"lower\" cannot stand after \"dn\"; write it before: lower!dn"s,
                         error({"dn", "lower"}));
    CPPUNIT_ASSERT_EQUAL("\"dn\" cannot stand after \"dn\"; write dn once"s, error({"dn", "dn"}));
    CPPUNIT_ASSERT_EQUAL(
        "\"dn\" wants text before it, and there is octets; put hex before it: "
        "hex!dn"s,
        error({"dn"}, ValueType::Octets));
    CPPUNIT_ASSERT_EQUAL("\"bin\" cannot stand after a name; put rfc4514 before it: rfc4514!bin"s,
                         error({"bin"}, ValueType::Name));
    CPPUNIT_ASSERT(error({"hexx"}).ends_with(" dn bin"));
    CPPUNIT_ASSERT(!error_for({"hexx"}, ValueType::Text).ends_with(" dn bin"));
  }

  void dn_and_bin_leave_the_value_alone() {
    const Conversions dn({"lower", "dn"}, ValueType::Text, Usage::Filter);
    CPPUNIT_ASSERT_EQUAL("a,b"s, dn.apply(text("A,b")).value());
    CPPUNIT_ASSERT(dn.escapes_for_dn() && !dn.escapes_every_octet() && !dn.gives_octets());
    const Conversions bin({"bin"}, ValueType::Octets, Usage::Filter);
    CPPUNIT_ASSERT_EQUAL("\x0a\x00"s, bin.apply_raw(octets("\x0a\x00"s)).value());
    CPPUNIT_ASSERT(bin.escapes_every_octet() && bin.gives_octets());
    CPPUNIT_ASSERT(!bin.apply_raw(octets("")));
    const Conversions digest({"sha1", "bin"}, ValueType::Text, Usage::Filter);
    CPPUNIT_ASSERT_EQUAL(from_hex("a9993e364706816aba3e25717850c26c9cd0d89d"),
                         digest.apply_raw(text("abc")).value());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConversionTest);

}  // namespace certmap::test
