// The certificate of a connection, and the decisions that are remembered with it.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/event.h"
#include "core/certificate/certificate.h"
#include "core/rule/decision.h"
#include "core/rule/mapper.h"
#include "httpd/config/config.h"
#include "httpd/request/remembered.h"

namespace certmap {

/// By which an audit event is found in its log.
struct EventId {
  std::uint64_t sequence;  ///< event.sequence
  std::string request;     ///< http.request.id; empty without mod_unique_id
};
/// Null: there is none.
using Event = std::shared_ptr<const EventId>;

/// A client's, as long as a connection or an answer needs it. Any number of threads may read it.
class ClientCertificate : public Certificate {
 public:
  explicit ClientCertificate(Certificate certificate);

  /// What audit events say of it, made for the first of them.
  const CertificateText& text() const;

  /// OpenSSL's name of the protocol of the handshake that it came with, and whether that resumed a
  /// session. Empty: only the TLS module's variables tell.
  std::string_view protocol;
  bool resumed = false;

 private:
  mutable std::once_flag text_made_;
  mutable std::optional<CertificateText> text_;
};

struct Answer {
  std::shared_ptr<const ClientCertificate> certificate;  ///< null: the client sent none
  std::shared_ptr<const Decision> decision;
  /// Connection: it was decided for an earlier request.
  AnswerFrom from = AnswerFrom::Source;
};

/// One per primary connection; HTTP/2 streams on other threads use it at the same time.
class Connection {
 public:
  /// Takes mod_ssl's object, before the handshake.
  void set_ssl(SSL* ssl) {
    ssl_ = ssl;
    sessions_ = SSL_get_SSL_CTX(ssl);
  }

  /// The decision for this request's client certificate, made now or remembered.
  Answer answer(request_rec* r, const Question& question, const Mapper& mapper, Trace* trace);
  /// Says what can be said of the certificate where no rules are in force; nothing is remembered.
  Answer answer_without_rules(request_rec* r);
  /// Whose certificate this request's is.
  Client client(request_rec* r);
  /// What rules that are tried came to; it may live longer than the connection.
  std::shared_ptr<TrialMemory> trials(const request_rec* r);
  /// Whether a handshake of this connection asked for a certificate; empty: that is not known.
  std::optional<bool> asked();
  /// Where there is no certificate: the connection is TLS, but its module says nothing of the
  /// client.
  bool is_silent(request_rec* r) const;
  /// Lets nobody resume the TLS session. Must not be called while HTTP/2 streams use the
  /// connection.
  void forget_session();

  /// True once for each certificate of the connection: its user has not been counted yet.
  bool is_first_count() {
    return !counted_.load(std::memory_order_relaxed) && !counted_.exchange(true);
  }

  /// Whether the certificate was kept on that day, counted from 1970 (httpd/keep/keep.h).
  bool was_kept_on(std::int64_t day) const {
    return kept_day_.load(std::memory_order_relaxed) == day;
  }
  void set_kept(std::int64_t day) { kept_day_ = day; }

  /// True where a success of this account under this question was written; `event` is then its
  /// event, if there is an audit log.
  bool is_reported(const request_rec* r, const Question& question, const std::string& account,
                   Event& event);
  /// Calls `write`, which sets `event`, unless is_reported(); requests that run at the same time
  /// wait for its result.
  template <typename Write>
  bool report_once(const request_rec* r, const Question& question, const std::string& account,
                   Event& event, Write write) {
    const auto lock = lock_for(r, report_mutex_);
    if (is_in_reported(question, account, event)) return true;
    if (!write()) return false;
    if (reported_.size() >= kMaxRemembered) reported_.erase(reported_.begin());
    reported_.push_back({question, account, event});
    return true;
  }

 private:
  /// HTTP/2's streams run at the same time; the requests of another connection, one after another.
  static std::unique_lock<std::mutex> lock_for(const request_rec* r, std::mutex& mutex);

  struct Reported {
    Question question;
    std::string account;
    Event event;
  };
  /// What the TLS module says of a certificate, and SSL_get_verify_result() then.
  struct Verdict {
    long result;
    bool is_success;
  };

  /// Reads the certificate anew where it changed. The time is for who decides to set.
  Peer peer(request_rec* r);
  bool is_verified(request_rec* r, bool optional_no_ca);
  bool asks() const;  ///< that ssl_ is there is for the caller to know
  std::string_view absence(request_rec* r) const;
  void read_from_ssl(bool optional_no_ca);
  void read_from_variable(request_rec* r, bool optional_no_ca);
  void forget();
  void remember(const request_rec* r, const Question& question, std::uint64_t generation,
                const Answer& answer);
  bool is_in_reported(const Question& question, const std::string& account, Event& event) const;

  std::mutex mutex_;
  SSL* ssl_ = nullptr;
  SSL_CTX* sessions_ = nullptr;  ///< that of ssl_ before SNI: it keeps the sessions
  bool verifies_ = true;         ///< the session's certificate passes verification here and now
  std::shared_ptr<const ClientCertificate> certificate_;
  std::optional<Verdict> verdict_;  ///< of certificate_
  std::string pem_;  ///< what certificate_ was read from where there is no SSL object
  RememberedDecisions remembered_;  ///< of certificate_
  std::atomic<std::int64_t> kept_day_ = 0;
  std::atomic<bool> counted_ = false;    ///< the user of certificate_
  std::shared_ptr<TrialMemory> trials_;  ///< null: nothing was tried yet

  std::mutex report_mutex_;
  std::vector<Reported> reported_;
};

/// The object of the primary connection; null only for connections that httpd itself opens.
Connection* connection_of(const conn_rec* c);

/// Hooks: makes the object; takes mod_ssl's SSL object for it.
int make_connection(conn_rec* c, void* socket);
int take_ssl(conn_rec* c, SSL* ssl, int is_proxy);

}  // namespace certmap
