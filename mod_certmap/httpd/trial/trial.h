// CertMapTrial: what other rules would have decided, beside what was in force. Nothing else of a
// request changes (docs/directives.md).
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "httpd/base/apache.h"
#include "httpd/trial/question.h"

namespace certmap {

/// The one thread of a process that asks directories, so that no request waits. Made before a
/// fork, and used in children by any number of threads. It must be stopped before it
/// is destroyed.
class TrialThread : public std::enable_shared_from_this<TrialThread> {
 public:
  struct Waiting {
    TrialQuestion asked;
    KeptRequest request;
  };

  /// Starts the thread with the first question. False where too many wait, or it is over.
  bool ask(std::unique_ptr<Waiting> question);
  /// Counts what waits as skipped, and ends the thread, which does so with what it asks, or leaves
  /// it behind after two seconds.
  void stop();

 private:
  void serve();
  std::unique_ptr<Waiting> next();

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::unique_ptr<Waiting>> waiting_;
  std::thread thread_;
  bool is_asking_ = false;
  std::stop_source over_;
};

/// In child_init: makes the process's, which ends with the pool.
void start_trial_thread(Configuration& configuration, apr_pool_t* pchild);

/// Hook (log_transaction): tries rules on a client's request, when it is over.
int try_rules(request_rec* r);

}  // namespace certmap
