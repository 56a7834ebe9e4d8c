#include "httpd/explain/explain.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/explain/protocol.h"
#include "httpd/base/guarded.h"
#include "httpd/explain/access.h"
#include "httpd/explain/request.h"
#include "httpd/explain/rules.h"
#include "httpd/explain/server.h"
#include "httpd/explain/tls.h"
#include "httpd/request/enforcement.h"
#include "httpd/tree/held_lines.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;
using Outcome = TlsVerdict::Outcome;
using Require = Access::Require;

constexpr int kMapped = 0, kRefused = 1, kCannotTell = 2;

std::string text_of_attribute(const Certificate& certificate, const char* name) {
  const auto values = values_of(certificate, parse_attribute(name));
  return values.empty() ? std::string() : text_of(values[0]);
}

Json as_json(const Certificate& certificate) {
  Json json;
  for (const char* name : {"subject", "issuer", "serial", "notbefore", "notafter", "sha256"})
    json[name] = text_of_attribute(certificate, name);
  if (certificate.malformed) json["malformed"] = *certificate.malformed;
  return json;
}

/// One question and what is found out about it, in its order.
class Explanation {
 public:
  Explanation(apr_pool_t* pool, server_rec* main_server, const ExplainQuery& query)
      : pool_(pool),
        main_server_(main_server),
        certificate_(query.certificate),
        others_(query.others),
        server_(choose_server(main_server, query.vhost)),
        imagined_(imagine_request(pool, server_, query.location)),
        lines_(server_, imagined_.r, imagined_.access_files),
        now_(apr_time_sec(imagined_.r->request_time)) {}

  Json take() {
    json_ = {{"exit", kCannotTell}, {"answer", ""}};
    describe_place();
    if (!imagined_.stops.empty())
      answer(kCannotTell, "cannot tell: " + imagined_.stops);
    else if (auto* state = start_state(imagined_.r))
      explain_state(*state);
    else
      answer(kCannotTell, "cannot tell: mod_certmap has no say at " + path() +
                              ", because no CertMapUse is in force there; name another place "
                              "with --location");
    add_conditions();
    return std::move(json_);
  }

 private:
  void answer(int exit, const std::string& sentence) {
    json_["exit"] = exit;
    json_["answer"] = sentence;
  }

  std::string path() const { return imagined_.r->uri; }

  void describe_place() {
    const auto* r = imagined_.r;
    json_["server"] = {{"name", name_of(server_)}};
    if (server_->is_virtual && server_->defn_name)
      json_["server"]["place"] =
          std::string(server_->defn_name) + ":" + std::to_string(server_->defn_line_number);
    json_["location"] = path();
    if (r->filename) json_["file"] = r->filename;
    json_["certificate"] = as_json(certificate_);
    const auto& dir = dir_config(r);
    Json use;
    if (const char* type = ap_auth_type(imagined_.r)) use["auth_type"] = type;
    if (dir.use) {
      use["rules"] = dir.use->names;
      use["place"] = dir.use->place.text();
    }
    json_["use"] = std::move(use);
    for (const auto* line : lines_.conditions())
      json_["conditions"].push_back(
          {{"line", text_of_line(line)}, {"place", place_of(line).text()}});
  }

  void explain_state(RequestState& state) {
    json_["use"]["control"] = word_of(state.mode);
    if (state.mode == Mode::Misconfigured) return explain_misconfigured(state);
    const auto tls = ask_tls(lines_, certificate_, others_, pool_);
    json_["tls"] = tls.json;
    const auto& mapper = *state.mapper;
    const auto alone =
        explain_rules(mapper, {.certificate = &certificate_, .verified = true, .now = now_},
                      server_, main_server_);
    json_["blocks"] = alone.blocks;
    json_["rules"] = alone.rules;
    if (tls.outcome == Outcome::Refused)
      refuse_by_tls(tls, alone.decision);
    else
      decide(state, tls, mapper, alone.decision);
    if (!tls.but.empty()) answer(json_["exit"].get<int>(), sentence() + tls.but);
    if (tls.outcome == Outcome::Unknown)
      answer(kCannotTell, "cannot tell: " + tls.why + "; without it: " + sentence());
  }

  static const char* word_of(Mode mode) {
    switch (mode) {
      case Mode::Alone:
        return "alone";
      case Mode::Sufficient:
        return "sufficient";
      case Mode::Required:
        return "required";
      case Mode::Misconfigured:
        return "misconfigured";
    }
    return "";
  }

  void explain_misconfigured(const RequestState& state) {
    json_["decision"] = {{"detail", state.misconfigured}, {"status", HTTP_INTERNAL_SERVER_ERROR}};
    answer(kRefused,
           std::string("refused (500, where authentication is needed): ") + state.misconfigured);
  }

  void refuse_by_tls(const TlsVerdict& tls, const Decision& alone) {
    json_["rules_alone"] = decision_as_json(alone);
    answer(kRefused, "refused by mod_ssl: " + tls.why +
                         "; the TLS handshake fails, and there is no HTTP answer");
  }

  void decide(RequestState& state, const TlsVerdict& tls, const Mapper& mapper,
              const Decision& alone) {
    const bool asked = tls.outcome != Outcome::NotAsked;
    const bool verified = tls.outcome != Outcome::NotVerified;
    auto decision = alone;
    if (!asked || !verified) {
      decision = mapper.decide(
          {.certificate = asked ? &certificate_ : nullptr, .verified = verified, .now = now_});
      json_["rules_alone"] = decision_as_json(alone);
    }
    state.answer.decision = std::make_shared<const Decision>(decision);
    if (asked) state.answer.certificate = std::make_shared<const Certificate>(certificate_);
    const auto access = ask_access(imagined_.r, state, lines_);
    add_decision(state, access);
    conclude(state, access, tls);
  }

  void add_decision(const RequestState& state, const Access& access) {
    auto json = decision_as_json(*state.answer.decision);
    const int status = status_of(state.answer.decision->reason);
    if (status != OK && access.require != Require::Open && !falls_back(state))
      json["status"] = status;
    else if (access.require == Require::Forbidden)
      json["status"] = HTTP_FORBIDDEN;
    json_["decision"] = std::move(json);
    json_["require"] = access.json;
    json_["environment"] = access.environment;
    json_["audit"] = access.audit;
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
    std::string more;
    if (state.mode == Mode::Required && access.require != Require::Open)
      more = std::string("; AuthType ") + ap_auth_type(imagined_.r) +
             " asks for the same account's password as well";
    if (access.require == Require::Unknown)
      more += "; Require may refuse it: some of its lines depend on the request";
    answer(kMapped, "mapped: " + account + more);
  }

  void add_conditions() {
    std::string conditions;
    for (const auto* line : lines_.conditions())
      conditions += (conditions.empty() ? "" : ", ") + text_of_line(line) + " at " +
                    place_of(line).text() + " may hold";
    if (!conditions.empty())
      answer(kCannotTell, "cannot tell: " + conditions + "; without it: " + sentence());
  }

  std::string sentence() const { return json_["answer"].get<std::string>(); }

  apr_pool_t* pool_;
  server_rec* main_server_;
  const Certificate& certificate_;
  const std::vector<std::shared_ptr<X509>>& others_;
  server_rec* server_;
  ImaginedRequest imagined_;
  HeldLines lines_;
  std::int64_t now_;
  Json json_;
};

Json explanation_of(apr_pool_t* pool, server_rec* main_server, std::string_view query) {
  try {
    const auto question = read_explain_query(query);
    prepare_for_requests(pool, main_server);
    return Explanation(pool, main_server, question).take();
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

/// One line, whatever else httpd and other modules print.
void print(const Json& json) {
  const auto line = "\n" + answer_line(json) + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

void explain(apr_pool_t* pconf, server_rec* main_server) {
  guarded(main_server, OK, [&] {
    for (int i = 0; i < ap_server_config_defines->nelts; ++i)
      if (const auto query =
              query_in(reinterpret_cast<const char* const*>(ap_server_config_defines->elts)[i])) {
        print(explanation_of(pconf, main_server, *query));
        break;
      }
    return OK;
  });
}

}  // namespace certmap
