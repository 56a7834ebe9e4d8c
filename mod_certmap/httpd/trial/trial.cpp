#include "httpd/trial/trial.h"

#include <memory>
#include <utility>

#include "httpd/base/guarded.h"
#include "httpd/request/report.h"
#include "httpd/trial/notice.h"
#include "httpd/trial/thread.h"

namespace certmap {
namespace {

/// The directory is asked later: the next request of the connection must not wait for it.
void ask_later(request_rec* r, TrialQuestion asked) {
  auto& thread = *server_config(r->server).configuration->in_force.trials;
  auto question = std::make_unique<TrialThread::Waiting>(
      TrialThread::Waiting{asked, KeptRequest(describe(r, nullptr))});
  if (!thread.ask(std::move(question))) count_skipped(asked);
}

void try_on(request_rec* r) {
  const Question question{trial_of(r), r->server};
  const auto* mapper = mapper_of(question.use, r->server);
  auto* connection = connection_of(r->connection);
  auto client = client_of(r);
  if (!mapper || !connection || !client) return;
  TrialQuestion asked{question, mapper, *std::move(client), connection->trials(r), outcome_of(r)};
  auto tried = recall(asked);
  if (!tried && waiting_rule(asked)) return ask_later(r, std::move(asked));
  if (!tried) tried = try_now(asked);
  if (count_trial(asked, *tried)) report_trial(asked, *tried, describe(r, nullptr));
}

}  // namespace

/// Of a request and its internal redirects, the last one at a place with a trial is tried.
int try_rules(request_rec* r) {
  request_rec* tried = nullptr;
  for (auto* each = r; each && !is_error_document(each); each = each->next)
    if (trial_of(each)) tried = each;
  if (!tried) return DECLINED;
  return guarded(r->server, DECLINED, [&] {
    try_on(tried);
    return DECLINED;
  });
}

}  // namespace certmap
