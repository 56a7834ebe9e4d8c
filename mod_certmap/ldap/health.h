// Whether a directory answers: one word, shared by all processes that are forked later.
#pragma once

#include <atomic>
#include <cstdint>

namespace certmap {

class Health {
 public:
  Health();
  ~Health();
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;

  /// True for the one caller that changed it.
  bool set(bool up);
  bool is_up() const;

 private:
  std::atomic<std::uint32_t>* down_;
};

}  // namespace certmap
