// The certificates that are kept, as questions for httpd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tool/replay/compare.h"

namespace certmap {

/// What the folder has of the events' certificates, and what was asked about them.
class Questions {
 public:
  /// Reads the certificates, and writes the questions about those that have not ended by `now`.
  /// Throws ToolError.
  Questions(const LastEvents& events, const std::string& folder, std::int64_t now);

  /// By the number of the certificate; empty: it is not kept.
  const std::vector<std::optional<KeptCertificate>>& kept() const { return kept_; }

  /// Asks httpd, unless there is nothing to ask. Throws ToolError.
  std::map<LastEvents::Pair, ReplayAnswer> ask(const std::string& command) const;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void write(const ReplayLine& line);

  std::unique_ptr<std::FILE, Close> file_;  ///< it has no name
  std::vector<std::optional<KeptCertificate>> kept_;
  std::vector<std::size_t> asked_;  ///< the numbers of certificates, in the order of the questions
};

}  // namespace certmap
