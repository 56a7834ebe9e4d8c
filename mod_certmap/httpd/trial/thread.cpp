#include "httpd/trial/thread.h"

#include <cstddef>
#include <system_error>
#include <utility>

#include "httpd/base/guarded.h"
#include "ldap/lookup/signals_blocked.h"

namespace certmap {
namespace {

constexpr std::size_t kMostWaiting = 1000;

/// An earlier question of the same connection may have brought the answer.
void settle(const TrialThread::Waiting& question) {
  const auto& asked = question.asked;
  auto tried = recall(asked);
  if (!tried) tried = try_now(asked);
  if (count_trial(asked, *tried)) report_trial(asked, *tried, question.request.event());
}

void settle_guarded(const TrialThread::Waiting& question) {
  auto* s = const_cast<server_rec*>(question.asked.question.server);
  guarded(s, OK, [&] {
    settle(question);
    return OK;
  });
}

}  // namespace

/// Signals are blocked, because prefork ends a child from a handler, which comes to stop().
bool TrialThread::ask(std::unique_ptr<Waiting> question) {
  const SignalsBlocked blocked;
  const std::lock_guard lock(mutex_);
  if (over_ || waiting_.size() >= kMostWaiting) return false;
  try {
    if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
  } catch (const std::system_error&) {
    return false;
  }
  waiting_.push_back(std::move(question));
  news_.notify_one();
  return true;
}

/// Null: it is over.
std::unique_ptr<TrialThread::Waiting> TrialThread::next() {
  std::unique_lock lock(mutex_);
  news_.wait(lock, [&] { return over_ || !waiting_.empty(); });
  if (over_) return nullptr;
  auto question = std::move(waiting_.front());
  waiting_.pop_front();
  return question;
}

void TrialThread::serve() {
  while (const auto question = next()) settle_guarded(*question);
}

void TrialThread::stop() {
  std::deque<std::unique_ptr<Waiting>> left;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    left.swap(waiting_);
  }
  news_.notify_one();
  if (thread_.joinable()) thread_.join();
  for (const auto& question : left) count_skipped(question->asked);
}

/// It is the configuration's: requests are still logged when the child's pool is gone.
void start_trial_thread(Configuration& configuration, apr_pool_t* pchild) {
  configuration.in_force.trials = std::make_shared<TrialThread>();
  apr_pool_cleanup_register(
      pchild, configuration.in_force.trials.get(),
      [](void* thread) noexcept -> apr_status_t {
        static_cast<TrialThread*>(thread)->stop();
        return APR_SUCCESS;
      },
      apr_pool_cleanup_null);
}

}  // namespace certmap
