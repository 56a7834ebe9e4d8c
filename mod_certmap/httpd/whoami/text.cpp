#include "httpd/whoami/text.h"

#include "core/text/words.h"

namespace certmap {

namespace {

constexpr const char* kSignedIn = "You are signed in as";
constexpr const char* kNotNow = "Signing in is not possible at the moment";

/// Of a certificate that is not used for signing in here.
bool is_certificate_bad(const Visit& visit) {
  return visit.reason != Reason::Mapped && visit.reason != Reason::NoRuleMatched;
}

Words refused(const Visit& visit) {
  const bool now = visit.reason == Reason::BackendUnavailable;
  return {now ? Tone::Warn : Tone::Bad, now ? kNotNow : "You are not signed in", why(visit),
          steps_for(visit)};
}

Words not_in_force(const Visit& visit) {
  Words words{Tone::Info,
              "Certificates are not used here",
              "At this address the server takes no account from a certificate.",
              {}};
  if (is_certificate_bad(visit)) words.explanation += " " + why(visit);
  return words;
}

Words signed_in_otherwise(const Visit& visit) {
  Words words{Tone::Good,
              kSignedIn,
              "Not by your certificate, but in another way, for example with a password.",
              {}};
  if (visit.rules || is_certificate_bad(visit)) words.explanation += " " + why(visit);
  return words;
}

Words refused_elsewhere(const Visit& visit) {
  Words words{Tone::Bad,
              "The server refused your request",
              "It did so before it looked for your account.",
              {kAsk}};
  if (!is_certificate_bad(visit)) return words;
  words.explanation += " " + why(visit);
  words.steps = steps_for(visit);
  return words;
}

/// An ErrorDocument of something that has nothing to do with accounts.
Words another_error(const Visit& visit) {
  return {Tone::Info, "The server could not answer your request",
          "That has nothing to do with your certificate (status " + std::to_string(visit.status) +
              "). The server knows who you are.",
          try_later()};
}

}  // namespace

Words words_for(const Visit& visit) {
  switch (visit.standing) {
    case Standing::SignedIn:
      if (visit.is_error) return another_error(visit);
      return {Tone::Good,
              kSignedIn,
              visit.password ? "Your certificate and your password belong to this account."
                             : why(visit),
              {}};
    case Standing::SignedInOtherwise:
      return signed_in_otherwise(visit);
    case Standing::NotAllowed:
      return {Tone::Bad,
              "You may not open this page",
              "The server knows who you are, but your account may not open it.",
              {kAsk}};
    case Standing::PasswordNeeded:
      return {Tone::Info,
              "Your certificate is accepted",
              "This site also asks for the password of the account that it belongs to.",
              {}};
    case Standing::OtherWay:
      return {Tone::Info, "You are not signed in",
              why(visit) + " You can sign in here in another way, for example with a password.",
              steps_for(visit)};
    case Standing::Refused:
      return refused(visit);
    case Standing::NotRecorded:
      return {Tone::Warn, kNotNow, "The server must write down who signs in, and cannot do so.",
              try_later()};
    case Standing::Misconfigured:
      return {Tone::Bad,
              "Signing in is not possible here",
              "The server is not set up completely. Your certificate is not the cause.",
              {"Ask the administrator: the server's error log says what is missing."}};
    case Standing::RefusedElsewhere:
      return refused_elsewhere(visit);
    case Standing::NoRules:
      return not_in_force(visit);
  }
  return {};
}

std::string days_text(std::int64_t days) {
  return std::to_string(days) + (days == 1 ? " day" : " days");
}

std::string_view meaning(Strength strength) {
  return word_of<Strength::Strong>(strength, {"relies on every issuer that the server trusts",
                                              "relies on the issuer of your certificate",
                                              "tied to the key of your certificate"});
}

std::string validity(const Visit& visit) {
  const auto days = days_left(visit);
  if (!days) return {};
  if (*days > 0) return days_text(*days) + " left";
  if (*days == 0) return "less than a day left";
  return *days == -1 ? "expired less than a day ago" : "expired " + days_text(-*days - 1) + " ago";
}

}  // namespace certmap
