#include "ldap/config/url.h"

#include <cppunit/extensions/HelperMacros.h>
#include <ldap.h>

#include <string>
#include <vector>

#include "core/text/error.h"

namespace certmap::test {
namespace {

using namespace std::string_literals;
using Words = std::vector<std::string>;

const auto kRest = "/dc=example?uid?sub?(mail={email})"s;

std::string error_for(const Words& words) {
  try {
    parse_directory_url(words);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

void refused(const Words& words, const std::string& part) {
  const auto error = error_for(words);
  CPPUNIT_ASSERT_MESSAGE(words[0] + " => " + error, error.find(part) != std::string::npos);
}

std::string servers(const Words& words) {
  std::string joined;
  for (const auto& server : parse_directory_url(words).servers)
    joined += (joined.empty() ? "" : " ") + server;
  return joined;
}

void check_servers(const std::string& expected, const std::string& hosts,
                   const std::string& mode = "NONE") {
  CPPUNIT_ASSERT_EQUAL(expected, servers({hosts + kRest, mode}));
}

}  // namespace

class UrlTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(UrlTest);
  CPPUNIT_TEST(the_example_of_the_documents);
  CPPUNIT_TEST(servers_get_the_port_of_their_scheme);
  CPPUNIT_TEST(several_servers_stand_apart_by_blanks);
  CPPUNIT_TEST(ipv6_addresses_stand_in_brackets);
  CPPUNIT_TEST(without_a_server_it_is_localhost);
  CPPUNIT_TEST(sockets_are_percent_encoded_paths);
  CPPUNIT_TEST(words_behind_the_url_choose_the_protection);
  CPPUNIT_TEST(words_that_contradict_the_scheme_are_refused);
  CPPUNIT_TEST(plain_ldap_to_another_machine_must_be_asked_for);
  CPPUNIT_TEST(attributes_and_scope_have_defaults);
  CPPUNIT_TEST(every_scope);
  CPPUNIT_TEST(parts_are_percent_decoded);
  CPPUNIT_TEST(broken_percent_encoding_is_refused);
  CPPUNIT_TEST(control_characters_are_no_hex_digits);
  CPPUNIT_TEST(the_base_may_be_empty_and_must_be_a_dn);
  CPPUNIT_TEST(templates_stand_only_in_the_filter);
  CPPUNIT_TEST(attributes_are_named_one_by_one);
  CPPUNIT_TEST(what_is_no_server_is_refused);
  CPPUNIT_TEST(a_password_in_the_url_is_not_quoted);
  CPPUNIT_TEST(what_is_no_url_is_refused);
  CPPUNIT_TEST(a_filter_must_be_there);
  CPPUNIT_TEST(extensions_are_refused);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_example_of_the_documents() {
    const auto url = parse_directory_url(
        {"ldap://ldap1.example.com ldap2.example.com/ou=People,dc=example,dc=com?uid,displayName?"
         "sub?(mail={email})",
         "STARTTLS"});
    CPPUNIT_ASSERT(
        (url.servers == Words{"ldap://ldap1.example.com:389", "ldap://ldap2.example.com:389"}));
    CPPUNIT_ASSERT(url.security == Security::StartTls);
    CPPUNIT_ASSERT(url.leaves_machine);
    CPPUNIT_ASSERT_EQUAL("ou=People,dc=example,dc=com"s, url.base);
    CPPUNIT_ASSERT_EQUAL(LDAP_SCOPE_SUBTREE, url.scope);
    CPPUNIT_ASSERT((url.attributes == Words{"uid", "displayName"}));
    CPPUNIT_ASSERT_EQUAL("(mail={email})"s, url.filter);
  }

  void servers_get_the_port_of_their_scheme() {
    check_servers("ldap://a:389", "ldap://a");
    check_servers("ldap://a:3890", "ldap://a:3890");
    check_servers("ldap://127.0.0.1:389", "LDAP://127.0.0.1");
    CPPUNIT_ASSERT_EQUAL("ldaps://a:636"s, servers({"ldaps://a" + kRest}));
    check_servers("ldaps://a:636", "ldap://a", "SSL");
    check_servers("ldap://a:389", "ldap://a", "STARTTLS");
  }

  void several_servers_stand_apart_by_blanks() {
    check_servers("ldap://a:389 ldap://b:1 ldap://c_1.example:65535",
                  "ldap://a  b:1 c_1.example:65535 ");
    CPPUNIT_ASSERT(!parse_directory_url({"ldap://localhost 127.0.0.2" + kRest}).leaves_machine);
    CPPUNIT_ASSERT(parse_directory_url({"ldap://localhost a" + kRest, "NONE"}).leaves_machine);
    refused({"ldap://a,b" + kRest, "NONE"}, "blanks between several");
    refused({"ldap://a ldap://b" + kRest, "NONE"}, "the scheme stands twice");
    refused({"ldap://a", "b" + kRest}, "put a URL with blanks in quotes");
    refused({"ldap://a", "b" + kRest, "NONE"}, "a URL in quotes");
  }

  void ipv6_addresses_stand_in_brackets() {
    check_servers("ldap://[2001:db8::1]:389 ldap://[::1]:3890", "ldap://[2001:db8::1] [::1]:3890");
    CPPUNIT_ASSERT(!parse_directory_url({"ldap://[::1]" + kRest}).leaves_machine);
    CPPUNIT_ASSERT(parse_directory_url({"ldap://[::2]" + kRest, "NONE"}).leaves_machine);
    for (const auto* host : {"2001:db8::1", "[2001:db8::1", "[a]", "[::1]389", "[::1]:1:2", "[]"})
      refused({"ldap://"s + host + kRest, "NONE"}, "is no server");
  }

  void without_a_server_it_is_localhost() {
    const auto url = parse_directory_url({"ldap://" + kRest});
    CPPUNIT_ASSERT((url.servers == Words{"ldap://localhost:389"}));
    CPPUNIT_ASSERT(!url.leaves_machine);
    CPPUNIT_ASSERT_EQUAL("ldaps://localhost:636"s, servers({"ldaps://" + kRest}));
  }

  void sockets_are_percent_encoded_paths() {
    const auto url = parse_directory_url({"ldapi://%2fvar%2Frun%2Fa%20b%2Fldapi-1" + kRest});
    CPPUNIT_ASSERT((url.servers == Words{"ldapi://%2fvar%2frun%2fa%20b%2fldapi-1"}));
    CPPUNIT_ASSERT(url.security == Security::Local);
    CPPUNIT_ASSERT(!url.leaves_machine);
    CPPUNIT_ASSERT_EQUAL("ldapi://%2fa ldapi://%2fb"s, servers({"ldapi://%2Fa %2Fb" + kRest}));
    CPPUNIT_ASSERT_EQUAL("ldapi://%2fa"s, servers({"ldapi://%2Fa" + kRest, "NONE"}));
    refused({"ldapi://" + kRest}, "%2F for each slash");
    refused({"ldapi:///run/slapd/ldapi" + kRest}, "%2F for each slash");
    refused({"ldapi://run" + kRest}, "%2F for each slash");
    refused({"ldapi://%2Frun%0A" + kRest}, "control character");
    refused({"ldapi://%2Frun%00" + kRest}, "control character");
  }

  void words_behind_the_url_choose_the_protection() {
    const auto security = [](const std::string& scheme, const Words& more) {
      Words words = {scheme + "localhost" + kRest};
      words.insert(words.end(), more.begin(), more.end());
      return parse_directory_url(words).security;
    };
    CPPUNIT_ASSERT(security("ldap://", {}) == Security::Plain);
    CPPUNIT_ASSERT(security("ldap://", {"none"}) == Security::Plain);
    CPPUNIT_ASSERT(security("ldap://", {"SSL"}) == Security::Ldaps);
    CPPUNIT_ASSERT(security("ldap://", {"TLS"}) == Security::StartTls);
    CPPUNIT_ASSERT(security("ldap://", {"StartTLS"}) == Security::StartTls);
    CPPUNIT_ASSERT(security("ldaps://", {}) == Security::Ldaps);
    CPPUNIT_ASSERT(security("ldaps://", {"SSL"}) == Security::Ldaps);
    refused({"ldap://a" + kRest, "START_TLS"}, "write NONE, SSL, TLS or STARTTLS");
    refused({"ldap://a" + kRest, ""}, "write NONE, SSL, TLS or STARTTLS");
  }

  void words_that_contradict_the_scheme_are_refused() {
    for (const auto* word : {"STARTTLS", "TLS", "NONE"})
      refused({"ldaps://a" + kRest, word}, word + " contradicts"s);
    for (const auto* word : {"STARTTLS", "TLS", "SSL"})
      refused({"ldapi://%2Frun%2Fldapi" + kRest, word}, "does not leave this machine");
  }

  void plain_ldap_to_another_machine_must_be_asked_for() {
    for (const auto* host : {"a", "10.0.0.1", "128.0.0.1", "localhost.example.com", "127.0.0.1.nip",
                             "[::ffff:127.0.0.1]", "localhost a", "a localhost"})
      refused({"ldap://"s + host + kRest}, "write STARTTLS behind the URL, or ldaps://, or NONE");
    for (const auto* host :
         {"localhost", "LOCALHOST:3890", "127.0.0.1", "127.9.9.9:3890", "[::1]", "[0:0::1]"}) {
      CPPUNIT_ASSERT_EQUAL("none"s, error_for({"ldap://"s + host + kRest}));
      CPPUNIT_ASSERT(!parse_directory_url({"ldap://"s + host + kRest}).leaves_machine);
    }
    CPPUNIT_ASSERT_EQUAL("none"s, error_for({"ldap://a" + kRest, "NONE"}));
    CPPUNIT_ASSERT_EQUAL("none"s, error_for({"ldap://a" + kRest, "TLS"}));
  }

  void attributes_and_scope_have_defaults() {
    const auto url = parse_directory_url({"ldap:///dc=example?\?\?(mail={email})"});
    CPPUNIT_ASSERT((url.attributes == Words{"uid"}));
    CPPUNIT_ASSERT_EQUAL(LDAP_SCOPE_SUBTREE, url.scope);
  }

  void every_scope() {
    const auto scope = [](const std::string& word) {
      return parse_directory_url({"ldap:///dc=example?uid?" + word + "?(a={email})"}).scope;
    };
    CPPUNIT_ASSERT_EQUAL(LDAP_SCOPE_BASE, scope("base"));
    CPPUNIT_ASSERT_EQUAL(LDAP_SCOPE_ONELEVEL, scope("one"));
    CPPUNIT_ASSERT_EQUAL(LDAP_SCOPE_SUBTREE, scope("sub"));
    CPPUNIT_ASSERT_EQUAL(LDAP_SCOPE_ONELEVEL, scope("ONE"));
    for (const auto* word : {"subtree", "children", " one", "onelevel"})
      refused({"ldap:///dc=example?uid?"s + word + "?(a={email})"}, "write base, one or sub");
  }

  void parts_are_percent_decoded() {
    const auto url = parse_directory_url(
        {"ldap:///"
         "ou=a%20b%3f,dc=%C3%A9?u%69d,userCertificate;binary?%6fne?(cn={email}%3F%25\\2a)"});
    CPPUNIT_ASSERT_EQUAL("ou=a b?,dc=\u00e9"s, url.base);
    CPPUNIT_ASSERT((url.attributes == Words{"uid", "userCertificate;binary"}));
    CPPUNIT_ASSERT_EQUAL(LDAP_SCOPE_ONELEVEL, url.scope);
    CPPUNIT_ASSERT_EQUAL("(cn={email}?%\\2a)"s, url.filter);
  }

  void broken_percent_encoding_is_refused() {
    for (const auto* part : {"%", "%2", "%2x", "%x2", "a%", "%%20"}) {
      refused({"ldap:///dc="s + part + "?uid?sub?(a={email})"}, "write %25");
      refused({"ldap:///dc=a?uid"s + part + "?sub?(a={email})"}, "write %25");
      refused({"ldap:///dc=a?uid?sub?(a={email}"s + part}, "write %25");
    }
    refused({"ldap:///dc=a%00b?uid?sub?(a={email})"}, "control character");
    refused({"ldap:///dc=a%ff?uid?sub?(a={email})"}, "not UTF-8");
    refused({"ldap:///dc=a?uid?sub?(a={email}%0a)"}, "control character");
  }

  void control_characters_are_no_hex_digits() {
    refused({"ldap:///dc=a?uid?sub?(a={email}%\x14\x11)"}, "write %25");
    refused({"ldap:///dc=a?uid?sub?(a={email}%4\x11)"}, "write %25");
  }

  void the_base_may_be_empty_and_must_be_a_dn() {
    CPPUNIT_ASSERT_EQUAL(""s, parse_directory_url({"ldap:///?uid?sub?(a={email})"}).base);
    for (const auto* base : {"example.com", "dc=a,", "dc", "=a", "a/dc=b"})
      refused({"ldap:///"s + base + "?uid?sub?(a={email})"}, "is no DN");
  }

  void templates_stand_only_in_the_filter() {
    for (const auto* start :
         {"ldap://{dns}/dc=a?uid", "ldap:///ou={subject.OU}?uid", "ldap:///ou=$1?uid",
          "ldap:///ou=a}?uid", "ldap:///dc=a?{upn}", "ldap:///dc=a?$1", "ldap:///ou=%7Bupn%7D?uid"})
      refused({start + "?sub?(a={email})"s, "NONE"}, "only in the filter");
    CPPUNIT_ASSERT_EQUAL("cn=svc$"s, parse_directory_url({"ldap:///cn=svc$?uid?sub?(a=$1)"}).base);
  }

  void attributes_are_named_one_by_one() {
    for (const auto* attributes :
         {"*", "+", "uid,*", "1.1.", "uid,", ",uid", "uid, cn", "uid;", "a_b"})
      refused({"ldap:///dc=a?"s + attributes + "?sub?(a={email})"}, "is no name of an attribute");
  }

  void what_is_no_server_is_refused() {
    for (const auto* host : {"a:b:1", "a b!", ":389", "-a", ".a", "a..b", "a%20"})
      refused({"ldap://"s + host + kRest, "NONE"}, "is no server");
    for (const auto* host : {"a:", "a:0", "a:65536", "a:ldap", "a:+1", "a:1x", "a:99999999999"})
      refused({"ldap://"s + host + kRest, "NONE"}, "no port from 1 to 65535");
    refused({"ldap://a\tb" + kRest, "NONE"}, "is no server");
  }

  void a_password_in_the_url_is_not_quoted() {
    for (const auto* url :
         {"ldap://cn=admin:secret@a/dc=a", "ldap://admin:secret@a:1/dc=a",
          "ldap://cn=admin:sec/secret@a/dc=a", "ldap://secret@a", "cn=admin:secret@ldap://a/dc=a",
          "ldap://admin:sec/secret@a/dc=a", "ldap://admin:12/secret@a/dc=a",
          "ldap://admin:sec?secret@a/dc=a", "ldap://admin:12/a=b?secret@a"}) {
      const auto error = error_for({url});
      CPPUNIT_ASSERT_MESSAGE(error, error.find("CertMapLDAPBindPassword") != error.npos);
      CPPUNIT_ASSERT_MESSAGE(error, error.find("sec") == error.npos);
    }
    CPPUNIT_ASSERT(error_for({"cn=admin:secret@a/dc=a"}).find("secret") == std::string::npos);
    CPPUNIT_ASSERT(error_for({"ldap://admin:my", "secret@a/dc=a"}).find("secret") ==
                   std::string::npos);
  }

  void what_is_no_url_is_refused() {
    refused({"a/dc=a?uid?sub?(a={email})"}, "is no URL; write ldap://HOST/BASE");
    refused({"http://a" + kRest}, "write ldap://, ldaps:// or ldapi://");
    refused({"cldap://a" + kRest}, "write ldap://, ldaps:// or ldapi://");
    refused({"<ldap://a" + kRest + ">", "NONE"}, "write ldap://, ldaps:// or ldapi://");
    refused({"ldap://a", "NONE"}, "no / behind its servers");
    refused({"ldap://a?uid", "NONE"}, "no / behind its servers");
    refused({""}, "is no URL");
    CPPUNIT_ASSERT(error_for({}).find("it takes a URL in quotes") == 0);
  }

  void a_filter_must_be_there() {
    for (const auto* rest :
         {"/dc=a", "/dc=a?uid", "/dc=a?uid?sub", "/dc=a?uid?sub?", "/", "/dc=a??? "})
      refused({"ldap://localhost"s + rest}, "the URL has no filter; write");
  }

  void extensions_are_refused() {
    refused({"ldap://localhost" + kRest + "?bindname=cn=a"}, "extensions are not known");
    refused({"ldap://localhost" + kRest + "?"}, "%3F for ? in a filter");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UrlTest);

}  // namespace certmap::test
