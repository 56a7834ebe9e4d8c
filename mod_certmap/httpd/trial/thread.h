// The one thread of a process that asks directories for CertMapTrial, so that no request waits.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "httpd/trial/question.h"

namespace certmap {

/// Made before a fork, and used in children by any number of threads. It must be stopped before it
/// is destroyed.
class TrialThread {
 public:
  struct Waiting {
    TrialQuestion asked;
    KeptRequest request;
  };

  /// Starts the thread with the first question. False where too many wait, or it is over.
  bool ask(std::unique_ptr<Waiting> question);
  /// Waits for the question that is being asked, and counts the others as skipped.
  void stop();

 private:
  void serve();
  std::unique_ptr<Waiting> next();

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::unique_ptr<Waiting>> waiting_;
  std::thread thread_;
  bool over_ = false;
};

/// In child_init: makes the process's, which ends with the pool.
void start_trial_thread(Configuration& configuration, apr_pool_t* pchild);

}  // namespace certmap
