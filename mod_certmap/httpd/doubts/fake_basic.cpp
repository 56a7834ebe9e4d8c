#include <cstring>
#include <optional>

#include "httpd/base/messages.h"
#include "httpd/doubts/doubts.h"
#include "httpd/tree/lines.h"

namespace certmap {
namespace {

/// What one line of SSLOptions says of FakeBasicAuth: a list without signs replaces all options.
std::optional<bool> fake_basic_of(const char* options) {
  const auto* found = ap_strcasestr(options, "FakeBasicAuth");
  const char sign = found && found > options ? found[-1] : ' ';
  if (sign == '+' || sign == '-') return found ? std::optional(sign == '+') : std::nullopt;
  if (found) return true;
  return std::strpbrk(options, "+-") ? std::nullopt : std::optional(false);
}

std::optional<bool> fake_basic_in(const ap_directive_t* first) {
  std::optional<bool> on;
  for (const auto* line = first; line; line = line->next)
    if (is_named(line, "SSLOptions") && line->args)
      if (const auto said = fake_basic_of(line->args)) on = said;
  return on;
}

bool check_line(const ap_directive_t* required, server_rec* main_server) {
  std::optional<bool> on;
  for (const auto* level = required; level && !on; level = level->parent)
    on = fake_basic_in(first_beside(level));
  if (!on.value_or(false)) return true;
  report(main_server, message::kFakeBasicAuth,
         place_of(required).text() +
             ": CertMapControl required cannot be used with SSLOptions +FakeBasicAuth, which "
             "answers the password with the certificate; write SSLOptions -FakeBasicAuth");
  return false;
}

}  // namespace

bool check_fake_basic(const Configuration& configuration, server_rec* main_server) {
  bool good = true;
  for (const auto* required : configuration.lines.required)
    good &= check_line(required, main_server);
  return good;
}

}  // namespace certmap
