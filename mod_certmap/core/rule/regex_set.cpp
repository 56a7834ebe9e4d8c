#include "core/rule/regex_set.h"

#include "core/rule/regex.h"

namespace certmap {
namespace {

RE2::Options set_options(std::int64_t memory) {
  auto options = regex_options();
  options.set_max_mem(memory);
  return options;
}

}  // namespace

RegexSet::RegexSet(std::int64_t memory) : set_(set_options(memory), RE2::ANCHOR_BOTH) {}

void RegexSet::add(const std::string& pattern, std::size_t rule) {
  set_.Add(pattern, nullptr);
  rules_.push_back(rule);
}

void RegexSet::compile() { is_compiled_ = set_.Compile(); }

bool RegexSet::match(const std::string& text, std::vector<int>& hits,
                     RE2::Set::ErrorInfo& error) const {
  return set_.Match(text, &hits, &error);
}

void RegexSet::add_hits(const std::string& text, std::vector<std::size_t>& found) const {
  std::vector<int> hits;
  RE2::Set::ErrorInfo error{};
  const bool is_known =
      is_compiled_ && (match(text, hits, error) || error.kind == RE2::Set::kNoError);
  if (!is_known) {
    found.insert(found.end(), rules_.begin(), rules_.end());
    return;
  }
  for (const int hit : hits) found.push_back(rules_[static_cast<std::size_t>(hit)]);
}

}  // namespace certmap
