#include "core/explain/protocol.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "core/text/error.h"
#include "make_certificate.h"

using namespace certmap;

namespace {

class ProtocolTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProtocolTest);
  CPPUNIT_TEST(a_question_arrives_as_it_was_asked);
  CPPUNIT_TEST(what_is_no_question);
  CPPUNIT_TEST(the_answer_is_found_among_other_lines);
  CPPUNIT_TEST(a_port_over_65535_is_not_taken_for_another);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_question_arrives_as_it_was_asked();
  void what_is_no_question();
  void the_answer_is_found_among_other_lines();
  void a_port_over_65535_is_not_taken_for_another();
};

void ProtocolTest::a_question_arrives_as_it_was_asked() {
  // Every length that base64 pads in its own way.
  for (const std::string location : {"/", "/a", "/ab", "/\xc3\xa4?%25~"}) {
    test::CertificateSpec spec;
    spec.subject = {{"2.5.4.3", location}};
    const auto alice = test::make_certificate(spec);
    const ExplainQuery asked{
        alice, {test::make_certificate({}).x509}, {"host:443", location, "PUT"}};
    const auto define = define_of(asked);
    const auto text = query_in(define);
    CPPUNIT_ASSERT(text &&
                   text->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "abcdefghijklmnopqrstuvwxyz0123456789-_") == text->npos);
    const auto read = read_explain_query(*text);
    CPPUNIT_ASSERT(read.certificate.sha256.octets() == alice.sha256.octets() &&
                   read.others.size() == 1);
    CPPUNIT_ASSERT_EQUAL(asked.place.vhost, read.place.vhost);
    CPPUNIT_ASSERT_EQUAL(asked.place.location, read.place.location);
    CPPUNIT_ASSERT_EQUAL(asked.place.method, read.place.method);
  }
}

void ProtocolTest::what_is_no_question() {
  CPPUNIT_ASSERT(!query_in("CERTMAP_OTHER=x") && query_in("CERTMAP_EXPLAIN=") == "");
  for (const auto* text : {"", "x", "e30", "!!!!", "bnVsbA", "=", "===="})
    CPPUNIT_ASSERT_THROW_MESSAGE(text, read_explain_query(text), ConfigError);
}

void ProtocolTest::the_answer_is_found_among_other_lines() {
  const std::string answer = R"({"answer":"a\nb"})";
  CPPUNIT_ASSERT(answer_in("said before\n" + answer_line(answer) + "\nSyntax OK\n") == answer);
  CPPUNIT_ASSERT(!answer_in("Syntax OK\n"));
  CPPUNIT_ASSERT(!answer_in(answer_line("{\"answer\":") + "\n"));
}

void ProtocolTest::a_port_over_65535_is_not_taken_for_another() {
  CPPUNIT_ASSERT(read_vhost("a.example:65535").port == 65535);
  for (const std::string whole : {"", "a", "a:", "a:x", "a:-1", "a:65979", "[::1]"}) {
    const auto read = read_vhost(whole);
    CPPUNIT_ASSERT_MESSAGE(whole, read.name == whole && !read.port);
  }
  const auto address = read_vhost("[::1]:443");
  CPPUNIT_ASSERT(address.name == "[::1]" && address.port == 443);
}

CPPUNIT_TEST_SUITE_REGISTRATION(ProtocolTest);

}  // namespace
