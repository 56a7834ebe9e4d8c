#include "tool/replay/compare.h"

#include <array>
#include <string_view>

namespace certmap {
namespace {

/// Who was refused by Require, or by another module.
constexpr std::string_view kMapped = "mapped", kRequire = "require", kHandshake = "handshake";

std::string text_of(const LastEvent& was) {
  if (was.let_in) return was.account;
  return was.reason == kMapped ? std::string(kRequire) : was.reason;
}

std::string text_of(const ReplayAnswer& now) {
  if (now.let_in) return now.account.empty() ? "(everyone is let in)" : now.account;
  const bool asks = now.control == "sufficient" && now.reason == "no_rule_matched";
  return now.reason + (asks ? " (the AuthType asks)" : "");
}

/// Whether mod_ssl accepted the certificate, by what came of the request.
bool is_verified(std::string_view reason) {
  return reason != kHandshake && reason != "certificate_not_verified";
}

/// Empty: what was and what would be can be compared.
std::string why_not(const LastEvent& was, const ReplayAnswer& now) {
  if (was.is_cut) return "cannot tell: the audit log has not the whole path";
  if (now.exit == explain_exit::kCannotTell) return now.why;
  if (now.needs_cas && is_verified(was.reason) != is_verified(now.reason))
    return "cannot tell: mod_ssl accepts it only with CAs that the client sends along";
  if (!was.let_in && was.reason == kMapped && now.let_in && now.depends)
    return "cannot tell: Require refused the account, and depends on the request";
  return {};
}

/// A wrong password is no matter of the certificate.
bool was_wrong_password(const LastEvent& was, const ReplayAnswer& now) {
  return !was.let_in && was.reason == "account_mismatch" && now.control == "required";
}

Change change_of(const LastEvent& was, const ReplayAnswer& now) {
  if (now.reason == "backend_unavailable") return Change::Directory;
  if (was_wrong_password(was, now) || (!was.let_in && !now.let_in)) return Change::Same;
  if (!was.let_in) return Change::LetIn;
  if (!now.let_in) return Change::Refused;
  return was.account == now.account ? Change::Same : Change::SomebodyElse;
}

}  // namespace

const char* word(Change change) {
  constexpr std::array kWords = {"let in",  "refused",   "somebody else", "same",
                                 "expired", "directory", "not kept",      "cannot tell"};
  static_assert(kWords.size() == kChanges);
  return kWords[static_cast<std::size_t>(change)];
}

Comparison compare(const LastEvent& was, const KeptCertificate* kept, const ReplayAnswer* answer,
                   std::int64_t now) {
  Comparison told{.was = text_of(was)};
  if (!kept) {
    told.change = Change::NotKept;
  } else if (kept->not_after < now) {
    told.change = was.let_in ? Change::Expired : Change::Same;
  } else if (!answer) {
    told.change = Change::CannotTell;
    told.why =
        "cannot tell: httpd gave no answer; a wrapper must hand on standard input, as docker exec "
        "-i does";
  } else {
    if (answer->exit != explain_exit::kCannotTell) told.now = text_of(*answer);
    told.why = why_not(was, *answer);
    told.change = told.why.empty() ? change_of(was, *answer) : Change::CannotTell;
  }
  return told;
}

}  // namespace certmap
