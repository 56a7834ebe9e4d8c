// Many regular expressions that are matched at once, to leave out the rules that cannot apply.
#pragma once

#include <re2/set.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace certmap {

/// Filled by one thread; after compile() any number of them may ask it.
class RegexSet {
 public:
  /// `memory`: bytes that RE2 may use.
  explicit RegexSet(std::int64_t memory);
  virtual ~RegexSet() = default;

  void add(const std::string& pattern, std::size_t rule);
  /// After the last add(), before the first add_hits().
  void compile();
  /// Appends the rules whose regex matches; all of them where RE2 has no memory to tell which.
  void add_hits(const std::string& text, std::vector<std::size_t>& found) const;

 private:
  virtual bool match(const std::string& text, std::vector<int>& hits,
                     RE2::Set::ErrorInfo& error) const;

  RE2::Set set_;
  std::vector<std::size_t> rules_;  ///< by the regex's number in the set
  bool is_compiled_ = false;
};

}  // namespace certmap
