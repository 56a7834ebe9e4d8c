#include "core/rule/issuer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <ctime>
#include <memory>
#include <string>

#include "core/text/error.h"
#include "make_ca.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class IssuerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(IssuerTest);
  CPPUNIT_TEST(signature_decides);
  CPPUNIT_TEST(twin_with_the_same_name_is_another_ca);
  CPPUNIT_TEST(every_key_of_the_name_is_tried);
  CPPUNIT_TEST(renewed_ca_counts_where_the_old_one_has_expired);
  CPPUNIT_TEST(missing_intermediate_is_named);
  CPPUNIT_TEST(ca_dates_hold_at_each_use);
  CPPUNIT_TEST(name_constraints_hold);
  CPPUNIT_TEST(who_is_outside_of_name_constraints_has_a_signer);
  CPPUNIT_TEST(verdict_is_remembered_for_the_set_it_was_made_for);
  CPPUNIT_TEST(what_a_handshake_verified_is_not_verified_again);
  CPPUNIT_TEST(sibling_of_the_verified_issuer_is_another_ca);
  CPPUNIT_TEST(dates_of_the_verified_issuer_hold);
  CPPUNIT_TEST(leaf_in_file_is_an_error);
  CPPUNIT_TEST(version_1_certificate_is_no_ca);
  CPPUNIT_TEST(damaged_and_empty_files_are_errors);
  CPPUNIT_TEST_SUITE_END();

  std::shared_ptr<SignatureMemo> memo_ = std::make_shared<SignatureMemo>();
  Key ca_key_ = make_key();
  Key leaf_key_ = make_key();
  std::shared_ptr<X509> ca_ = make_ca("CA", ca_key_);
  Certificate leaf_ = read_certificate(sign({"alice", "CA", {}}, leaf_key_, ca_key_));
  std::int64_t now_ = 0;

  IssuerSet set(const TemporaryFile& file, std::uint32_t id = 1) {
    return {{file.path()}, id, memo_};
  }

  std::string error_of(const std::string& path) {
    try {
      const IssuerSet made({path}, 1, memo_);
      return "none";
    } catch (const ConfigError& error) {
      return error.what();
    }
  }

 public:
  void setUp() override { now_ = std::time(nullptr); }

  void signature_decides() {
    TemporaryFile file;
    file.add(ca_);
    const auto verdict = set(file).verify(leaf_, now_);
    CPPUNIT_ASSERT(verdict.issued);
    CPPUNIT_ASSERT(verdict.valid_until > now_ && verdict.valid_until <= now_ + 3601);
  }

  void twin_with_the_same_name_is_another_ca() {
    TemporaryFile file;
    file.add(make_ca("CA", make_key()));
    const auto verdict = set(file).verify(leaf_, now_);
    CPPUNIT_ASSERT(!verdict.issued);
    CPPUNIT_ASSERT(verdict.why_not.find("did not sign") != std::string::npos);
  }

  void every_key_of_the_name_is_tried() {
    TemporaryFile file;
    file.add(make_ca("CA", make_key())).add(make_ca("CA", make_key())).add(ca_);
    CPPUNIT_ASSERT(set(file).verify(leaf_, now_).issued);
  }

  void renewed_ca_counts_where_the_old_one_has_expired() {
    const auto old =
        sign({"CA", "CA", {{NID_basic_constraints, "CA:TRUE"}}, -7200, -3600}, ca_key_, ca_key_);
    TemporaryFile file;
    file.add(old).add(ca_);
    const auto both = set(file);
    CPPUNIT_ASSERT(both.verify(leaf_, now_ - 5000).issued);
    CPPUNIT_ASSERT(both.verify(leaf_, now_).issued);
    CPPUNIT_ASSERT(both.verify(leaf_, now_ - 5000).issued);
  }

  void missing_intermediate_is_named() {
    TemporaryFile file;
    file.add(make_ca("Root", make_key()));
    const auto verdict = set(file).verify(leaf_, now_);
    CPPUNIT_ASSERT(!verdict.issued);
    CPPUNIT_ASSERT(verdict.why_not.find("CN=CA") != std::string::npos);
    CPPUNIT_ASSERT(verdict.why_not.find(file.path()) != std::string::npos);
  }

  void ca_dates_hold_at_each_use() {
    TemporaryFile file;
    file.add(ca_);
    const auto ours = set(file);
    CPPUNIT_ASSERT(ours.verify(leaf_, now_).issued);
    CPPUNIT_ASSERT(!ours.verify(leaf_, now_ + 4000).issued);
    const auto early = ours.verify(leaf_, now_ - 1000);
    CPPUNIT_ASSERT(!early.issued);
    CPPUNIT_ASSERT(early.valid_until < now_);
    CPPUNIT_ASSERT(ours.verify(leaf_, now_).issued);
  }

  void name_constraints_hold() {
    const auto ca =
        make_ca("CA", ca_key_, {{NID_name_constraints, "critical,permitted;email:example.com"}});
    TemporaryFile file;
    file.add(ca);
    const auto ours = set(file);
    const auto with_email = [&](const std::string& email) {
      return read_certificate(
          sign({"alice", "CA", {{NID_subject_alt_name, "email:" + email}}}, leaf_key_, ca_key_));
    };
    CPPUNIT_ASSERT(ours.verify(with_email("alice@example.com"), now_).issued);
    CPPUNIT_ASSERT(!ours.verify(with_email("alice@elsewhere.example"), now_).issued);
  }

  void who_is_outside_of_name_constraints_has_a_signer() {
    TemporaryFile file;
    file.add(make_ca("CA", make_key()));
    file.add(
        make_ca("CA", ca_key_, {{NID_name_constraints, "critical,permitted;email:example.com"}}));
    const auto ours = set(file);
    const auto outside = read_certificate(
        sign({"alice", "CA", {{NID_subject_alt_name, "email:alice@elsewhere.example"}}}, leaf_key_,
             ca_key_));
    for (int turn = 0; turn < 2; ++turn) {  // the second answer is remembered
      const auto verdict = ours.verify(outside, now_);
      CPPUNIT_ASSERT(!verdict.issued && verdict.is_signed && verdict.signer == 1);
      CPPUNIT_ASSERT(verdict.why_not.ends_with("permitted subtree violation"));
    }
    CPPUNIT_ASSERT(ours.signer(outside, now_) == 1U);
    const auto strangers = read_certificate(sign({"alice", "CA", {}}, leaf_key_, make_key()));
    CPPUNIT_ASSERT(!ours.signer(strangers, now_));
  }

  void verdict_is_remembered_for_the_set_it_was_made_for() {
    TemporaryFile ours, twin;
    ours.add(ca_);
    twin.add(make_ca("CA", make_key()));
    for (int i = 0; i < 2; ++i) {
      CPPUNIT_ASSERT(set(ours, 1).verify(leaf_, now_).issued);
      CPPUNIT_ASSERT(!set(twin, 2).verify(leaf_, now_).issued);
    }
    CPPUNIT_ASSERT(memo_->find(leaf_.sha256.octets(), 1)->ca == 0);
    CPPUNIT_ASSERT(!memo_->find(leaf_.sha256.octets(), 2)->ca);
    CPPUNIT_ASSERT(!memo_->find(leaf_.sha256.octets(), 3));
  }

  /// Nobody but the handshake could take this one.
  Certificate with_foreign_signature(const std::shared_ptr<X509>& verified_issuer) {
    auto leaf = read_certificate(sign({"mallory", "CA", {}}, leaf_key_, make_key()));
    leaf.verified_issuer = verified_issuer;
    return leaf;
  }

  void what_a_handshake_verified_is_not_verified_again() {
    const auto twin = make_ca("CA", make_key());
    TemporaryFile ours, both, other;
    ours.add(ca_);
    both.add(twin).add(ca_);
    other.add(twin);
    const auto leaf = with_foreign_signature(ca_);
    CPPUNIT_ASSERT(set(ours).verify(leaf, now_).issued);
    CPPUNIT_ASSERT(set(both, 2).verify(leaf, now_).issued);
    CPPUNIT_ASSERT(!set(other, 3).verify(leaf, now_).issued);
    // A session that is resumed knows no path.
    CPPUNIT_ASSERT(memo_->find(leaf.sha256.octets(), 1)->ca == 0);
    CPPUNIT_ASSERT(memo_->find(leaf.sha256.octets(), 2)->ca == 1);
  }

  /// It has the same name and key.
  void sibling_of_the_verified_issuer_is_another_ca() {
    TemporaryFile file;
    file.add(
        make_ca("CA", ca_key_, {{NID_name_constraints, "critical,permitted;email:our.example"}}));
    auto leaf = read_certificate(sign(
        {"alice", "CA", {{NID_subject_alt_name, "email:a@their.example"}}}, leaf_key_, ca_key_));
    leaf.verified_issuer = ca_;
    CPPUNIT_ASSERT(!set(file).verify(leaf, now_).issued);
  }

  void dates_of_the_verified_issuer_hold() {
    const auto old =
        sign({"CA", "CA", {{NID_basic_constraints, "CA:TRUE"}}, -7200, -3600}, ca_key_, ca_key_);
    TemporaryFile file, both;
    file.add(old);
    both.add(old).add(ca_);
    leaf_.verified_issuer = old;
    const auto verdict = set(file).verify(leaf_, now_);
    CPPUNIT_ASSERT(!verdict.issued);
    CPPUNIT_ASSERT(verdict.why_not.find("has expired") != std::string::npos);
    CPPUNIT_ASSERT(set(both, 2).verify(leaf_, now_).issued);
  }

  void leaf_in_file_is_an_error() {
    TemporaryFile file;
    file.add(ca_).add(
        sign({"alice", "CA", {{NID_basic_constraints, "CA:FALSE"}}}, leaf_key_, ca_key_));
    const auto error = error_of(file.path());
    CPPUNIT_ASSERT(error.find("certificate 2 (CN=alice) is no CA certificate") !=
                   std::string::npos);
  }

  void version_1_certificate_is_no_ca() {
    TemporaryFile file;
    file.add(sign({"CA", "CA", {}}, ca_key_, ca_key_));
    CPPUNIT_ASSERT(error_of(file.path()).find("no CA certificate") != std::string::npos);
  }

  void damaged_and_empty_files_are_errors() {
    TemporaryFile empty, damaged;
    damaged.add(ca_).add("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    CPPUNIT_ASSERT(error_of(empty.path()).find("holds no certificate") != std::string::npos);
    CPPUNIT_ASSERT(error_of(damaged.path()).find("certificate 2 is damaged") != std::string::npos);
    CPPUNIT_ASSERT(error_of("/nonexistent/ca.pem").find("No such file") != std::string::npos);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(IssuerTest);

}  // namespace
