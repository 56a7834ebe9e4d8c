// What goes wrong with a directory, and when.
#pragma once

#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace certmap {

/// When nobody waits any more: at a moment, or earlier where it is stopped.
struct Deadline {
  Deadline(std::chrono::steady_clock::time_point moment, std::stop_token stopped = {})
      : at(moment), stop(std::move(stopped)) {}

  std::chrono::steady_clock::time_point at;
  std::stop_token stop;
};

/// What is left; zero where it passed.
std::chrono::milliseconds time_left(const Deadline& deadline);
/// For how long to sleep until time_left() is asked again: nothing wakes who sleeps when a deadline
/// is stopped.
std::chrono::milliseconds one_sleep(const Deadline& deadline);

/// The directory did not answer as it should. Thrown inside ldap/ only; Directory turns it into an
/// answer. what() is the rest of a sentence that begins with the server.
class LdapFailure : public std::runtime_error {
 public:
  enum class Kind {
    Connection,  ///< cannot be used any more, or was never made
    Timeout,     ///< the same, because the deadline passed
    Server,      ///< the server refuses or cannot serve, whatever is asked
    Elsewhere,   ///< the server answered, and does not serve this search; another one may
    Question,    ///< the server answered, and refuses this search
  };
  LdapFailure(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

/// Which kind of failure an LDAP result code is (RFC 4511, appendix A).
LdapFailure::Kind kind_of(int result_code);

/// A server's text, fit for a log: clean, and cut where it is long.
std::string for_log(std::string_view text);

}  // namespace certmap
