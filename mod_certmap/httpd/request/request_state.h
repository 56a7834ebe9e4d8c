// What CertMap knows of one request, between its hooks: in the request's pool, for the thread that
// serves it.
#pragma once

#include <string>

#include "httpd/request/connection.h"

namespace certmap {

/// How CertMap and the AuthType work together (docs/directives.md).
enum class Mode {
  Alone,          ///< AuthType ClientCert
  Sufficient,     ///< another AuthType; a mapped certificate logs in
  Required,       ///< another AuthType; both accounts must be equal
  Misconfigured,  ///< 500 where authentication is needed
};

/// What a trial notes of a request (httpd/trial/notice.h).
struct Notice;
struct RefusedIndex;

/// Of a request where CertMap has no say, this is all, if anything.
struct RequestRecord {
  Notice* notice = nullptr;               ///< null: none was taken
  RefusedIndex* refused_index = nullptr;  ///< the last one; null: none was refused
  RefusedIndex* answered = nullptr;       ///< the one that was the answer, and was reported
  bool reported = false;                  ///< this client request has its audit event
  bool is_state = false;                  ///< it is a RequestState
};

struct RequestState : RequestRecord {
  explicit RequestState(Mode m);

  Mode mode;
  const ap_conf_vector_t* place = nullptr;  ///< the directory configuration that it is for
  const char* misconfigured = nullptr;      ///< the sentence for the error log
  Question question{};
  const Mapper* mapper = nullptr;  ///< of the question; null where misconfigured
  Answer answer{};
  bool in_nested = false;      ///< a hook of ours runs those of other modules
  bool is_exempt = false;      ///< an ErrorDocument that is served though CertMap protects it
  bool accepted = false;       ///< the account is the request's user
  bool authenticated = false;  ///< httpd asks whether its user may come in
  bool let_in = false;         ///< httpd is through with authentication, and refused nothing
  bool is_open = false;  ///< of an accepted request: everyone would be let in, without any account
  bool forbidden = false;  ///< Require or another module refused the account
  int refused = 0;         ///< the status of a refusal that was enforced; 0: none was
  /// The event that tells of this request: its own, or the success of an earlier one.
  Event event = {};
  bool event_is_earlier = false;  ///< it is the success of an earlier one
};

/// What mod_dir asked for by a subrequest, and was refused: whether that is the answer to the
/// request of the client is known when httpd answers it.
struct RefusedIndex {
  int status;
  RequestState state;
  std::string forbidden;  ///< as in EventRequest
};

/// Runs a whole hook out of ours, in which those of ours decline.
template <typename Hook>
int run_others(request_rec* r, RequestState& state, Hook run_hook) {
  state.in_nested = true;
  const int status = run_hook(r);
  state.in_nested = false;
  return status;
}

/// Null: nothing is known of the request yet.
inline RequestRecord* record_of(const request_rec* r) {
  return static_cast<RequestRecord*>(ap_get_module_config(r->request_config, &certmap_module));
}
/// That of the request; made where there is none.
RequestRecord& make_record(request_rec* r);
/// Null: CertMap is not in force for this request, or httpd did not run authentication for it.
inline RequestState* state_of(const request_rec* r) {
  auto* record = record_of(r);
  return record && record->is_state ? static_cast<RequestState*>(record) : nullptr;
}
/// Whether the request ended before it was let in where CertMap is in force, whoever refused it.
bool was_kept_out(request_rec* r);
/// False: CertMap has no say there, as at most places of a server.
inline bool may_be_in_force(const request_rec* r) {
  const auto& dir = dir_config(r);
  return dir.use || may_be_client_cert(dir.auth_type);
}
/// Makes it where CertMap is in force for the request; null where it is not.
RequestState* start_state(request_rec* r);

/// The request before an internal redirect, or the one that made the subrequest.
inline request_rec* origin_of(const request_rec* r) { return r->prev ? r->prev : r->main; }

/// What an ErrorDocument shows is none of the client's business with the server.
inline bool is_error_document(const request_rec* r) {
  return r->prev && ap_is_HTTP_ERROR(r->prev->status);
}
/// That document, also of what it is redirected to, or includes; null: the request is of none.
inline const request_rec* error_document_of(const request_rec* r) {
  while (r && !is_error_document(r)) r = origin_of(r);
  return r;
}

}  // namespace certmap
