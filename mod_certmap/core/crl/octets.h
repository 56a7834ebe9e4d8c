// Numbers and texts as octets, and back: what lies in memory beside entries.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace certmap {

[[noreturn]] inline void refuse_damaged() { throw std::runtime_error("a CRL image is damaged"); }

inline void put(std::string& octets, std::string_view text) {
  const std::uint64_t size = text.size();
  octets.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
}

inline void put(std::string& octets, std::int64_t number) {
  octets.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Everything throws std::runtime_error where the octets end too early.
class Unpacker {
 public:
  explicit Unpacker(std::string_view octets) : rest_(octets) {}

  std::int64_t number() {
    std::int64_t number = 0;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
  }
  std::string_view view() { return take(static_cast<std::uint64_t>(number())); }
  std::string text() { return std::string(view()); }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) refuse_damaged();
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

}  // namespace certmap
