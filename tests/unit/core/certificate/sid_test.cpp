#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>

#include <string>

#include "core/certificate/certificate.h"
#include "extension_values.h"
#include "make_certificate.h"
#include "malformed.h"

namespace certmap::test {

using namespace std::string_literals;

class SidTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SidTest);
  CPPUNIT_TEST(sid_is_read);
  CPPUNIT_TEST(a_sid_extension_with_anything_else_is_malformed);
  CPPUNIT_TEST_SUITE_END();

 public:
  void sid_is_read() {
    const auto certificate =
        make_certificate(with_extensions(extension(kSid, from_hex(kSidExtension))));
    CPPUNIT_ASSERT_EQUAL("S-1-5-21-1-2-3-1104"s, texts(certificate, "sid"));
  }

  void a_sid_extension_with_anything_else_is_malformed() {
    const auto name = [](const char* type) {
      return tlv(0xa0,
                 tlv(V_ASN1_OBJECT, oid(type)) + tlv(0xa0, tlv(V_ASN1_OCTET_STRING, "S-1-5-2")));
    };
    const auto sid = name("1.3.6.1.4.1.311.25.2.1");
    CPPUNIT_ASSERT_EQUAL(""s, malformed(with_extensions(extension(kSid, sequence(sid)))));
    for (const auto& content : {sid + sid, name("1.3.6.1.4.1.311.25.2.2"), std::string()}) {
      ASSERT_SAYS("SID", malformed(with_extensions(extension(kSid, sequence(content)))));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SidTest);

}  // namespace certmap::test
