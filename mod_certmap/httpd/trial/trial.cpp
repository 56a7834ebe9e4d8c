#include "httpd/trial/trial.h"

#include <chrono>
#include <cstddef>
#include <system_error>
#include <utility>

#include "httpd/base/guarded.h"
#include "httpd/base/pool.h"
#include "httpd/request/report.h"
#include "httpd/trial/notice.h"
#include "ldap/lookup/signals_blocked.h"

namespace certmap {
namespace {

constexpr std::size_t kMostWaiting = 1000;
/// As end_tasks_with() has it (httpd/start/watchdog.h), for the same reason.
constexpr std::chrono::seconds kPatience{2};

/// An earlier question of the same connection may have brought the answer.
void settle(const TrialThread::Waiting& question, const std::stop_token& over) {
  const auto& asked = question.asked;
  auto tried = recall(asked);
  if (!tried) tried = try_now(asked, over);
  if (over.stop_requested()) return count_skipped(asked);
  if (count_trial(asked, *tried)) report_trial(asked, *tried, question.request.event());
}

/// The directory is asked later: the next request of the connection must not wait for it.
void ask_later(request_rec* r, TrialQuestion asked) {
  auto& thread = *server_config(r->server).configuration->in_force.trials;
  auto question = std::make_unique<TrialThread::Waiting>(
      TrialThread::Waiting{asked, KeptRequest(describe(r, nullptr))});
  if (!thread.ask(std::move(question))) count_skipped(asked);
}

/// What a client gets before it sends a password (RFC 9110 sections 11.6 and 11.7), or is sent to a
/// page where it logs in: nothing is in force yet.
bool is_asked_to_log_in(const request_rec* r, const RequestOutcome& outcome) {
  if (!outcome.is_kept_out) return false;
  const auto sends = [&](const char* header) { return apr_table_get(r->headers_in, header); };
  if (r->status == HTTP_UNAUTHORIZED) return !sends("Authorization");
  if (r->status == HTTP_PROXY_AUTHENTICATION_REQUIRED) return !sends("Proxy-Authorization");
  const auto* state = state_of(r);
  return ap_is_HTTP_REDIRECT(r->status) && outcome.account.empty() && !(state && state->refused);
}

void try_on(request_rec* r) {
  const Question question{trial_of(r), r->server};
  const auto* mapper = mapper_of(question.use, r->server);
  auto* connection = connection_of(r->connection);
  auto client = client_of(r);
  auto outcome = outcome_of(r);
  if (!mapper || !connection || !client || is_asked_to_log_in(r, outcome)) return;
  TrialQuestion asked{question, mapper, *std::move(client), connection->trials(r),
                      std::move(outcome)};
  auto tried = recall(asked);
  if (!tried && waiting_rule(asked)) return ask_later(r, std::move(asked));
  if (!tried) tried = try_now(asked);
  if (count_trial(asked, *tried)) report_trial(asked, *tried, describe(r, nullptr));
}

}  // namespace

/// Signals are blocked, because prefork ends a child from a handler, which comes to stop().
bool TrialThread::ask(std::unique_ptr<Waiting> question) {
  const SignalsBlocked blocked;
  const std::lock_guard lock(mutex_);
  if (over_.stop_requested() || waiting_.size() >= kMostWaiting) return false;
  try {
    if (!thread_.joinable()) thread_ = std::thread([self = shared_from_this()] { self->serve(); });
  } catch (const std::system_error&) {
    return false;
  }
  waiting_.push_back(std::move(question));
  news_.notify_all();
  return true;
}

/// Null: it is over.
std::unique_ptr<TrialThread::Waiting> TrialThread::next() {
  std::unique_lock lock(mutex_);
  is_asking_ = false;
  news_.notify_all();
  news_.wait(lock, [&] { return over_.stop_requested() || !waiting_.empty(); });
  if (over_.stop_requested()) return nullptr;
  auto question = std::move(waiting_.front());
  waiting_.pop_front();
  is_asking_ = true;
  return question;
}

void TrialThread::serve() {
  while (const auto question = next())
    guarded(question->asked.question.server, [&] { settle(*question, over_.get_token()); });
}

/// A thread that is left behind waits for a name server, which nothing can keep it from: its object
/// is its own as well, and httpd ends the process now.
void TrialThread::stop() {
  std::unique_lock lock(mutex_);
  over_.request_stop();
  for (const auto& question : std::exchange(waiting_, {})) count_skipped(question->asked);
  news_.notify_all();
  const bool rests = news_.wait_for(lock, kPatience, [&] { return !is_asking_; });
  lock.unlock();
  if (!thread_.joinable()) return;
  if (rests)
    thread_.join();
  else
    thread_.detach();
}

/// It is the configuration's: requests are still logged when the child's pool is gone.
void start_trial_thread(Configuration& configuration, apr_pool_t* pchild) {
  configuration.in_force.trials = std::make_shared<TrialThread>();
  at_end_of(pchild, configuration.in_force.trials.get(),
            [](TrialThread& thread) { thread.stop(); });
}

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
