// One request on which rules are tried: what they are asked, and what becomes of their answer.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/audit/event.h"
#include "core/rule/decision.h"
#include "httpd/request/connection.h"

namespace certmap {

/// Needs neither the request nor its connection, but for Client::absence.
struct TrialQuestion {
  Question question;
  const Mapper* mapper;
  Client client;
  std::shared_ptr<TrialMemory> memory;
  RequestOutcome in_force;
};

/// The rule that would ask a directory first; null: the answer needs none.
const Rule* waiting_rule(const TrialQuestion& asked);
/// The answer that the connection remembers; null: it has none that holds.
std::shared_ptr<const Decision> recall(const TrialQuestion& asked);
/// Asks the rules. Where there is a waiting_rule(), `over` must be one that can be stopped.
std::shared_ptr<const Decision> try_now(const TrialQuestion& asked, std::stop_token over = {});

/// Counts the answer. True where its event is to be written.
bool count_trial(const TrialQuestion& asked, const Decision& tried);
/// Counts that there will be none.
void count_skipped(const TrialQuestion& asked);
/// Writes the event, once per connection, rules and pair of accounts.
void report_trial(const TrialQuestion& asked, const Decision& tried, const EventRequest& request);

/// An EventRequest that owns its texts.
class KeptRequest {
 public:
  explicit KeptRequest(const EventRequest& request);
  KeptRequest(KeptRequest&&) = default;
  KeptRequest(const KeptRequest&) = delete;
  KeptRequest& operator=(const KeptRequest&) = delete;

  const EventRequest& event() const { return event_; }

 private:
  EventRequest event_;
  std::vector<std::string> texts_;  ///< they stay where they are when it is moved
};

}  // namespace certmap
