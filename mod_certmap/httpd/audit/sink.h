// Where audit events go (docs/audit.md).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "httpd/audit/syslog_socket.h"
#include "httpd/audit/target.h"
#include "httpd/base/apache.h"
#include "httpd/base/messages.h"
#include "httpd/base/retained.h"

namespace certmap {

/// What all processes of the server know of one audit log, also over restarts. Counts from its
/// start.
struct alignas(64) AuditCounters {
  std::atomic<std::uint64_t> key;  ///< hash of the target; 0: free
  std::atomic<std::uint64_t> sequence;
  std::atomic<std::uint64_t> failed;
  std::atomic<bool> torn;  ///< the file ends inside a line
};

/// kAuditKey rises with every change of it.
struct AuditMemory {
  std::atomic<std::int64_t> last_report_ms;
  std::array<AuditCounters, 1023> logs;

  /// The log's counters, fresh where this is the first reading that names it. Where there is no
  /// room left, logs share the last ones. Only one process may call this.
  AuditCounters& counters_of(std::string_view target);
};

/// httpd/base/retained.h says who makes it. Throws std::system_error.
inline AuditMemory& audit_memory() { return retained_memory<AuditMemory>(kAuditKey); }

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
    if (counters_ && is_time_again(audit_memory().last_report_ms, kReportInterval))
      report(about, message::kEventLost, failure());
  }

 private:
  static constexpr std::int64_t kReportInterval = 1000;  ///< milliseconds

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
