// What becomes of a decision at its place: Require, status, environment, audit event.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "httpd/request/request_state.h"
#include "httpd/tree/held_lines.h"

namespace certmap {

struct Access {
  enum class Require {
    Open,       ///< lets everyone in, without any account
    Granted,    ///< lets the mapped account in
    NeedsUser,  ///< there is no account, and it wants one
    Forbidden,  ///< lets nobody in, or not this account
    Unknown,    ///< it depends on the client's request
  };
  Require require = Require::Unknown;
  nlohmann::ordered_json json;         ///< of require
  nlohmann::ordered_json environment;  ///< empty where there is no account
  nlohmann::ordered_json audit;        ///< null: no event is written
};

/// `state` has its decision. Makes the request that of the account, where there is one.
Access ask_access(request_rec* r, RequestState& state, const HeldLines& lines);

}  // namespace certmap
