// Where audit events go (docs/audit.md).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "httpd/audit/memory.h"
#include "httpd/audit/syslog_socket.h"
#include "httpd/audit/target.h"
#include "httpd/base/apache.h"
#include "httpd/base/messages.h"

namespace certmap {

/// One audit log of one reading of the configuration. Opened before httpd starts its children;
/// then safe for any number of threads and processes.
class AuditLog {
 public:
  explicit AuditLog(AuditTarget target);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  const AuditTarget& target() const { return target_; }
  /// Null before it is opened.
  const AuditCounters* counters() const { return counters_; }

  /// Opens what the target names, before any child is started. Throws ConfigError.
  void open(apr_pool_t* pool);
  /// Throws what open() would throw for a file, and opens and creates nothing.
  void check_file() const;

  /// Writes `make_line(sequence)`, a whole line, without ever blocking. Returns false where it was
  /// not written.
  template <typename MakeLine>
  bool write(MakeLine&& make_line) {
    if (counters_ == nullptr) return false;
    return write_line(make_line(counters_->sequence.fetch_add(1) + 1));
  }

  /// Reports that events are not written, at most once a second for all logs and processes; `about`
  /// is a request or a server.
  template <typename About>
  void report_failure(const About* about) const {
    if (counters_ && audit_memory().may_report()) report(about, message::kEventLost, failure());
  }

 private:
  bool write_line(std::string_view line);
  int append(std::string_view line);
  void open_file();
  void open_pipe(apr_pool_t* pool);
  std::string failure() const;

  const AuditTarget target_;
  AuditCounters* counters_ = nullptr;
  int fd_ = -1;
  std::unique_ptr<SyslogSocket> syslog_;
  std::atomic<int> last_error_{0};
};

/// The audit logs of one reading of the configuration, each of them once.
class AuditLogs {
 public:
  /// The log that the argument of a CertMapAuditLog names; null for `none`. Throws ConfigError.
  AuditLog* find_or_add(std::string_view text);
  const std::vector<std::unique_ptr<AuditLog>>& all() const { return logs_; }

  /// Opens them as the user who starts httpd, when a configuration is to be put in force. Reports
  /// of every log that cannot be opened why, then throws ConfigError.
  void open_all(apr_pool_t* pool, const server_rec* s);

  /// For `httpd -t`: reports the same, as far as it can be told without opening anything.
  bool check_all(const server_rec* s) const;

  /// Writes an event that belongs to no request to every log; failures are reported for `s`.
  template <typename MakeLine>
  void write_all(const server_rec* s, MakeLine&& make_line) const {
    for (const auto& log : logs_) {
      if (!log->write(make_line)) log->report_failure(s);
    }
  }

 private:
  template <typename Step>
  bool for_all(const server_rec* s, Step step) const;

  std::vector<std::unique_ptr<AuditLog>> logs_;
};

}  // namespace certmap
