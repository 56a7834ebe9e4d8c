#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/calendar.h"
#include "core/text/joined.h"
#include "core/text/visible.h"
#include "tool/commands.h"
#include "tool/expiring/read.h"
#include "tool/input_file.h"
#include "tool/notify/due.h"
#include "tool/notify/mail_message.h"
#include "tool/notify/sendmail.h"

namespace certmap {
namespace {

constexpr const char* kUsualThresholds = "30,14,7,1";
constexpr const char* kUsualProgram = "/usr/sbin/sendmail";
constexpr const char* kUsualFolder = "/var/lib/certmapctl";
constexpr std::string_view kUsualMail =
    "Subject: Your certificate ends in {days} days\n"
    "\n"
    "Hello,\n"
    "\n"
    "the certificate with which you sign in as {account} ends on\n"
    "{notafter} (days left: {days}).\n"
    "Please get a new one before then. Afterwards you are not let in any more.\n"
    "\n"
    "The certificate is that of:\n"
    "{subject}\n";

FilledText::Values values_of(const Notice& notice) {
  return {{"account", visible(joined(notice.certificate.accounts))},
          {"days", std::to_string(notice.days)},
          {"notafter", local_text(notice.certificate.seen.not_after)},
          {"subject", visible(notice.certificate.seen.subject)}};
}

std::vector<int> thresholds_of(const Arguments& arguments) {
  const auto list = arguments.value("days", kUsualThresholds);
  std::vector<int> thresholds;
  for (const auto days : split(list, ',')) thresholds.push_back(read_days(std::string(days)));
  std::ranges::sort(thresholds);
  return thresholds;
}

/// Of an option that must be one; `otherwise` is taken where it is not given.
std::string mailbox_of(const Arguments& arguments, const char* option,
                       const std::string& otherwise) {
  auto mailbox = arguments.value(option, otherwise);
  if (mailbox.empty() && !arguments.has(option))
    throw ToolError(std::string("say with --") + option + " whom the mails come from");
  if (!is_plain_mailbox(mailbox))
    throw ToolError(std::string("--") + option + " " + mailbox +
                    " is no plain address; write one as pki@example.com");
  return mailbox;
}

MailTemplate template_of(const Arguments& arguments) {
  const FilledText::Values names = {
      {"account", ""}, {"days", ""}, {"notafter", ""}, {"subject", ""}};
  if (!arguments.has("template")) return read_mail_template(kUsualMail, names, "");
  const auto path = arguments.value("template");
  return read_mail_template(read_input(path), names, path);
}

std::string state_path(const Arguments& arguments) {
  const char* folder = std::getenv("STATE_DIRECTORY");  // systemd.exec(5)
  return arguments.value("state", std::string(folder ? folder : kUsualFolder) + "/notify");
}

/// Some accounts are addresses themselves.
FilledText address_of(const std::string& option) {
  FilledText to(option, {{"account", ""}}, "--to");
  const auto plain = [&](const char* account) {
    return is_plain_mailbox(to.fill({{"account", account}}));
  };
  if (!plain("a") && !plain("a@example.com"))
    throw ToolError("--to " + option +
                    " gives nobody a plain address; write one as {account}@example.com");
  return to;
}

NotifyPlan plan_of(const Arguments& arguments) {
  NotifyPlan plan{now_in_seconds(), thresholds_of(arguments), {}};
  if (arguments.has("to")) plan.to = address_of(arguments.value("to"));
  return plan;
}

/// What one run sends, and what became of it.
class Run {
 public:
  Run(const Arguments& arguments, std::int64_t now)
      : dry_(arguments.has("dry-run")),
        now_(now),
        from_(mailbox_of(arguments, "from", "")),
        admin_(mailbox_of(arguments, "admin", from_)),
        template_(template_of(arguments)),
        state_(state_path(arguments), dry_ ? NotifyState::Use::Look : NotifyState::Use::Keep) {
    if (!dry_) sendmail_.emplace(arguments.value("sendmail", kUsualProgram), from_);
  }

  const NotifyState& state() const { return state_; }

  void mail(const Notice& notice) {
    const auto values = values_of(notice);
    const Mail mail{from_, notice.address, visible(template_.subject.fill(values)),
                    template_.body.fill(values), id_of(notice)};
    reserve(1);
    if (send(mail, values.at("account") + ", days left: " + values.at("days"))) note(notice);
  }

  /// One mail about all that have no address.
  void digest(const std::vector<Notice>& notices) {
    if (notices.empty()) return;
    Mail mail{from_, admin_, "Certificates that end soon, whose holders got no mail", "",
              "digest." + id_of(notices[0])};
    mail.body = "Nobody was told of these certificates, which end soon:\n";
    for (const auto& notice : notices) {
      const auto values = values_of(notice);
      mail.body += "\n" + values.at("account") + "\n  ends " + values.at("notafter") +
                   " (days left: " + values.at("days") + ")\n  " + values.at("subject") +
                   "\n  no mail, because " + notice.why_none + "\n";
      if (dry_) std::cout << "no mail: " << values.at("account") << ": " << notice.why_none << "\n";
    }
    reserve(notices.size());
    if (!send(mail, "the digest")) return;
    for (const auto& notice : notices) note(notice);
  }

  int status() const { return failed_ ? kNo : kYes; }

 private:
  std::string id_of(const Notice& notice) const {
    return std::string(notice.certificate.sha256.substr(0, 32)) + "." +
           std::to_string(notice.threshold) + "." + std::to_string(now_);
  }

  bool send(const Mail& mail, const std::string& about) {
    std::optional<std::string> why_not;
    if (!dry_) why_not = sendmail_->send(mail.to, mail_message(mail, now_));
    if (!why_not)
      std::cout << (dry_ ? "would send to " : "sent to ") << mail.to << ": " << about << std::endl;
    else
      std::cerr << "certmapctl: " << mail.to << ": " << *why_not << "; the next run tries again\n";
    failed_ = failed_ || why_not;
    return !why_not;
  }

  void reserve(std::size_t mails) {
    if (!dry_) state_.reserve(mails);
  }

  void note(const Notice& notice) {
    if (!dry_) state_.add(std::string(notice.certificate.sha256), notice.threshold);
  }

  bool dry_, failed_ = false;
  std::int64_t now_;
  std::string from_, admin_;
  MailTemplate template_;
  NotifyState state_;
  std::optional<Sendmail> sendmail_;
};

int run(const Arguments& arguments) {
  const auto plan = plan_of(arguments);
  Run run(arguments, plan.now);
  Sightings sightings(plan.now + plan.horizon_days() * kSecondsPerDay);
  read_logs(arguments.operands, sightings);
  std::vector<Notice> without_address;
  for (auto& notice : due_notices(sightings, plan, run.state()))
    if (notice.why_none.empty())
      run.mail(notice);
    else
      without_address.push_back(std::move(notice));
  run.digest(without_address);
  return run.status();
}

}  // namespace

Command notify_command() {
  return {
      .name = "notify",
      .operands = "AUDITLOG...",
      .least = 1,
      .most = kAny,
      .summary = "mails the holders of certificates that expire soon",
      .options = {{"from", "ADDRESS", "whom the mails come from; bounces go there, too"},
                  {"to", "TEMPLATE",
                   "whom they go to, as {account}@example.com (the certificate's address)"},
                  {"admin", "ADDRESS", "who hears of certificates without an address (as --from)"},
                  {"days", "N,N,...", "days before the end when a mail is sent (30,14,7,1)"},
                  {"template", "FILE", "\"Subject: ...\", an empty line, the text"},
                  {"sendmail", "PATH", "the program that sends (/usr/sbin/sendmail)"},
                  {"state", "FILE", "which mails were sent (/var/lib/certmapctl/notify)"},
                  {"dry-run", "", "only says what would be sent"}},
      .run = run,
      .more =
          "Mails about what \"certmapctl expiring\" lists, less what has ended or was refused\n"
          "last: one mail for each certificate and number of days. Exit status: 0 all mails\n"
          "were sent, 1 some were not and the next run tries again, 2 it could not be done."};
}

}  // namespace certmap
