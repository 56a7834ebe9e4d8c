// A short text in memory that processes share.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/text/visible.h"

namespace certmap {

/// FNV-1a: the same in every build of this module.
constexpr std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

/// Zeroed memory is an empty one. No locks: where two write at once, or a writer is killed while it
/// writes, the text is empty until it is written again.
template <std::size_t kSize>
class SharedText {
 public:
  /// Longer texts are cut.
  void set(std::string_view text) {
    const auto words = words_of(text);
    for (std::size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_relaxed);
    check_.store(check_of(words), std::memory_order_release);
  }

  std::string get() const {
    std::array<std::uint64_t, kWords> words{};
    const auto check = check_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_relaxed);
    if (check == 0 || check_of(words) != check) return {};
    const auto text = view(words);
    return std::string(text.substr(0, text.find('\0')));
  }

  /// What is_it() asks for, made once where many texts are asked.
  static std::uint64_t check_of(std::string_view text) { return check_of(words_of(text)); }
  /// True where set() was last given the text of this check, or one of the same hash.
  bool is_it(std::uint64_t check) const { return check_.load(std::memory_order_acquire) == check; }

 private:
  static constexpr std::size_t kWords = kSize / 8;
  static_assert(kSize % 8 == 0);
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  static std::array<std::uint64_t, kWords> words_of(std::string_view text) {
    std::array<std::uint64_t, kWords> words{};
    text = cut_text(text, kSize);
    std::memcpy(words.data(), text.data(), text.size());
    return words;
  }
  static std::string_view view(const std::array<std::uint64_t, kWords>& words) {
    return {reinterpret_cast<const char*>(words.data()), kSize};
  }
  static std::uint64_t check_of(const std::array<std::uint64_t, kWords>& words) {
    return stable_hash(view(words)) | 1;
  }

  std::atomic<std::uint64_t> check_;
  std::array<std::atomic<std::uint64_t>, kWords> words_;
};

}  // namespace certmap
