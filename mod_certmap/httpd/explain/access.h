// What becomes of a decision at its place: Require, status, environment, audit event.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "httpd/request/request_state.h"
#include "httpd/tree/held_lines.h"

namespace certmap {

/// What httpd would make of one decision.
struct Access {
  enum class Require {
    Open,       ///< lets everyone in, without any account
    Granted,    ///< lets the mapped account in
    NeedsUser,  ///< there is no account, and it wants one
    Forbidden,  ///< lets nobody in, or not this account
    Unknown,    ///< it depends on the client's request
  };
  Require require = Require::Unknown;
  std::vector<const ap_directive_t*> lines;                      ///< of Require
  std::vector<const ap_directive_t*> unknown;                    ///< on which it depends
  std::vector<std::pair<std::string, std::string>> environment;  ///< of a mapped account
  struct Audit {
    std::string log;
    std::string event;  ///< JSON
  };
  std::optional<Audit> audit;  ///< empty: no event is written
};

/// Asks httpd's own hooks about a request whose `state` has its decision, and makes it that of the
/// account, where there is one.
Access ask_access(request_rec* r, RequestState& state, const HeldLines& lines);

}  // namespace certmap
