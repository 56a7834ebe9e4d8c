// Whether a directory answers: one word, shared by all processes that are forked later.
#pragma once

#include <chrono>

#include "core/count/counters.h"

namespace certmap {

/// Safe for any number of threads and processes: it takes no lock.
class Health {
 public:
  Health();
  ~Health();
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;

  /// From now on the word is kept here, as it was left. Before any process is forked.
  void keep_in(HealthWord& word);

  /// True for the one caller that changed it. It goes down once in kRest only: where some lookups
  /// fail and others do not, that is not told for each of them.
  bool set(bool up, std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());
  bool is_up() const;
  static constexpr std::chrono::seconds kRest{10};

  /// True for one caller in kRest while it is down: whose turn it is to look whether it still is.
  bool is_turn(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());

 private:
  HealthWord* own_;
  HealthWord* word_;
};

}  // namespace certmap
