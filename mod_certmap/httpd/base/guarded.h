// The one barrier between httpd's C and our C++: no exception leaves a hook.
#pragma once

#include <exception>

#include "httpd/base/apache.h"

namespace certmap {

/// Logs an exception of a hook: for the request where there is one, else for the server.
void log_exception(const request_rec* r, const server_rec* s, const char* what) noexcept;

/// Runs a hook of a request; an exception is logged and answers 500. A function of its own, which
/// gets what a hook captures by value, so that a hook that has nothing to do is a short one.
template <typename Hook>
[[gnu::noinline]] int guarded(request_rec* r, Hook hook) noexcept {
  try {
    return hook();
  } catch (const std::exception& error) {
    log_exception(r, nullptr, error.what());
  } catch (...) {
    log_exception(r, nullptr, "unknown exception");
  }
  return HTTP_INTERNAL_SERVER_ERROR;
}

/// The same for hooks that belong to no request; `failed` is the answer after an exception.
template <typename Hook, typename Result>
Result guarded(const server_rec* s, Result failed, Hook hook) noexcept {
  try {
    return hook();
  } catch (const std::exception& error) {
    log_exception(nullptr, s, error.what());
  } catch (...) {
    log_exception(nullptr, s, "unknown exception");
  }
  return failed;
}

/// The same for work that answers nothing.
template <typename Work>
void guarded(const server_rec* s, const Work& work) noexcept {
  guarded(s, OK, [&] {
    work();
    return OK;
  });
}

/// Runs a directive; what it throws becomes httpd's error text with file and line.
template <typename Directive>
const char* guarded_directive(cmd_parms* cmd, Directive directive) noexcept {
  try {
    directive();
    return nullptr;
  } catch (const std::exception& error) {
    return apr_pstrdup(cmd->pool, error.what());
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace certmap
