#include "httpd/explain/explain.h"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/explain/protocol.h"
#include "core/text/joined.h"
#include "httpd/base/apache.h"
#include "httpd/base/guarded.h"
#include "httpd/explain/as_json.h"
#include "httpd/explain/request.h"
#include "httpd/explain/server.h"
#include "httpd/request/enforcement.h"
#include "httpd/tree/held_lines.h"

namespace certmap {
namespace {

using Outcome = TlsVerdict::Outcome;
using Require = Access::Require;

using namespace explain_exit;

/// Finds out about one question, in its order.
class Explainer {
 public:
  Explainer(apr_pool_t* pool, server_rec* main_server, const ExplainQuery& query, TlsTrusts& trusts)
      : pool_(pool),
        main_server_(main_server),
        trusts_(trusts),
        certificate_(query.certificate),
        others_(query.others),
        server_(choose_server(main_server, query.place.vhost)),
        imagined_(imagine_request(pool, server_, query.place)),
        lines_(server_, imagined_.r, imagined_.access_files),
        now_(apr_time_sec(imagined_.r->request_time)) {}

  Explanation take() {
    told_.r = imagined_.r;
    told_.certificate = &certificate_;
    told_.conditions = lines_.conditions();
    if (!imagined_.stops.empty())
      answer(kCannotTell, "cannot tell: " + imagined_.stops);
    else if (auto* state = start_state(imagined_.r))
      explain_state(*state);
    else
      answer(kCannotTell, std::string("cannot tell: mod_certmap has no say at ") +
                              imagined_.r->uri +
                              ", because no CertMapUse is in force there; name another place "
                              "with --location");
    explain_trial();
    add_conditions();
    return std::move(told_);
  }

 private:
  void answer(int exit, const std::string& sentence) {
    told_.exit = exit;
    told_.answer = sentence;
  }

  void explain_state(RequestState& state) {
    told_.control = state.mode;
    told_.tls = ask_tls(lines_, certificate_, others_, trusts_, pool_);
    if (state.mapper)
      told_.rules = explain_rules(*state.mapper,
                                  {.certificate = &certificate_, .verified = true, .now = now_},
                                  server_, main_server_);
    const auto& tls = *told_.tls;
    told_.rules_alone =
        state.mapper && tls.outcome != Outcome::Accepted && tls.outcome != Outcome::Unknown;
    if (tls.outcome == Outcome::Refused)
      answer(kRefused, "refused by mod_ssl: " + tls.why +
                           "; the TLS handshake fails, and there is no HTTP answer");
    else if (state.misconfigured)
      explain_misconfigured(state);
    else
      decide(state, tls);
    told_.answer += tls.but;
    if (tls.outcome == Outcome::Unknown)
      answer(kCannotTell, "cannot tell: " + tls.why + "; without it: " + told_.answer);
  }

  void explain_trial() {
    const auto* trial = dir_config(imagined_.r).trial;
    const auto* mapper = trial ? mapper_of(trial, server_) : nullptr;
    if (!imagined_.stops.empty() || !mapper) return;
    told_.trial = mapper->decide({.certificate = &certificate_, .verified = true, .now = now_});
  }

  void explain_misconfigured(RequestState& state) {
    told_.misconfigured = state.misconfigured;
    told_.access = ask_access(imagined_.r, state, lines_);
    const std::string why = state.misconfigured;
    switch (told_.access->require) {
      case Require::Open:
        return answer(kRefused, "not mapped: " + why + "; but Require lets everyone in here");
      case Require::Forbidden:
        told_.status = HTTP_FORBIDDEN;
        return answer(kRefused, "refused (403) by Require, which lets nobody in here; " + why);
      case Require::Unknown:
        return answer(kRefused,
                      "refused (500 where authentication is needed, else 403), unless Require lets "
                      "the request in without an account: " +
                          why);
      case Require::NeedsUser:
      case Require::Granted:
        told_.status = HTTP_INTERNAL_SERVER_ERROR;
        return answer(kRefused, "refused (500, where authentication is needed): " + why);
    }
  }

  void decide(RequestState& state, const TlsVerdict& tls) {
    const bool asked = tls.outcome != Outcome::NotAsked;
    const bool verified = tls.outcome != Outcome::NotVerified;
    told_.decision = told_.rules->decision;
    if (told_.rules_alone)
      told_.decision = state.mapper->decide({.certificate = asked ? &certificate_ : nullptr,
                                             .verified = verified,
                                             .now = now_,
                                             .absence = tls.absence});
    state.answer.decision = std::make_shared<const Decision>(*told_.decision);
    if (asked) state.answer.certificate = std::make_shared<const ClientCertificate>(certificate_);
    told_.access = ask_access(imagined_.r, state, lines_);
    const auto require = told_.access->require;
    const int status = status_of(told_.decision->reason);
    if (status != OK && require != Require::Open && !falls_back(state))
      told_.status = status;
    else if (require == Require::Forbidden)
      told_.status = HTTP_FORBIDDEN;
    conclude(state, *told_.access, tls);
  }

  void conclude(const RequestState& state, const Access& access, const TlsVerdict& tls) {
    const auto& decision = *state.answer.decision;
    if (decision.reason == Reason::Mapped) return conclude_mapped(state, access);
    const auto why = std::string(word(decision.reason)) + sentence_about(decision, tls);
    if (access.require == Require::Open)
      answer(kRefused, "not mapped: " + why + "; but Require lets everyone in here");
    else if (access.require == Require::Forbidden && falls_back(state))
      answer(kRefused, "refused (403) by Require, which lets nobody in here; not mapped: " + why);
    else if (falls_back(state))
      answer(kRefused, "not mapped: " + why + "; AuthType " + ap_auth_type(imagined_.r) +
                           " asks instead, as CertMapControl sufficient says");
    else
      answer(kRefused, "refused (" + std::to_string(status_of(decision.reason)) + ")" +
                           (access.require == Require::Unknown
                                ? ", unless Require lets the request in without an account: "
                                : ": ") +
                           why);
  }

  static std::string sentence_about(const Decision& decision, const TlsVerdict& tls) {
    const auto& why = tls.why.empty() ? decision.detail : tls.why;
    return (decision.rule.empty() ? "" : ", rule " + decision.rule) +
           (why.empty() ? "" : ": " + why);
  }

  void conclude_mapped(const RequestState& state, const Access& access) {
    const auto& decision = *state.answer.decision;
    const auto account = "account " + decision.account + ", rule " + decision.rule + ", strength " +
                         std::string(word(decision.strength));
    if (access.require == Require::Forbidden)
      return answer(kRefused, "refused (403) by Require; mapped: " + account);
    if (access.environment.empty())
      return answer(kRefused,
                    std::string("no account: Require lets everyone in here, so AuthType ") +
                        ap_auth_type(imagined_.r) +
                        " asks for no password, and CertMapControl required wants both; "
                        "the certificate maps to " +
                        account);
    std::string more;
    if (state.mode == Mode::Required)
      more = std::string("; AuthType ") + ap_auth_type(imagined_.r) +
             " asks for the same account's password as well";
    if (access.require == Require::Unknown)
      more += "; Require may refuse it: some of its lines depend on the request";
    answer(kMapped, "mapped: " + account + more);
  }

  void add_conditions() {
    const auto conditions = joined(told_.conditions, [](const ap_directive_t* line) {
      return text_of_line(line) + " at " + place_of(line).text() + " may hold";
    });
    if (!conditions.empty())
      answer(kCannotTell, "cannot tell: " + conditions + "; without it: " + told_.answer);
  }

  apr_pool_t* pool_;
  server_rec* main_server_;
  TlsTrusts& trusts_;
  const Certificate& certificate_;
  const std::vector<std::shared_ptr<X509>>& others_;
  server_rec* server_;
  ImaginedRequest imagined_;
  HeldLines lines_;
  std::int64_t now_;
  Explanation told_;
};

std::string answer_to(apr_pool_t* pool, server_rec* main_server, std::string_view text) {
  try {
    const auto query = read_explain_query(text);
    prepare_for_requests(pool, main_server);
    TlsTrusts trusts;
    return answer_line(explanation_of(pool, main_server, query, trusts));
  } catch (const std::exception& error) {
    return answer_line(Explanation{.error = error.what()});
  }
}

/// Empty: httpd was not started to explain.
std::optional<std::string_view> find_query() {
  for (const char* define : elements_of<const char*>(ap_server_config_defines))
    if (const auto query = query_in(define)) return query;
  return std::nullopt;
}

}  // namespace

Explanation explanation_of(apr_pool_t* pool, server_rec* main_server, const ExplainQuery& query,
                           TlsTrusts& trusts) {
  return Explainer(pool, main_server, query, trusts).take();
}

void print_answer(const std::string& answer) {
  const auto line = "\n" + answer + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

void explain(apr_pool_t* pconf, server_rec* main_server) {
  guarded(main_server, [&] {
    if (const auto query = find_query()) print_answer(answer_to(pconf, main_server, *query));
  });
}

}  // namespace certmap
