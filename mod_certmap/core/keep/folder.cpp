#include "core/keep/folder.h"

#include <fcntl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "core/certificate/openssl_der.h"
#include "core/live/descriptor.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"

namespace certmap {
namespace {

constexpr std::string_view kEnding = ".der";
constexpr std::size_t kMostSeen = 10'000;    ///< a cache only: beyond it files are looked at again
constexpr std::size_t kBiggest = 64 * 1024;  ///< octets of a certificate; strangers may send any
constexpr std::int64_t kPause = 5;           ///< seconds without a try after one has failed
constexpr std::int64_t kCountAgain = 60;     ///< seconds between two counts of a full folder

[[noreturn]] void fail() { throw std::system_error(errno, std::system_category()); }

std::int64_t count_files(const std::string& folder) {
  std::int64_t files = 0;
  for (const auto& each : std::filesystem::directory_iterator(folder))
    if (each.path().extension() == kEnding) ++files;
  return files;
}

void write_all(int descriptor, std::string_view octets) {
  while (!octets.empty()) {
    const auto written = ::write(descriptor, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail();
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Nobody sees a file that is not whole: it gets its name when it is.
void write_file(const std::string& path, const std::string& unfinished, std::string_view octets) {
  try {
    const Descriptor file(
        open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0 || fchmod(file.get(), 0600) != 0) fail();
    write_all(file.get(), octets);
    if (std::rename(unfinished.c_str(), path.c_str()) != 0) fail();
  } catch (const std::system_error&) {
    unlink(unfinished.c_str());
    throw;
  }
}

/// False where somebody has deleted it meanwhile.
bool touch(const std::string& path) {
  if (utimensat(AT_FDCWD, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno != ENOENT) fail();
  return false;
}

}  // namespace

std::string kept_name(std::string_view sha256) { return hex(sha256).append(kEnding); }

KeptCertificates::KeptCertificates(std::string folder, KeptMemory& memory)
    : folder_(std::move(folder)), memory_(memory) {}

void KeptCertificates::count(std::int64_t now) {
  // What is being written may be counted twice, but is never left out.
  const auto writing = memory_.writing.load();
  memory_.files = count_files(folder_) + writing;
  memory_.counted = now;
}

bool KeptCertificates::keep(const Certificate& certificate, std::int64_t now) {
  bool done = false;
  if (!begin(certificate.sha256.octets(), now, done)) return done;
  try {
    write(certificate, now);
    return true;
  } catch (...) {
    give_up(certificate.sha256.octets(), now);
    throw;
  }
}

/// True where the caller, and no other thread, has to write.
bool KeptCertificates::begin(const std::string& sha256, std::int64_t now, bool& done) {
  const std::lock_guard lock(mutex_);
  if (now / kSecondsPerDay != day_ || seen_.size() >= kMostSeen) seen_.clear();
  day_ = now / kSecondsPerDay;
  done = seen_.contains(sha256);
  // A clock that was set back must not make the pause longer.
  if (done || (now >= failed_ && now < failed_ + kPause)) return false;
  seen_.insert(sha256);
  return true;
}

void KeptCertificates::give_up(const std::string& sha256, std::int64_t now) {
  const std::lock_guard lock(mutex_);
  seen_.erase(sha256);
  failed_ = now;
}

void KeptCertificates::write(const Certificate& certificate, std::int64_t now) {
  const auto path = folder_ + "/" + kept_name(certificate.sha256.octets());
  const auto der = encode(i2d_X509, certificate.x509.get());
  struct stat status {};
  const bool is_new = lstat(path.c_str(), &status) != 0;
  if (is_new && errno != ENOENT) fail();
  // After a crash of the machine a file may be shorter than it was written.
  if (!is_new && S_ISREG(status.st_mode) && status.st_size == static_cast<off_t>(der.size()) &&
      (status.st_mtim.tv_sec / kSecondsPerDay >= now / kSecondsPerDay || touch(path)))
    return;
  if (der.size() > kBiggest) throw std::length_error("it is bigger than 64 KiB");
  create(path, der, is_new, now);
}

void KeptCertificates::create(const std::string& path, std::string_view der, bool is_new,
                              std::int64_t now) {
  if (is_new && !take_place(now))
    throw std::length_error("there are " + std::to_string(kMostKept) + " in it already");
  try {
    const auto name = std::filesystem::path(path).filename().string();
    write_file(path, folder_ + "/." + name + "." + std::to_string(getpid()), der);
  } catch (...) {
    if (is_new) --memory_.files, --memory_.writing;
    throw;
  }
  if (is_new) --memory_.writing;
}

bool KeptCertificates::take_place(std::int64_t now) {
  const auto try_once = [&] {
    ++memory_.writing;
    if (memory_.files.fetch_add(1) < kMostKept) return true;
    --memory_.files;
    --memory_.writing;
    return false;
  };
  if (try_once()) return true;
  auto counted = memory_.counted.load();
  const bool is_old = now < counted || now >= counted + kCountAgain;
  if (!is_old || !memory_.counted.compare_exchange_strong(counted, now)) return false;
  count(now);
  return try_once();
}

}  // namespace certmap
