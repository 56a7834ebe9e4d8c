#include "httpd/audit/sink.h"

#include <apr_signal.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include "core/text/error.h"
#include "httpd/audit/file.h"

namespace certmap {
namespace {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

/// A path as ServerRoot makes it, so that one file is one log however it is written.
void resolve(AuditTarget& target) {
  if (target.kind != AuditTarget::Kind::File) return;
  const auto path = std::filesystem::path(ap_server_root) / target.path;
  target.key = target.label = target.path = path.lexically_normal().string();
}

std::string hint_for(const std::string& path, int error) {
  const auto folder = std::filesystem::path(path).parent_path().string();
  if (error == ENOENT) return "; create the folder " + folder;
  if (error == EISDIR) return "; name a file in it";
  return {};
}

[[noreturn]] void fail_to_open(const AuditTarget& target, const std::string& why) {
  throw ConfigError("CertMapAuditLog: " + target.label + " cannot be opened: " + why);
}

}  // namespace

AuditCounters& AuditMemory::counters_of(std::string_view target) {
  const std::uint64_t key = std::hash<std::string_view>()(target) | 1;
  for (AuditCounters& counters : logs) {
    if (counters.key == 0) counters.key = key;
    if (counters.key == key) return counters;
  }
  return logs.back();
}

AuditLog::AuditLog(AuditTarget target) : target_(std::move(target)) {}

AuditLog::~AuditLog() {
  if (target_.kind == AuditTarget::Kind::File && fd_ >= 0) close(fd_);
}

void AuditLog::open(apr_pool_t* pool) {
  counters_ = &audit_memory().counters_of(target_.key);
  switch (target_.kind) {
    case AuditTarget::Kind::None:
      break;
    case AuditTarget::Kind::File:
      open_file();
      break;
    case AuditTarget::Kind::Pipe:
      open_pipe(pool);
      break;
    case AuditTarget::Kind::Syslog:
      syslog_ = std::make_unique<SyslogSocket>(target_.facility, target_.tag);
      break;
  }
}

void AuditLog::check_file() const {
  if (target_.kind != AuditTarget::Kind::File) return;
  if (const int error = why_not_appendable(target_.path))
    fail_to_open(target_, std::system_category().message(error) + hint_for(target_.path, error));
}

void AuditLog::open_file() {
  try {
    fd_ = open_for_append(target_.path);
  } catch (const std::system_error& error) {
    fail_to_open(target_, error.code().message() + hint_for(target_.path, error.code().value()));
  }
  if (counters_->sequence == 0 || counters_->torn) {
    counters_->torn = ends_inside_line(target_.path);
  }
}

void AuditLog::open_pipe(apr_pool_t* pool) {
  piped_log* pipe = ap_open_piped_log(pool, target_.program.c_str());
  apr_os_file_t fd = -1;
  if (pipe == nullptr || apr_os_file_get(&fd, ap_piped_log_write_fd(pipe)) != APR_SUCCESS) {
    fail_to_open(target_, "the program does not start; see the lines above");
  }
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    fail_to_open(target_, std::system_category().message(errno));
  }
  fd_ = fd;
}

bool AuditLog::write_line(std::string_view line) {
  const int error = syslog_ ? syslog_->send(line) : append(line);
  if (error == 0) return true;
  last_error_ = error;
  ++counters_->failed;
  return false;
}

int AuditLog::append(std::string_view line) {
  const bool after_torn = counters_->torn.load() && counters_->torn.exchange(false);
  bool cut = false;
  const int error = append_line(fd_, after_torn ? "\n" : "", line, cut);
  if (cut || (error != 0 && after_torn)) counters_->torn = true;
  return error;
}

std::string AuditLog::failure() const {
  return "audit event could not be written to " + target_.label + ": " +
         std::system_category().message(last_error_) + " (" + std::to_string(counters_->failed) +
         " lost since the server was started)";
}

AuditLog* AuditLogs::find_or_add(std::string_view text) {
  AuditTarget target = parse_audit_target(text);
  if (target.kind == AuditTarget::Kind::None) return nullptr;
  resolve(target);
  for (const auto& log : logs_) {
    if (log->target().key == target.key) return log.get();
  }
  return logs_.emplace_back(std::make_unique<AuditLog>(std::move(target))).get();
}

template <typename Step>
bool AuditLogs::for_all(const server_rec* s, Step step) const {
  bool good = true;
  for (const auto& log : logs_) {
    try {
      step(*log);
    } catch (const ConfigError& error) {
      good = false;
      report(s, message::kNoAuditLog, error.what());
    }
  }
  return good;
}

bool AuditLogs::check_all(const server_rec* s) const {
  return for_all(s, [](const AuditLog& log) { log.check_file(); });
}

void AuditLogs::open_all(apr_pool_t* pool, const server_rec* s) {
  const bool good = for_all(s, [pool](AuditLog& log) { log.open(pool); });
  // As httpd itself does a little later: a FIFO without a reader must not end the start.
  apr_signal(SIGPIPE, SIG_IGN);
  if (!good) throw ConfigError("CertMapAuditLog: not every audit log could be opened");
}

}  // namespace certmap
