#include "httpd/request/decide.h"

#include <ap_mpm.h>

#include <stdexcept>
#include <string>

#include "httpd/base/messages.h"
#include "httpd/request/enforcement.h"
#include "httpd/request/environment.h"

namespace certmap {
namespace {

class ErrorLogTrace : public Trace {
 public:
  explicit ErrorLogTrace(request_rec* r) : r_(r) {}
  void does_not_apply(const Rule& rule, const std::string& why) override {
    report(r_, message::kRuleDoesNotApply, "rule " + rule.name + " does not apply: " + why);
  }

 private:
  request_rec* r_;
};

bool is_stopping() {
  int state = AP_MPMQ_RUNNING;
  return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

}  // namespace

Answer answer(request_rec* r, const RequestState& state) {
  auto* connection = connection_of(r->connection);
  if (!connection) throw std::logic_error("connection without CertMap's record");
  const auto& look_at_files = server_config(r->server).configuration->in_force.look_at_files;
  if (look_at_files && is_stopping()) look_at_files();
  ErrorLogTrace trace(r);
  return connection->answer(r, state.question, *state.mapper,
                            APLOG_R_IS_LEVEL(r, APLOG_DEBUG) ? &trace : nullptr);
}

const Decision& decision_of(const RequestState& state) {
  if (!state.answer.decision) throw std::logic_error("no decision was made for this request");
  return *state.answer.decision;
}

bool is_mapped(const RequestState& state) { return decision_of(state).reason == Reason::Mapped; }

bool is_undecided(const RequestState& state) {
  return !state.is_exempt && state.mode != Mode::Misconfigured && !state.answer.decision;
}

void decide(request_rec* r, RequestState& state) {
  clear_identity(r);
  if (state.mode == Mode::Misconfigured) return;
  state.answer = answer(r, state);
  if (!is_mapped(state))
    note_reason(r, state.answer.decision->reason);
  else if (state.mode != Mode::Required)
    accept(r, state);
}

}  // namespace certmap
