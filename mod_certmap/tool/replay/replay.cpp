#include <fcntl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/certificate/openssl_der.h"
#include "core/live/descriptor.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/expiring/read.h"
#include "tool/explain/ask.h"
#include "tool/input_file.h"
#include "tool/replay/compare.h"
#include "tool/replay/report.h"

namespace certmap {
namespace {

[[noreturn]] void cannot_read(const std::string& path, const std::string& why) {
  throw ToolError("cannot read " + path + ": " + why +
                  "; name the folder of CertMapKeepCertificates, as a user who may read it");
}

/// Empty where there is none, or what is there is not that certificate.
std::optional<Certificate> read_kept(const std::string& folder, const std::string& sha256) {
  const auto path = folder + "/" + sha256 + ".der";
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT) return std::nullopt;
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) cannot_read(path, std::strerror(errno));
  std::string der;
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  if (!read_octets(file.get(), kMaxInput, der)) cannot_read(path, std::strerror(errno));
  auto certificate = read_certificate(der);
  return certificate && hex(certificate->sha256.octets()) == sha256 ? std::move(certificate)
                                                                    : std::nullopt;
}

[[noreturn]] void no_room() {
  throw ToolError(std::string("cannot write the questions for httpd: ") + std::strerror(errno) +
                  "; make room in /tmp");
}

bool needs_no_escape(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::strchr("-._~/", c) != nullptr;
}

/// The URL that leads to a path: events have it decoded.
std::string url_of(const std::string& path) {
  std::string url;
  for (const char c : path)
    url += c != '\0' && needs_no_escape(c) ? std::string(1, c) : "%" + hex({&c, 1});
  return url;
}

/// By certificate.
std::vector<std::vector<std::size_t>> places_of(const LastEvents& events) {
  std::vector<std::vector<std::size_t>> places(events.certificates().size());
  for (const auto& [pair, last] : events.all()) places[pair.first].push_back(pair.second);
  return places;
}

/// What the folder has of the events' certificates, and what was asked about them.
class Questions {
 public:
  /// Reads the certificates, and writes the questions about those that have not ended by `now`.
  /// Throws ToolError.
  Questions(const LastEvents& events, const std::string& folder, std::int64_t now);

  /// By the number of the certificate; empty: it is not kept.
  const std::vector<std::optional<KeptCertificate>>& kept() const { return kept_; }

  /// Asks httpd, unless there is nothing to ask. Throws ToolError.
  std::map<LastEvents::Pair, ReplayAnswer> ask(const std::string& command) const;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void write(const ReplayLine& line);

  std::unique_ptr<std::FILE, Close> file_;  ///< it has no name
  std::vector<std::optional<KeptCertificate>> kept_;
  std::vector<std::size_t> asked_;  ///< the numbers of certificates, in the order of the questions
};

Questions::Questions(const LastEvents& events, const std::string& folder, std::int64_t now)
    : file_(std::tmpfile()) {
  if (!file_) throw ToolError(std::string("no temporary file: ") + std::strerror(errno));
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error))
    cannot_read(folder, error ? error.message() : std::strerror(ENOTDIR));
  for (auto place : events.places()) {
    place.location = url_of(place.location);
    write(place);
  }
  auto places = places_of(events);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto certificate = read_kept(folder, events.certificates()[i]);
    auto& kept = kept_.emplace_back();
    if (!certificate) continue;
    kept = {certificate->not_after, to_text(certificate->subject, NameStyle::Rfc4514)};
    if (kept->not_after < now) continue;
    asked_.push_back(i);
    write(ReplayCertificate{encode(i2d_X509, certificate->x509.get()), std::move(places[i])});
  }
  if (std::fflush(file_.get()) != 0) no_room();
}

void Questions::write(const ReplayLine& line) {
  const auto text = replay_line(line) + "\n";
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) no_room();
}

std::map<LastEvents::Pair, ReplayAnswer> Questions::ask(const std::string& command) const {
  std::map<LastEvents::Pair, ReplayAnswer> answers;
  if (asked_.empty()) return answers;
  std::rewind(file_.get());
  for (auto& answer : ask_httpd(command, fileno(file_.get())))
    if (answer.certificate < asked_.size())
      answers[{asked_[answer.certificate], answer.place}] = std::move(answer);
  return answers;
}

std::int64_t read_since(const std::string& text) {
  if (text.empty()) return 0;
  if (const auto day = day_of(text)) return *day;
  if (const auto seconds = seconds_of(text); seconds >= 0) return seconds;
  throw ToolError("--since is no time: " + text +
                  "; write a day in UTC, 2026-11-28, or a moment, 2026-11-28T12:00:00Z");
}

EventFilter filter_of(const Arguments& arguments) {
  EventFilter filter{arguments.value("vhost"), arguments.value("location"),
                     read_since(arguments.value("since"))};
  if (!filter.location.empty() && !filter.location.starts_with('/'))
    throw ToolError("--location is no path: " + filter.location + "; write /PATH");
  return filter;
}

/// What the logs say that counts.
void read_events(const Arguments& arguments, LastEvents& events) {
  read_logs(arguments.operands, events);
  if (events.all().empty() && events.decisions() > 0)
    throw ToolError("none of the " + std::to_string(events.decisions()) +
                    " decisions in what was read is meant; see --vhost, --location and --since");
}

ReplayReport report_of(const LastEvents& events, const Questions& questions,
                       const std::string& command, std::int64_t now) {
  const auto answers = questions.ask(command);
  ReplayReport report{.left_out = events.left_out()};
  for (const auto& [pair, last] : events.all()) {
    const auto& kept = questions.kept()[pair.first];
    const auto answer = answers.find(pair);
    auto comparison = compare(last, kept ? &*kept : nullptr,
                              answer == answers.end() ? nullptr : &answer->second, now);
    ++report.counts[static_cast<std::size_t>(comparison.change)];
    report.successes += last.let_in ? 1 : 0;
    if (comparison.change == Change::Same) continue;
    report.all.push_back({events.certificates()[pair.first], kept ? kept->subject : "",
                          events.places()[pair.second], last.milliseconds / 1000,
                          std::move(comparison)});
  }
  return report;
}

int run(const Arguments& arguments) {
  if (!arguments.has("certificates"))
    throw ToolError("name the folder of CertMapKeepCertificates with --certificates FOLDER");
  const auto command = arguments.has("httpd") ? arguments.value("httpd") : default_httpd();
  const std::int64_t now = std::time(nullptr);
  LastEvents events(filter_of(arguments));
  read_events(arguments, events);
  const Questions questions(events, arguments.value("certificates"), now);
  const auto report = report_of(events, questions, command, now);
  std::cout << (arguments.has("json") ? replay_json : replay_text)(report);
  return report.exit();
}

}  // namespace

Command replay_command() {
  return {.name = "replay",
          .operands = "AUDITLOG...",
          .least = 1,
          .most = kAny,
          .summary = "says who would be let in or refused by what is configured now",
          .options = {{"certificates", "FOLDER", "that of CertMapKeepCertificates"},
                      {"vhost", "NAME", "only this ServerName or Host; also as NAME:PORT"},
                      {"location", "PATH", "only this path and what is below it"},
                      {"since", "TIME", "only from this day or moment on, in UTC"},
                      {"httpd", "CMD",
                       "httpd's command line; otherwise apache2ctl, apachectl or httpd"},
                      {"json", "", "prints one JSON object"}},
          .run = run,
          .more =
              "Compares the last event of each certificate at each place with what the\n"
              "configuration on disk decides now. Reads logs as certmapctl expiring does.\n"
              "Of a connection that was let in, a log has the first place only.\n"
              "Exit status: 0 nothing changes, 1 something does, 2 it cannot be told of some."};
}

}  // namespace certmap
