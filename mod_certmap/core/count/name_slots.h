// Numbers for names, in memory that processes share.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/count/shared_text.h"
#include "core/text/visible.h"

namespace certmap {

/// Number 0, "(others)", is for all that found no room. A name keeps its number for good. Zeroed
/// memory has no names.
template <std::size_t kSlots>
class NameSlots {
 public:
  struct Name {
    std::string scope;
    std::string name;
  };

  /// The number of what `identity` is, made where it is new: then it gets these names, and where
  /// another has them, " (2)" behind the second. One process only may call this.
  std::uint32_t find_or_add(std::string_view identity, std::string_view scope,
                            std::string_view name) {
    const auto hash = stable_hash(identity);
    const auto count = last();
    for (std::uint32_t i = 1; i <= count; ++i)
      if (entries_[i].hash == hash) return i;
    if (count + 1 >= kSlots) return 0;
    auto& entry = entries_[count + 1];
    entry.hash = hash;
    entry.scope.set(scope);
    entry.name.set(unique(entry.scope.get(), name));
    used_.store(count + 1, std::memory_order_release);
    return count + 1;
  }

  /// The names have the numbers 1 to this one. Every process can write here: what is read has
  /// bounds.
  std::uint32_t last() const {
    const auto used = used_.load(std::memory_order_acquire);
    return used < kSlots ? used : kSlots - 1;
  }
  Name name(std::uint32_t slot) const {
    if (slot == 0) return {"", "(others)"};
    return {entries_[slot].scope.get(), entries_[slot].name.get()};
  }

 private:
  static constexpr std::size_t kLongest = 256;
  static constexpr std::size_t kLongestSuffix = 8;
  using Text = SharedText<kLongest>;
  struct Entry {
    std::uint64_t hash;
    Text scope, name;
  };

  bool is_taken(const std::string& scope, const std::string& name) const {
    const auto scope_check = Text::check_of(scope), name_check = Text::check_of(name);
    for (std::uint32_t i = 1; i <= last(); ++i)
      if (entries_[i].name.is_it(name_check) && entries_[i].scope.is_it(scope_check)) return true;
    return false;
  }
  std::string unique(const std::string& scope, std::string_view name) const {
    const std::string cut(cut_text(name, kLongest - kLongestSuffix));
    std::string tried = cut;
    for (int number = 2; is_taken(scope, tried); ++number)
      tried = cut + " (" + std::to_string(number) + ")";
    return tried;
  }

  std::atomic<std::uint32_t> used_;
  std::array<Entry, kSlots> entries_;
};

}  // namespace certmap
