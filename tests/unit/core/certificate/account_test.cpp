#include "core/certificate/account.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace certmap::test {

class AccountTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AccountTest);
  CPPUNIT_TEST(usual_accounts_are_safe);
  CPPUNIT_TEST(empty_is_unsafe);
  CPPUNIT_TEST(longer_than_255_bytes_is_unsafe);
  CPPUNIT_TEST(invalid_utf8_is_unsafe);
  CPPUNIT_TEST(control_characters_are_unsafe);
  CPPUNIT_TEST(format_characters_are_unsafe);
  CPPUNIT_TEST(blanks_at_an_end_are_unsafe);
  CPPUNIT_TEST(usual_texts_go_into_filters);
  CPPUNIT_TEST(what_is_unsafe_for_an_account_is_unsafe_in_a_filter);
  CPPUNIT_TEST(a_text_of_any_length_goes_into_a_filter);
  CPPUNIT_TEST(what_is_not_nfkc_is_unsafe_in_a_filter);
  CPPUNIT_TEST(what_joins_the_text_before_is_unsafe_in_a_filter);
  CPPUNIT_TEST(what_directories_ignore_is_unsafe_in_a_filter);
  CPPUNIT_TEST(clean_text_is_utf8_without_control_characters);
  CPPUNIT_TEST(plain_ascii_is_told_at_every_place);
  CPPUNIT_TEST_SUITE_END();

 public:
  void usual_accounts_are_safe() {
    for (const auto* account :
         {"bob", "bob@example.com", "CORP\\bob", "Bob Doe", "jos\u00e9", "a:b", "../x", "\u732b"}) {
      CPPUNIT_ASSERT_MESSAGE(account, !unsafe_account(account));
    }
  }

  void empty_is_unsafe() { CPPUNIT_ASSERT(unsafe_account("")); }

  void longer_than_255_bytes_is_unsafe() {
    CPPUNIT_ASSERT(!unsafe_account(std::string(255, 'a')));
    CPPUNIT_ASSERT(unsafe_account(std::string(256, 'a')));
  }

  void invalid_utf8_is_unsafe() {
    for (const auto* account : {"a\xff", "\xc0\x80", "\xed\xa0\x80", "\xc3", "\xf4\x90\x80\x80"}) {
      CPPUNIT_ASSERT(unsafe_account(account));
    }
  }

  void control_characters_are_unsafe() {
    for (const auto* account : {"a\nb", "a\rb", "a\tb", "a\x7f", "a\u0085b", "\x1b[m"}) {
      CPPUNIT_ASSERT(unsafe_account(account));
    }
    CPPUNIT_ASSERT(unsafe_account(std::string_view("a\0b", 3)));
  }

  void format_characters_are_unsafe() {
    for (const auto* account : {"a\u202eb", "a\u200bb", "a\u00adb",
                                "\ufeff"
                                "bob",
                                "a\u2028b", "a\u2029b", "a\u2066b"}) {
      CPPUNIT_ASSERT(unsafe_account(account));
    }
  }

  void blanks_at_an_end_are_unsafe() {
    for (const auto* account : {" bob", "bob ", "\u00a0bob", "bob\u3000", " ", "bob\u2003"}) {
      CPPUNIT_ASSERT(unsafe_account(account));
    }
  }

  static void unsafe_in_filter(std::string_view text, const std::string& why) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(text), why, unsafe_filter_value(text).value_or(""));
  }

  void usual_texts_go_into_filters() {
    for (const auto* text : {"bob@example.com", "*)(uid=alice", "a  b", "jos\u00e9", "\u732b",
                             "\uac01", "\u0430lice", "CN=A\\,B,O=C", "\u05d0\u05d1", "\U0001f600"})
      unsafe_in_filter(text, "");
  }

  void what_is_unsafe_for_an_account_is_unsafe_in_a_filter() {
    unsafe_in_filter("", "is empty");
    unsafe_in_filter("adm\u0130n", "holds a letter that directories take for another");
    unsafe_in_filter("a\xff", "is not UTF-8");
    for (const std::string_view text : {"a\nb", "a\u200bb", "a\u00adb", "a\u202eb", "\u0085a"})
      unsafe_in_filter(text, "holds a control or format character");
    unsafe_in_filter(std::string_view("a\0b", 3), "holds a control or format character");
    for (const auto* text : {" bob", "bob ", "\u00a0bob", "jos\u00e9 "})
      unsafe_in_filter(text, "has a blank at an end");
  }

  void a_text_of_any_length_goes_into_a_filter() {
    unsafe_in_filter(std::string(5000, 'a'), "");
    unsafe_in_filter(std::string(5000, 'a') + "\u00e9", "");
  }

  void what_is_not_nfkc_is_unsafe_in_a_filter() {
    for (const auto* text : {"jose\u0301", "\uff41lice", "\ufb01n", "a\u00b2", "a\u00a0b", "\u212b",
                             "\u1100\u1161", "a\u0316\u0301\u0315\u0316"})
      unsafe_in_filter(text, "is not in Unicode's normal form NFKC");
  }

  void what_joins_the_text_before_is_unsafe_in_a_filter() {
    for (const auto* text : {"\u0301a", "\u20ddx", "\u0903", "\u1161", "\u11a8", "\u3099"})
      unsafe_in_filter(text, "begins with a combining character");
  }

  void what_directories_ignore_is_unsafe_in_a_filter() {
    for (const auto* text : {"a\ufe0fb", "a\u034fb", "a\u115fb", "\U000e0100", "a\ufffc"})
      unsafe_in_filter(text, "holds a character that directories ignore");
  }

  void clean_text_is_utf8_without_control_characters() {
    CPPUNIT_ASSERT(is_clean_text("jos\u00e9 \u202e"));
    CPPUNIT_ASSERT(is_clean_text(""));
    for (const auto* text : {"\x01", "\x7f", "\u009f", "\u0080", "\xff", "a\n"}) {
      CPPUNIT_ASSERT(!is_clean_text(text));
    }
    CPPUNIT_ASSERT(is_clean_text("\u00a0"));
  }

  void plain_ascii_is_told_at_every_place() {
    for (int octet = 0; octet < 256; ++octet)
      for (std::size_t length : {1, 7, 8, 9, 17})
        for (std::size_t place = 0; place < length; ++place)
          for (const char other : {' ', 'a', '~'}) {
            std::string text(length, other);
            text[place] = static_cast<char>(octet);
            CPPUNIT_ASSERT_EQUAL(octet >= 0x20 && octet <= 0x7e, is_plain_ascii(text));
          }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccountTest);

}  // namespace certmap::test
