#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <string>

#include "tool/command.h"
#include "tool/notify/mail_message.h"
#include "tool/notify/sendmail.h"
#include "tool/notify/template.h"

using namespace certmap;

namespace {

const FilledText::Values kNames = {{"account", "alice"}, {"days", "5"}};

std::string error_of(const std::string& text) {
  try {
    read_mail_template(text, kNames, "FILE");
  } catch (const ToolError& error) {
    return error.what();
  }
  return "none";
}

std::string subject_line(const std::string& subject) {
  const auto text = mail_message({"a@b", "c@d", subject, "", "1"}, 0);
  const auto start = text.find("Subject: ");
  return text.substr(start, text.find("\nDate: ") - start);
}

}  // namespace

class NotifyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(NotifyTest);
  CPPUNIT_TEST(plain_mailboxes);
  CPPUNIT_TEST(what_is_no_plain_mailbox);
  CPPUNIT_TEST(a_template_is_filled);
  CPPUNIT_TEST(a_template_that_is_wrong);
  CPPUNIT_TEST(subjects);
  CPPUNIT_TEST(a_body_is_base64_in_short_lines);
  CPPUNIT_TEST(a_mail_whose_program_ended_unseen_is_not_sent);
  CPPUNIT_TEST_SUITE_END();

 public:
  void plain_mailboxes() {
    for (const char* each : {"a@b", "alice@example.com", "o'neil.x+tag=1_2-3@a-b.example",
                             "1@xn--bcher-kva.example", "A@B.C"})
      CPPUNIT_ASSERT_MESSAGE(each, is_plain_mailbox(each));
    CPPUNIT_ASSERT(is_plain_mailbox(std::string(64, 'a') + "@b"));
    CPPUNIT_ASSERT(is_plain_mailbox("a@" + std::string(63, 'b')));
  }

  void what_is_no_plain_mailbox() {
    for (const char* each :
         {"",      "@",           "a",       "a@",    "@b",    "-a@b",  ".a@b",   "+a@b",
          "a@b@c", "a@b,c@d",     "a b@c",   "a@b c", "a@b.",  "a@.b",  "a@b..c", "a@-b",
          "a@b-",  "a@[1.2.3.4]", "\"a\"@b", "|sh@b", "a%b@c", "a@b\n", "\na@b",  "a\r@b",
          "é@b",   "a@é",         "a@b_c",   "a/b@c", "a@b:c", "<a@b>", "a!b@c"})
      CPPUNIT_ASSERT_MESSAGE(each, !is_plain_mailbox(each));
    CPPUNIT_ASSERT(!is_plain_mailbox(std::string("a\0@b", 4)));
    CPPUNIT_ASSERT(!is_plain_mailbox(std::string(65, 'a') + "@b"));
    CPPUNIT_ASSERT(!is_plain_mailbox("a@" + std::string(64, 'b')));
    std::string host = "a@b";
    while (host.size() < 256) host += ".b";
    CPPUNIT_ASSERT(!is_plain_mailbox(host));
  }

  void a_template_is_filled() {
    const auto mail = read_mail_template(
        "Subject:  {account}: {days}\r\n\r\n{{account}} {account}{days}\n", kNames, "FILE");
    CPPUNIT_ASSERT_EQUAL(std::string("alice: 5"), mail.subject.fill(kNames));
    CPPUNIT_ASSERT_EQUAL(std::string("{account} alice5\n"), mail.body.fill(kNames));
    const auto empty = read_mail_template("Subject:\n\n", kNames, "FILE");
    CPPUNIT_ASSERT(empty.subject.fill(kNames).empty() && empty.body.fill(kNames).empty());
  }

  void a_template_that_is_wrong() {
    for (const char* each : {"", "Subject: x", "Subject: x\nbody\n\n", "To: a@b\n\nx",
                             "Subject: {x}\n\n", "Subject: x\n\n{", "Subject: x\n\n}",
                             "Subject: x\n\n{}", "Subject: x\n\n{account", "Subject: \xff\n\n"})
      CPPUNIT_ASSERT_MESSAGE(each, error_of(each).starts_with("FILE"));
  }

  void subjects() {
    CPPUNIT_ASSERT_EQUAL(std::string("Subject: plain"), subject_line("plain"));
    CPPUNIT_ASSERT_EQUAL(std::string("Subject: =?UTF-8?B?PT94?="), subject_line("=?x"));
    std::string umlauts;
    for (int i = 0; i < 100; ++i) umlauts += "ö";
    const auto line = subject_line(umlauts);
    for (std::size_t start = 0, end; start < line.size(); start = end + 1) {
      end = std::min(line.find('\n', start), line.size());
      CPPUNIT_ASSERT(end - start <= 76 && line.compare(end - 2, 2, "?=") == 0);
    }
  }

  void a_body_is_base64_in_short_lines() {
    const auto text = mail_message({"a@b", "c@d", "s", std::string(100, 'x'), "1"}, 0);
    const auto body = text.substr(text.find("\n\n") + 2);
    CPPUNIT_ASSERT_EQUAL(std::size_t(76), body.find('\n'));
    CPPUNIT_ASSERT(body.ends_with("eA==\n"));
  }

  void a_mail_whose_program_ended_unseen_is_not_sent() {
    const Sendmail sendmail("/bin/true", "a@example.com");
    std::signal(SIGCHLD, SIG_IGN);
    const auto why = sendmail.send("b@example.com", "");
    std::signal(SIGCHLD, SIG_DFL);
    CPPUNIT_ASSERT_EQUAL(std::string("how /bin/true ended could not be learned"),
                         why.value_or("sent"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NotifyTest);
