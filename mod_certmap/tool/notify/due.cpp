#include "tool/notify/due.h"

#include <algorithm>
#include <utility>

#include "core/text/calendar.h"
#include "tool/notify/mail_message.h"

namespace certmap {
namespace {

void address_to_account(Notice& notice, const FilledText& to) {
  if (notice.certificate.accounts.size() > 1) {
    notice.why_none = "it has several accounts";
    return;
  }
  notice.address = to.fill({{"account", std::string(notice.certificate.accounts[0])}});
  if (!is_plain_mailbox(notice.address)) notice.why_none = "--to gives no plain address for it";
}

void address_to_email(Notice& notice) {
  const auto& seen = notice.certificate.seen;
  notice.address = seen.email;
  if (seen.email.empty())
    notice.why_none = seen.told == Told::All ? "the certificate has no e-mail address"
                                             : "the audit log has only some of its names";
  else if (!is_plain_mailbox(seen.email))
    notice.why_none = "its e-mail address is no plain one";
}

}  // namespace

std::vector<Notice> due_notices(const Sightings& sightings, const NotifyPlan& plan,
                                const NotifyState& state) {
  std::vector<Notice> notices;
  auto list = expiring_certificates(sightings, plan.now, plan.horizon_days());
  for (auto& each : list.certificates) {
    const auto days = days_between(plan.now, each.seen.not_after);
    if (days < 0 || each.accounts.empty() || sightings.was_last_refused(each.sha256)) continue;
    const auto threshold = std::ranges::lower_bound(plan.thresholds, days);
    if (threshold == plan.thresholds.end() || state.has(std::string(each.sha256), *threshold))
      continue;
    Notice notice{std::move(each), static_cast<int>(days), *threshold, {}, {}};
    if (plan.to)
      address_to_account(notice, *plan.to);
    else
      address_to_email(notice);
    notices.push_back(std::move(notice));
  }
  return notices;
}

}  // namespace certmap
