// What certmapctl replay and the module say to each other: `httpd -t -D CERTMAP_REPLAY=1` reads
// questions from standard input, a line of JSON each, and answers each pair of certificate and
// place by a line of standard output, a marker and JSON, whatever else is printed. A last line says
// that these were all.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/explain/protocol.h"

namespace certmap {

/// The text that stands behind -D.
inline constexpr std::string_view kReplayDefine = "CERTMAP_REPLAY=1";

struct ReplayCertificate {
  std::string der;
  std::vector<std::size_t> places;  ///< which stand before it
};

/// Places and certificates are each counted from 0, in their order.
using ReplayLine = std::variant<AskedPlace, ReplayCertificate>;

/// One question, without the end of its line.
std::string replay_line(const ReplayLine& question);
/// Throws ConfigError.
ReplayLine read_replay_line(std::string_view text);

struct ReplayAnswer {
  std::size_t certificate = 0, place = 0;
  int exit = explain_exit::kCannotTell;
  bool let_in = false;  ///< not where `exit` says that it cannot be told
  std::string account;  ///< empty: none
  std::string reason;   ///< a word of docs/audit.md, or what else refuses
  std::string why;      ///< it cannot be told
  /// CertMapControl; empty: AuthType ClientCert.
  std::string control;
  bool depends = false;  ///< Require lines depend on the client's request
  /// mod_ssl has not all CAs above the certificate: the answer supposes that the client sends those
  /// that are known.
  bool needs_cas = false;

  bool operator==(const ReplayAnswer&) const = default;
};

std::string replay_answer_line(const ReplayAnswer& answer);
/// The last line.
std::string replay_end_line();

/// All answers among httpd's `output`; empty: the last line is missing.
std::optional<std::vector<ReplayAnswer>> replay_answers_in(std::string_view output);

/// What else httpd said, without empty lines.
std::string without_replay_answers(std::string_view output);

}  // namespace certmap
