#include "core/rule/handshake.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/bio.h>

#include <memory>

#include "make_ca.h"

using namespace certmap;
using namespace certmap::test;

namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

Context context_of(const SSL_METHOD* method, int version) {
  Context context(SSL_CTX_new(method), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  return context;
}

void use(SSL_CTX* context, const std::shared_ptr<X509>& x509, const Key& key) {
  SSL_CTX_use_certificate(context, x509.get());
  SSL_CTX_use_PrivateKey(context, key.get());
}

int accept_all(int, X509_STORE_CTX*) { return 1; }

/// A server that asks for a certificate, and a client that has one, in one thread.
class Tls {
 public:
  Tls(SSL_CTX* server_context, SSL_CTX* client_context, SSL_SESSION* session = nullptr)
      : server(SSL_new(server_context)), client(SSL_new(client_context)) {
    BIO *ours = nullptr, *theirs = nullptr;
    BIO_new_bio_pair(&ours, 1 << 16, &theirs, 1 << 16);
    SSL_set_bio(server, ours, ours);
    SSL_set_bio(client, theirs, theirs);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    if (session != nullptr) SSL_set_session(client, session);
    shake_hands();
  }
  ~Tls() {
    SSL_free(server);
    SSL_free(client);
  }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  void shake_hands() {
    char octet;
    for (int i = 0; i < 10; ++i) {
      SSL_do_handshake(client);
      SSL_do_handshake(server);
      SSL_read(client, &octet, 1);  // also takes tickets, and requests for another handshake
      SSL_read(server, &octet, 1);
    }
    CPPUNIT_ASSERT(SSL_is_init_finished(server) && SSL_is_init_finished(client));
  }

  X509* peer() const { return SSL_get0_peer_certificate(server); }

  SSL *server, *client;
};

}  // namespace

class HandshakeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HandshakeTest);
  CPPUNIT_TEST(issuer_is_on_the_path_that_was_verified);
  CPPUNIT_TEST(resumed_session_has_no_path);
  CPPUNIT_TEST(path_of_another_certificate_says_nothing);
  CPPUNIT_TEST(path_that_a_renegotiation_left_says_nothing);
  CPPUNIT_TEST(path_with_an_error_says_nothing);
  CPPUNIT_TEST_SUITE_END();

  static constexpr int kVersions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
  Key ca_key_ = make_key(), key_ = make_key();
  std::shared_ptr<X509> ca_ = make_ca("CA", ca_key_);
  std::shared_ptr<X509> leaf_ = sign({"alice", "CA", {}}, key_, ca_key_);

  Context server(int version) {
    auto context = context_of(TLS_server_method(), version);
    use(context.get(), make_ca("server", key_), key_);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), ca_.get());
    SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("s"), 1);
    return context;
  }
  Context client(int version) {
    auto context = context_of(TLS_client_method(), version);
    use(context.get(), leaf_, key_);
    return context;
  }

 public:
  void issuer_is_on_the_path_that_was_verified() {
    for (const int version : kVersions) {
      const auto ours = server(version), theirs = client(version);
      const Tls tls(ours.get(), theirs.get());
      const auto issuer = issuer_in_handshake(tls.server, tls.peer());
      CPPUNIT_ASSERT(issuer && X509_cmp(issuer.get(), ca_.get()) == 0);
    }
  }

  void resumed_session_has_no_path() {
    for (const int version : kVersions) {
      const auto ours = server(version), theirs = client(version);
      const Tls first(ours.get(), theirs.get());
      const Session session(SSL_get1_session(first.client), SSL_SESSION_free);
      const Tls second(ours.get(), theirs.get(), session.get());
      CPPUNIT_ASSERT(SSL_session_reused(second.server) == 1 && second.peer() != nullptr);
      CPPUNIT_ASSERT(!issuer_in_handshake(second.server, second.peer()));
    }
  }

  void path_of_another_certificate_says_nothing() {
    const auto ours = server(TLS1_3_VERSION), theirs = client(TLS1_3_VERSION);
    const Tls tls(ours.get(), theirs.get());
    const auto other = sign({"alice", "CA", {}}, key_, ca_key_);
    CPPUNIT_ASSERT(!issuer_in_handshake(tls.server, other.get()));
    CPPUNIT_ASSERT(!issuer_in_handshake(tls.server, nullptr));
  }

  void path_that_a_renegotiation_left_says_nothing() {
    const auto ours = server(TLS1_2_VERSION), theirs = client(TLS1_2_VERSION);
    Tls tls(ours.get(), theirs.get());
    SSL_renegotiate(tls.server);
    tls.shake_hands();
    CPPUNIT_ASSERT(SSL_session_reused(tls.server) == 1 && tls.peer() != nullptr);
    CPPUNIT_ASSERT(SSL_get0_verified_chain(tls.server) != nullptr);
    CPPUNIT_ASSERT(!issuer_in_handshake(tls.server, tls.peer()));

    SSL_certs_clear(tls.client);
    // As mod_ssl makes sure that the session is not resumed.
    SSL_set_session_id_context(tls.server, reinterpret_cast<const unsigned char*>("t"), 1);
    SSL_renegotiate(tls.server);
    tls.shake_hands();
    CPPUNIT_ASSERT(tls.peer() == nullptr);
    CPPUNIT_ASSERT(SSL_get0_verified_chain(tls.server) != nullptr);
    CPPUNIT_ASSERT(SSL_get_verify_result(tls.server) == X509_V_OK);
    CPPUNIT_ASSERT(!issuer_in_handshake(tls.server, tls.peer()));
    CPPUNIT_ASSERT(!issuer_in_handshake(tls.server, leaf_.get()));
  }

  void path_with_an_error_says_nothing() {
    const auto ours = server(TLS1_3_VERSION), theirs = client(TLS1_3_VERSION);
    const auto unknown_key = make_key();
    const auto unknown = make_ca("unknown", unknown_key);
    use(theirs.get(), sign({"mallory", "unknown", {}}, key_, unknown_key), key_);
    SSL_CTX_add1_chain_cert(theirs.get(), unknown.get());
    SSL_CTX_set_verify(ours.get(), SSL_VERIFY_PEER, accept_all);
    const Tls tls(ours.get(), theirs.get());
    CPPUNIT_ASSERT(sk_X509_num(SSL_get0_verified_chain(tls.server)) == 2);
    CPPUNIT_ASSERT(!issuer_in_handshake(tls.server, tls.peer()));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HandshakeTest);
