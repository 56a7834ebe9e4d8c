#include "tool/expiring/event.h"

#include <cppunit/extensions/HelperMacros.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tool/expiring/event_tree.h"

using namespace certmap;

namespace {

/// What the library's tree of the line says.
void assert_as_tree(const std::string& line) {
  EventReader reader;
  const auto tree = nlohmann::json::parse(line, nullptr, false);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(line, !tree.is_discarded(), reader.read(line));
  if (!tree.is_discarded())
    CPPUNIT_ASSERT_EQUAL_MESSAGE(line, std::string(), difference(reader, tree));
}

const std::string kEvent =
    R"({"@timestamp":"T","ecs":{"version":"8"},"event":{"action":"a","outcome":"o","reason":"r"},)"
    R"("user":{"name":"u"},"tls":{"client":{"hash":{"sha256":"AB"},"x509":{"not_after":"N",)"
    R"("serial_number":"01","subject":{"distinguished_name":"CN=s"},)"
    R"("issuer":{"distinguished_name":"CN=i"}}}},"certmap":{"san":[{"type":"dns","value":"d"},)"
    R"({"type":"email","value":"e"},{"type":"email","value":"f"}],"truncated":true},)"
    R"("url":{"domain":"h","path":"/p"},"service":{"name":"n"},)"
    R"("http":{"request":{"method":"M"}}})";

}  // namespace

class EventTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(EventTest);
  CPPUNIT_TEST(reads_the_texts_of_an_event);
  CPPUNIT_TEST(reads_every_cut_of_it_as_the_library_does);
  CPPUNIT_TEST(takes_only_what_stands_at_its_place);
  CPPUNIT_TEST(takes_the_second_of_two_equal_names);
  CPPUNIT_TEST(forgets_the_line_before);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_the_texts_of_an_event() {
    EventReader reader;
    CPPUNIT_ASSERT(reader.read(kEvent));
    CPPUNIT_ASSERT(reader.text(EventPart::Sha256) == "AB");
    CPPUNIT_ASSERT(reader.text(EventPart::IssuerText) == "CN=i");
    CPPUNIT_ASSERT(reader.text(EventPart::Email) == "e");
    CPPUNIT_ASSERT(!reader.text(EventPart::Truncated).empty());
    CPPUNIT_ASSERT(reader.text(EventPart::UrlPath) == "/p");
    CPPUNIT_ASSERT(reader.text(EventPart::ServiceName) == "n");
    CPPUNIT_ASSERT(reader.text(EventPart::Method) == "M");
    assert_as_tree(kEvent);
  }

  void reads_every_cut_of_it_as_the_library_does() {
    for (std::size_t i = 0; i < kEvent.size(); ++i) {
      assert_as_tree(kEvent.substr(0, i));
      assert_as_tree(kEvent.substr(i));
      assert_as_tree(kEvent.substr(0, i) + kEvent.substr(i + 1));
      assert_as_tree(kEvent + kEvent.substr(0, i));
    }
  }

  void takes_only_what_stands_at_its_place() {
    for (const auto* line :
         {R"({"user/name":"x","user":{"name/":"y"}})",
          R"({"event":[{"action":"a"}]})",
          R"([{"@timestamp":"T"}])",
          R"({"user":{"user":{"name":"x"}}})",
          R"({"":{"type":"email"}})",
          R"({"certmap":{"san":{"":{"type":"email","value":"x"}}}})",
          R"("text")",
          "1",
          "[]",
          "",
          R"({"certmap":{"san":{"type":"email","value":"x"}}})",
          R"({"certmap":{"san":[[{"type":"email","value":"x"}],"email"]}})",
          R"({"certmap":{"san":[{"a":{"type":"email"},"value":"x"},{"type":"email"}]}})",
          R"({"certmap":{"san":[{"type":"email","value":5},{"type":"email","value":"x"}]}})",
          R"({"certmap":{"truncated":"true"}})",
          R"({"certmap":{"truncated":false}})",
          R"({"certmap":[{"truncated":true}]})",
          R"({"user":{"name":["x"]}})",
          R"({"user":"name"})",
          R"({"user":{"name":"\u0000\ud83d\ude00"}})",
          R"({"user":{"name":"\ud83d"}})",
          R"({"user":{"name":"x"},"port":1e999})",
          "{\"user\":{\"name\":\"\xff\"}}"})
      assert_as_tree(line);
  }

  void takes_the_second_of_two_equal_names() {
    for (const auto* line :
         {R"({"user":{"name":"x"},"user":{"name":"y"}})", R"({"user":{"name":"x"},"user":{}})",
          R"({"user":{"name":"x"},"user":5})", R"({"user":{"name":"x","name":null}})",
          R"({"tls":{"client":{"hash":{"sha256":"A"}}},"tls":{"client":{}}})",
          R"({"certmap":{"san":[{"type":"email","value":"x"}],"san":[]}})",
          R"({"certmap":{"san":[{"type":"email","value":"x"}],"truncated":true},"certmap":{}})",
          R"({"certmap":{"truncated":true,"truncated":false}})",
          R"({"certmap":{"san":[{"type":"email","type":"dns","value":"x"}]}})",
          R"({"certmap":{"san":[{"type":"dns","value":"x","value":"y","type":"email"}]}})"})
      assert_as_tree(line);
  }

  void forgets_the_line_before() {
    EventReader reader;
    CPPUNIT_ASSERT(reader.read(kEvent));
    CPPUNIT_ASSERT(reader.read(R"({"@timestamp":"U"})"));
    CPPUNIT_ASSERT(reader.text(EventPart::Time) == "U");
    CPPUNIT_ASSERT(reader.text(EventPart::Sha256).empty() && reader.text(EventPart::Email).empty());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EventTest);
