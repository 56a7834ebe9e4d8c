#include "core/account.h"

#include <cppunit/extensions/HelperMacros.h>

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
