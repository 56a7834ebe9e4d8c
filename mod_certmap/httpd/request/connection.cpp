#include "httpd/request/connection.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "core/certificate/openssl_der.h"
#include "core/rule/handshake.h"
#include "core/text/calendar.h"
#include "httpd/base/guarded.h"
#include "httpd/base/pool.h"
#include "httpd/base/tls_variable.h"

namespace certmap {
namespace {

std::shared_ptr<X509> x509_from_pem(const std::string& pem) {
  const OpenSslHandle<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return {PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), X509_free};
}

/// As the handshake would verify it, but for its dates, which each decision looks at, and without
/// intermediates that the client sent then.
bool verifies_again(SSL* ssl, X509* x509) {
  const OpenSslHandle<X509_STORE_CTX> context(X509_STORE_CTX_new());
  auto* store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
  if (!context || X509_STORE_CTX_init(context.get(), store, x509, nullptr) != 1)
    throw std::bad_alloc();
  X509_STORE_CTX_set_default(context.get(), "ssl_client");
  X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(context.get()), SSL_get0_param(ssl));
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return verified;
}

}  // namespace

ClientCertificate::ClientCertificate(Certificate certificate)
    : Certificate(std::move(certificate)) {}

const CertificateText& ClientCertificate::text() const {
  std::call_once(text_made_, [this] { text_.emplace(*this); });
  return *text_;
}

std::unique_lock<std::mutex> Connection::lock_for(const request_rec* r, std::mutex& mutex) {
  return r->connection->master ? std::unique_lock(mutex) : std::unique_lock(mutex, std::defer_lock);
}

bool Connection::is_in_reported(const Question& question, const std::string& account,
                                Event& event) const {
  const auto found = std::ranges::find_if(reported_, [&](const Reported& each) {
    return each.question == question && each.account == account;
  });
  if (found == reported_.end()) return false;
  event = found->event;
  return true;
}

bool Connection::is_reported(const request_rec* r, const Question& question,
                             const std::string& account, Event& event) {
  const auto lock = lock_for(r, report_mutex_);
  return is_in_reported(question, account, event);
}

void Connection::forget() {
  certificate_.reset();
  verdict_.reset();
  remembered_.clear();
  counted_ = false;
  kept_day_ = 0;
  const std::lock_guard lock(report_mutex_);
  reported_.clear();
}

/// The held reference keeps the remembered X509's address from being used for another one.
void Connection::read_from_ssl(bool optional_no_ca) {
  X509* peer = SSL_get0_peer_certificate(ssl_);
  if (certificate_ ? certificate_->x509.get() == peer : !peer) return;
  forget();
  if (!peer) return;
  // mod_ssl forgets on TLS 1.2 resumption that optional_no_ca let a certificate pass, and then says
  // SUCCESS. Elsewhere a session with a certificate was verified when it was made; with TLS 1.3 the
  // session keeps the verdict.
  const bool resumed = SSL_session_reused(ssl_) != 0;
  const bool forgets = resumed && SSL_version(ssl_) < TLS1_3_VERSION;
  verifies_ = !(optional_no_ca && forgets) || verifies_again(ssl_, peer);
  const auto certificate = std::make_shared<ClientCertificate>(read_certificate(shared(peer)));
  if (!optional_no_ca) certificate->verified_issuer = issuer_in_handshake(ssl_, peer);
  certificate->protocol = SSL_get_version(ssl_);
  certificate->resumed = resumed;
  certificate_ = certificate;
}

void Connection::read_from_variable(request_rec* r, bool optional_no_ca) {
  std::string pem;
  if (ap_ssl_conn_is_ssl(r->connection)) pem = tls_variable(r, "SSL_CLIENT_CERT");
  if (pem == pem_) return;
  forget();
  pem_.clear();
  if (pem.empty()) return;
  auto x509 = x509_from_pem(pem);
  if (!x509) throw std::runtime_error("SSL_CLIENT_CERT is no certificate");
  // As above; but here nothing can be verified again.
  const bool forgets = tls_variable(r, "SSL_SESSION_RESUMED") == "Resumed" &&
                       tls_variable(r, "SSL_PROTOCOL") != "TLSv1.3";
  verifies_ = !(optional_no_ca && forgets);
  certificate_ = std::make_shared<const ClientCertificate>(read_certificate(std::move(x509)));
  pem_ = std::move(pem);
}

/// mod_ssl makes its verdict of the certificate, OpenSSL's result, and what optional_no_ca let
/// pass; where it verifies the same certificate again (SSLOptions +OptRenegotiate), the result
/// tells.
bool Connection::is_verified(request_rec* r, bool optional_no_ca) {
  if (!certificate_ || !verifies_) return false;
  const long result = ssl_ ? SSL_get_verify_result(ssl_) : X509_V_OK;
  if (ssl_ && !optional_no_ca && verdict_ && verdict_->result == result)
    return verdict_->is_success;
  verdict_ = {result, tls_variable(r, "SSL_CLIENT_VERIFY") == "SUCCESS"};
  return verdict_->is_success;
}

void Connection::remember(const request_rec* r, const Question& question, std::uint64_t generation,
                          const Answer& answer) {
  const auto lock = lock_for(r, mutex_);
  if (!answer.certificate || answer.certificate != certificate_) return;
  remembered_.remember(question, generation, answer.decision);
}

// mod_ssl says NONE where the client sent no certificate.
bool Connection::is_silent(request_rec* r) const {
  return !ssl_ && ap_ssl_conn_is_ssl(r->connection) &&
         tls_variable(r, "SSL_CLIENT_VERIFY") != "NONE";
}

bool Connection::asks() const { return (SSL_get_verify_mode(ssl_) & SSL_VERIFY_PEER) != 0; }

std::string_view Connection::absence(request_rec* r) const {
  if (!ap_ssl_conn_is_ssl(r->connection)) return absence::kNotTls;
  if (is_silent(r)) return absence::kNotHandedOn;
  return ssl_ && !asks() ? absence::kNotAsked : absence::kNotSent;
}

Peer Connection::peer(request_rec* r) {
  const bool optional_no_ca = server_config(r->server).configuration->checked.optional_no_ca;
  if (ssl_)
    read_from_ssl(optional_no_ca);
  else
    read_from_variable(r, optional_no_ca);
  Peer peer{.certificate = certificate_.get(), .verified = is_verified(r, optional_no_ca)};
  if (!certificate_) peer.absence = absence(r);
  return peer;
}

// A decision can wait for a directory: other streams of the connection must not wait with it.
Answer Connection::answer(request_rec* r, const Question& question, const Mapper& mapper,
                          Trace* trace) {
  const auto generation = mapper.generation();
  Answer answer;
  Peer peer;
  {
    const auto lock = lock_for(r, mutex_);
    peer = this->peer(r);
    peer.now = now_in_seconds();
    answer.certificate = certificate_;
    answer.decision = remembered_.recall(question, generation, peer.verified, peer.now);
  }
  answer.from = AnswerFrom::Connection;
  if (!answer.decision) {
    answer.decision = std::make_shared<const Decision>(mapper.decide(peer, trace));
    answer.from = answer.decision->from.value_or(AnswerFrom::Source);
    for (const auto& asked : answer.decision->asked)
      shard_of(r->server).add_lookup(asked.rule->slots, asked.from, asked.reason);
    remember(r, question, generation, answer);
  }
  return answer;
}

Answer Connection::answer_without_rules(request_rec* r) {
  const std::lock_guard lock(mutex_);
  auto peer = this->peer(r);
  peer.now = now_in_seconds();
  auto decision = Mapper({}).decide(peer);
  decision.rules_tried = {};  // they would be that Mapper's
  return {certificate_, std::make_shared<const Decision>(std::move(decision))};
}

Client Connection::client(request_rec* r) {
  const auto lock = lock_for(r, mutex_);
  const auto peer = this->peer(r);
  return {certificate_, peer.verified, peer.absence};
}

std::shared_ptr<TrialMemory> Connection::trials(const request_rec* r) {
  const auto lock = lock_for(r, mutex_);
  if (!trials_) trials_ = std::make_shared<TrialMemory>();
  return trials_;
}

std::optional<bool> Connection::asked() {
  const std::lock_guard lock(mutex_);
  if (!ssl_) return std::nullopt;
  return asks();
}

// mod_ssl takes the session out of its cache, too. A ticket cannot be taken back.
void Connection::forget_session() {
  const std::lock_guard lock(mutex_);
  auto* session = ssl_ ? SSL_get_session(ssl_) : nullptr;
  if (session) SSL_CTX_remove_session(sessions_, session);
}

Connection* connection_of(const conn_rec* c) {
  const conn_rec* primary = c->master ? c->master : c;
  return static_cast<Connection*>(ap_get_module_config(primary->conn_config, &certmap_module));
}

int make_connection(conn_rec* c, void*) {
  if (c->master || c->outgoing) return DECLINED;
  // Not DONE: that would leave the connection without its socket.
  return guarded(c->base_server, HTTP_INTERNAL_SERVER_ERROR, [&] {
    ap_set_module_config(c->conn_config, &certmap_module, make_in_pool<Connection>(c->pool));
    return DECLINED;
  });
}

int take_ssl(conn_rec* c, SSL* ssl, int is_proxy) {
  auto* connection = is_proxy ? nullptr : connection_of(c);
  if (connection && server_config(c->base_server).configuration->in_force.same_openssl)
    connection->set_ssl(ssl);
  return DECLINED;
}

}  // namespace certmap
