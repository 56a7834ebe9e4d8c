#include "ldap/lookup/store_workers.h"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "ldap/lookup/signals_blocked.h"

namespace certmap {
namespace {

constexpr std::size_t kMostThreads = 4;
constexpr std::size_t kMostWaiting = 256;

struct Job {
  StoreWorkers::Work work;
  bool started = false;
  bool done = false;
  StoreAnswer answer;
  std::condition_variable ready;
};

StoreAnswer answer_of(const StoreWorkers::Work& work, Store& store) {
  try {
    return work(store);
  } catch (const std::exception& error) {
    return {.failed = error.what()};
  }
}

}  // namespace

struct StoreWorkers::State {
  struct Worker {
    std::thread thread;
    bool working = false;
  };

  explicit State(std::shared_ptr<Store> used) : store(std::move(used)) {}

  void serve(Worker& worker);
  bool add_thread(const std::shared_ptr<State>& self);
  bool all_work() const {
    return std::ranges::all_of(workers, [](const auto& worker) { return worker->working; });
  }

  const std::shared_ptr<Store> store;
  std::mutex mutex;
  std::condition_variable news;  ///< a job came, a worker rests, or it is over
  std::deque<std::shared_ptr<Job>> waiting;
  std::vector<std::unique_ptr<Worker>> workers;
  bool over = false;
};

void StoreWorkers::State::serve(Worker& worker) {
  std::unique_lock lock(mutex);
  while (true) {
    news.wait(lock, [&] { return over || !waiting.empty(); });
    if (over) return;
    const auto job = waiting.front();
    waiting.pop_front();
    job->started = worker.working = true;
    lock.unlock();
    auto answer = answer_of(job->work, *store);
    lock.lock();
    job->answer = std::move(answer);
    job->done = true;
    worker.working = false;
    job->ready.notify_all();
    if (over) news.notify_all();
  }
}

bool StoreWorkers::State::add_thread(const std::shared_ptr<State>& self) {
  if (workers.size() >= kMostThreads) return !workers.empty();
  const SignalsBlocked blocked;
  auto worker = std::make_unique<Worker>();
  try {
    worker->thread = std::thread([self, w = worker.get()] { self->serve(*w); });
  } catch (const std::system_error&) {
    return !workers.empty();
  }
  workers.push_back(std::move(worker));
  return true;
}

StoreWorkers::StoreWorkers(std::shared_ptr<Store> store)
    : state_(std::make_shared<State>(std::move(store))) {}

StoreWorkers::Result StoreWorkers::run(Work work, std::chrono::milliseconds patience) {
  auto job = std::make_shared<Job>();
  job->work = std::move(work);
  std::unique_lock lock(state_->mutex);
  if (state_->over || state_->waiting.size() >= kMostWaiting) return {};
  if (state_->all_work() && !state_->add_thread(state_)) return {};
  state_->waiting.push_back(job);
  state_->news.notify_one();
  if (job->ready.wait_for(lock, patience, [&] { return job->done; }))
    return {Call::Answered, std::move(job->answer)};
  if (job->started) return {Call::Late, {}};
  std::erase(state_->waiting, job);
  return {};
}

void StoreWorkers::stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(state_->mutex);
  state_->over = true;
  state_->news.notify_all();
  state_->news.wait_for(lock, patience, [&] {
    return std::ranges::none_of(state_->workers, [](const auto& w) { return w->working; });
  });
  std::vector<std::thread> resting;
  for (auto& worker : state_->workers) {
    if (worker->working && worker->thread.joinable())
      worker->thread.detach();
    else if (worker->thread.joinable())
      resting.push_back(std::move(worker->thread));
  }
  lock.unlock();
  for (auto& thread : resting) thread.join();
}

}  // namespace certmap
