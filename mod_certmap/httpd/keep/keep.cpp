#include "httpd/keep/keep.h"

#include <sys/stat.h>
#include <unistd.h>
#include <unixd.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "core/live/descriptor.h"
#include "core/text/calendar.h"
#include "httpd/base/guarded.h"
#include "httpd/base/messages.h"
#include "httpd/base/retained.h"
#include "httpd/request/request_state.h"
#include "httpd/trial/notice.h"

namespace certmap {
namespace {

constexpr std::int64_t kReportInterval = 60'000;  ///< milliseconds

KeptMemory& kept_memory() { return retained_memory<KeptMemory>(kKeptKey); }

/// Who tests as another user than root cannot know as whom the children will run.
bool is_stranger() {
  return geteuid() != 0 && ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST;
}

uid_t user_of_children() { return geteuid() == 0 ? ap_unixd_config.user_id : geteuid(); }

/// As messages and `install -o` call it.
std::string user_name() {
  const std::string name =
      geteuid() == 0 && ap_unixd_config.user_name ? ap_unixd_config.user_name : std::string();
  return name.empty() || name[0] == '#' ? std::to_string(user_of_children()) : name;
}

/// Empty: nothing. Mended by the command that makes the folder.
std::string what_is_wrong_with(const std::string& folder) {
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0)
    return errno == EACCES && is_stranger()
               ? ""
               : "is not there: " + std::system_category().message(errno);
  if (!S_ISDIR(status.st_mode)) return "is no folder";
  if (is_stranger()) return {};
  if (status.st_uid != user_of_children())
    return "belongs to user id " + std::to_string(status.st_uid) + ", not to " + user_name() +
           ", as whom httpd's children run";
  if (status.st_mode & (S_IWGRP | S_IWOTH))
    return "may be written to by others (" + octal(status.st_mode) + ")";
  return {};
}

/// With what to do about it; empty: there is nothing.
std::string complaint_about(const std::string& folder) {
  if (ap_unixd_config.chroot_dir)
    return std::string("is another folder for httpd's children, because of ChrootDir ") +
           ap_unixd_config.chroot_dir + "; take one of the two lines away";
  const auto wrong = what_is_wrong_with(folder);
  return wrong.empty() ? "" : wrong + "; run: install -d -o " + user_name() + " -m 0700 " + folder;
}

void report_failure(request_rec* r, const KeptCertificates& kept, const char* why) {
  if (is_time_again(kept_memory().last_report_ms, kReportInterval))
    report(r, message::kNotKept,
           "a certificate is not kept in " + kept.folder() + " (CertMapKeepCertificates): " + why);
}

/// The certificate about which a decision was made for the request, be it one of a trial only;
/// null: there is none.
std::shared_ptr<const Certificate> certificate_of(const request_rec* r) {
  for (const auto* each = r; each; each = each->next) {
    if (const auto* state = state_of(each); state && state->answer.certificate)
      return state->answer.certificate;
    if (const auto client = trial_of(each) ? client_of(each) : std::nullopt)
      return client->certificate;
  }
  return nullptr;
}

void keep(request_rec* r, KeptCertificates& kept) {
  const auto now = now_in_seconds();
  auto* connection = connection_of(r->connection);
  if (!connection || connection->was_kept_on(now / kSecondsPerDay)) return;
  const auto certificate = certificate_of(r);
  if (!certificate) return;
  try {
    if (kept.keep(*certificate, now)) connection->set_kept(now / kSecondsPerDay);
  } catch (const std::exception& error) {
    report_failure(r, kept, error.what());
  }
}

}  // namespace

bool check_keep(const Configuration& configuration, server_rec* main_server) {
  const auto& line = configuration.lines.keep;
  const auto complaint = line ? complaint_about(line->folder) : std::string();
  if (complaint.empty()) return true;
  report(main_server, message::kBadKeepFolder,
         line->place.text() + ": CertMapKeepCertificates " + line->folder + " " + complaint);
  return is_restart();
}

void start_keep(Configuration& configuration, const server_rec* main_server) {
  const auto& line = configuration.lines.keep;
  if (!line) return;
  auto& kept = configuration.in_force.kept;
  kept = std::make_unique<KeptCertificates>(line->folder, kept_memory());
  try {
    kept->count(now_in_seconds());
  } catch (const std::exception& error) {
    report(main_server, message::kBadKeepFolder,
           line->place.text() + ": CertMapKeepCertificates: " + error.what());
  }
}

int keep_certificate(request_rec* r) {
  auto* kept = server_config(r->server).configuration->in_force.kept.get();
  if (!kept) return DECLINED;
  return guarded(r, [&] {
    keep(r, *kept);
    return DECLINED;
  });
}

}  // namespace certmap
