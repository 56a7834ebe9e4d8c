#include "tool/replay/questions.h"

#include <fcntl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/certificate/certificate.h"
#include "core/certificate/openssl_der.h"
#include "core/live/descriptor.h"
#include "core/text/encodings.h"
#include "tool/command.h"
#include "tool/explain/ask.h"
#include "tool/input_file.h"

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

}  // namespace

Questions::Questions(const LastEvents& events, const std::string& folder, std::int64_t now)
    : file_(std::tmpfile()) {
  if (!file_) throw ToolError(std::string("no temporary file: ") + std::strerror(errno));
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error))
    cannot_read(folder, error ? error.message() : std::strerror(ENOTDIR));
  for (const auto& place : events.places()) write(ReplayPlace{place.vhost, url_of(place.location)});
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

}  // namespace certmap
