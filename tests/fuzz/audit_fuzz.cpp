// An event with anything in it: its line says what the library would write.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "../unit/core/audit/event_tree.h"
#include "core/certificate/certificate.h"

namespace {

using namespace certmap;

/// Lines of the input, one after the other.
class Input {
 public:
  explicit Input(std::string_view left) : left_(left) {}
  bool ends() const { return left_.empty(); }
  std::string text() {
    const auto text = left_.substr(0, left_.find('\n'));
    left_.remove_prefix(std::min(text.size() + 1, left_.size()));
    return std::string(text);
  }
  unsigned number() {
    const auto line = text();
    return line.empty() ? 0 : static_cast<unsigned char>(line[0]);
  }

 private:
  std::string_view left_;
};

Certificate certificate(Input& input) {
  Certificate certificate;
  certificate.sha256 = std::string(32, '\xab');
  if (input.number() % 2 != 0) certificate.malformed = "why";
  certificate.not_before = input.number();
  certificate.not_after = input.number() * 10'000'000LL;
  certificate.serial = input.text();
  certificate.subject = {{{"\x55\x04\x03", input.text(), ""}}};
  certificate.issuer = {{{"\x55\x04\x0a", input.text(), ""}}};
  while (!input.ends() && certificate.alt_names.size() < 300) {
    constexpr AttributeKind kKinds[] = {AttributeKind::Email, AttributeKind::Uri,
                                        AttributeKind::OtherName, AttributeKind::Dirname};
    SubjectAltName name;
    name.text = input.text();
    name.attribute.kind = kKinds[name.text.size() % 4];
    if (name.attribute.kind == AttributeKind::OtherName) name.attribute.oid = "\x2a\x03";
    name.name = {{{"\x55\x04\x03", name.text, ""}}};
    certificate.alt_names.push_back(name);
  }
  return certificate;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({reinterpret_cast<const char*>(data), size});
  Decision decision;
  decision.reason = static_cast<Reason>(input.number() % kReasons);
  decision.account = input.text();
  decision.rule = input.text();
  decision.key = input.text();
  decision.detail = input.text();
  decision.backend = input.text();
  const std::vector<std::string> rules(input.number(), input.text());
  decision.rules_tried = rules;
  const auto path = input.text(), domain = input.text(), method = input.text(), id = input.text(),
             service = input.text(), host = input.text(), forbidden = input.text();
  EventRequest request;
  request.url_path = path;
  request.url_domain = domain;
  request.method = method;
  request.request_id = id;
  request.service_name = service;
  request.forbidden = forbidden;
  if (const auto from = input.number() % (kAnswersFrom + 1); from < kAnswersFrom)
    request.from = static_cast<AnswerFrom>(from);
  const EventSource source{1795339815678901, 42, host, 1234};
  const bool has_certificate = input.number() % 2 == 0;
  const auto certificate = ::certificate(input);
  const auto* shown = has_certificate ? &certificate : nullptr;
  const EventTree tree(source, request, decision, shown);
  if (!tree.is_said_by(authentication_event(source, request, decision, shown))) std::abort();
  return 0;
}
