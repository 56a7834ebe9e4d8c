#include "tool/explain/text.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "core/explain/protocol.h"
#include "core/text/json.h"
#include "core/text/visible.h"
#include "tool/command.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLabelWidth = 13;
constexpr std::size_t kMaxText = 300;  ///< bytes; --json has all

std::string shorten(std::string text) {
  const auto cut = cut_text(text, kMaxText);
  if (cut.size() < text.size()) text = std::string(cut) + "...";
  return escape_invisible(std::move(text));
}

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  return shorten(found->is_string() ? found->get<std::string>() : utf8_line(*found));
}

class Page {
 public:
  /// An empty label: goes on under the one above.
  void line(const std::string& label, const std::string& value) {
    if (value.empty()) return;
    out_ << label << std::string(std::max(kLabelWidth, label.size() + 1) - label.size(), ' ')
         << value << "\n";
  }
  void heading(const std::string& text) { out_ << "\n" << text << "\n"; }
  void under(std::size_t depth, const std::string& text) {
    out_ << std::string(2 * depth, ' ') << text << "\n";
  }
  void first(const std::string& text) { out_ << text << "\n\n"; }
  std::string take() { return out_.str(); }

 private:
  std::ostringstream out_;
};

std::string words(const Json& list) {
  std::string all;
  for (const auto& each : list) all += (all.empty() ? "" : " ") + each.get<std::string>();
  return shorten(all);
}

std::string in_brackets(const std::string& place) {
  return place.empty() ? "" : " (" + place + ")";
}

void add_certificate(Page& page, const Json& certificate) {
  page.line("certificate", text(certificate, "subject"));
  page.line("  issuer", text(certificate, "issuer"));
  page.line("  serial", text(certificate, "serial") + ", from " + text(certificate, "notbefore") +
                            " to " + text(certificate, "notafter"));
  page.line("  malformed", text(certificate, "malformed"));
}

void add_place(Page& page, const Json& answer) {
  page.line("server",
            text(answer["server"], "name") + in_brackets(text(answer["server"], "place")));
  page.line("location", text(answer, "location"));
  page.line("file", text(answer, "file"));
  const auto& use = answer["use"];
  page.line("AuthType", text(use, "auth_type"));
  if (use.contains("rules"))
    page.line("CertMapUse", (use["rules"].empty() ? "none" : words(use["rules"])) +
                                in_brackets(text(use, "place")));
  const auto control = text(use, "control");
  if (control == "sufficient" || control == "required") page.line("  control", control);
}

void add_tls(Page& page, const Json& answer) {
  if (!answer.contains("tls")) return;
  const auto& tls = answer["tls"];
  const auto why = text(tls, "why");
  page.line("mod_ssl", text(tls, "outcome") + (why.empty() ? "" : ": " + why));
  for (const auto& line : tls["lines"])
    page.line("", text(line, "line") + in_brackets(text(line, "place")));
  if (tls.contains("notes"))
    for (const auto& note : tls["notes"])
      page.line("", "note: " + escape_invisible(note.get<std::string>()));
}

void add_blocks(Page& page, const Json& answer) {
  if (!answer.contains("blocks") || answer["blocks"].empty()) return;
  page.heading("blocks");
  for (const auto& block : answer["blocks"]) {
    const bool blocked = block["blocked"].get<bool>();
    const auto problem = text(block, "problem");
    page.under(1, blocked
                      ? text(block, "key") + " is blocked at " + text(block, "place")
                      : text(block, "file") + (problem.empty() ? ": none holds" : ": " + problem));
  }
}

void add_lookup(Page& page, const Json& line) {
  if (line.contains("lookup"))
    for (const auto& step : line["lookup"]) {
      auto about = text(step, "what") + " " + text(step, "text");
      if (step.contains("found"))
        about += step["found"].get<bool>() ? ": at " + text(step, "place") : ": not in the file";
      page.under(4, about);
    }
  if (line.contains("directory"))
    for (const auto& sentence : line["directory"])
      page.under(4, "note: " + shorten(sentence.get<std::string>()));
}

void add_rule(Page& page, const Json& rule, std::size_t number) {
  page.under(1, std::to_string(number) + " " + text(rule, "name") + ": " + text(rule, "result") +
                    in_brackets(text(rule, "place")));
  for (const auto& line : rule["lines"]) {
    page.under(2, (line["holds"].get<bool>() ? "yes  " : "no   ") + text(line, "line"));
    if (const auto note = text(line, "note"); !note.empty()) page.under(4, note);
    add_lookup(page, line);
  }
}

void add_rules(Page& page, const Json& answer) {
  if (!answer.contains("rules")) return;
  page.heading("rules");
  std::size_t number = 0;
  for (const auto& rule : answer["rules"]) add_rule(page, rule, ++number);
}

std::string sentence_of(const Json& decision) {
  auto sentence = text(decision, "reason");
  for (const char* name : {"account", "rule", "strength", "key", "detail"})
    if (const auto value = text(decision, name); !value.empty())
      sentence += std::string(sentence.empty() ? "" : ", ") + name + " " + value;
  return sentence;
}

void add_decision(Page& page, const Json& answer) {
  if (answer.contains("rules_alone")) page.line("rules alone", sentence_of(answer["rules_alone"]));
  if (!answer.contains("decision")) return;
  const auto& decision = answer["decision"];
  page.line("decision", sentence_of(decision));
  if (decision.contains("groups")) page.line("  groups", words(decision["groups"]));
  page.line("status", text(decision, "status"));
}

void add_trial(Page& page, const Json& answer) {
  if (!answer.contains("trial")) return;
  const auto& trial = answer["trial"];
  page.line("CertMapTrial", words(trial["rules"]) + in_brackets(text(trial, "place")));
  page.line("  decision", sentence_of(trial["decision"]));
  if (trial["decision"].contains("groups"))
    page.line("  groups", words(trial["decision"]["groups"]));
}

void add_require(Page& page, const Json& answer) {
  if (!answer.contains("require")) return;
  const auto& require = answer["require"];
  page.line("Require", text(require, "result") == "unknown"
                           ? "is not evaluated: these lines need a client's request"
                           : text(require, "result"));
  if (require.contains("not_evaluated"))
    for (const auto& line : require["not_evaluated"])
      page.line("", text(line, "line") + in_brackets(text(line, "place")));
}

void add_environment(Page& page, const Json& answer) {
  if (!answer.contains("environment") || answer["environment"].empty()) return;
  page.heading("environment");
  for (const auto& [name, value] : answer["environment"].items())
    page.under(1, name + "=" + shorten(value.get<std::string>()));
}

void add_audit(Page& page, const Json& answer) {
  if (!answer.contains("audit")) return;
  const auto& audit = answer["audit"];
  if (audit.is_null()) return page.heading("audit event: none is written");
  page.heading("audit event" + in_brackets(text(audit, "log")));
  std::istringstream lines(visible_json(audit["event"]));
  for (std::string line; std::getline(lines, line);) page.under(1, line);
}

std::string text_of(const Json& answer) {
  Page page;
  page.first(escape_invisible(answer["answer"].get<std::string>()));
  add_certificate(page, answer["certificate"]);
  add_place(page, answer);
  add_tls(page, answer);
  add_blocks(page, answer);
  add_rules(page, answer);
  page.heading("result");
  add_decision(page, answer);
  add_require(page, answer);
  add_trial(page, answer);
  add_environment(page, answer);
  add_audit(page, answer);
  return page.take();
}

}  // namespace

Explained read_explanation(const std::string& answer, bool as_json) {
  const auto json = parse_json(answer);
  if (json.contains("error")) throw ToolError(json["error"].get<std::string>());
  return {as_json ? ascii_json(json) : text_of(json),
          json.value("exit", explain_exit::kCannotTell)};
}

}  // namespace certmap
