#include "core/crl/crl_files.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "core/crl/folder.h"
#include "core/crl/read_file.h"
#include "core/live/lasting_memory.h"
#include "core/live/reading.h"
#include "core/live/rest.h"
#include "core/text/calendar.h"

namespace certmap {
namespace {

using namespace std::chrono_literals;

using Files = std::vector<PackedFile>;
using Paths = std::vector<std::string>;
using MayRead = std::function<bool(const std::string& path, const FileStamp& opened)>;

FileLoad being_written(const std::string& file) {
  return {.errors = {file + ": is being written; it is read when it has been at rest for a second"},
          .news = true,
          .path = file};
}

bool has_image(const PackedFile& file) {
  return std::ranges::any_of(file.crls, [](const PackedCrl& crl) { return !crl.image.empty(); });
}

/// "crl/corp.crl: the CRL of CN=Corp CA has passed its nextUpdate, 2026-12-21T15:04:46Z".
RunOut run_out(const std::string& path, const CrlFacts& facts) {
  return {path, path + ": the " + (facts.is_delta() ? "delta " : "") + "CRL of " + facts.issuer +
                    " has passed its nextUpdate, " + utc_text(facts.next_update)};
}

/// First second at which it is no longer in force.
std::int64_t end_of(const CrlFacts& facts) {
  return facts.next_update >= kForever - 1 ? kForever : facts.next_update + 1;
}

}  // namespace

struct CrlFiles::State {
  State(std::string path_given, CrlAuthorities authorities_given, int memfd, bool anew)
      : path(std::move(path_given)),
        authorities(std::move(authorities_given)),
        kept(kPackFormat, memfd, anew) {}

  /// A pack under construction: what it stands on must live as long.
  struct Build {
    Files files;
    bool is_folder;
    bool is_restart;
    bool is_touched = false;
    std::deque<ReadCrls> fresh = {};
    std::vector<FileLoad> loads = {};
  };

  std::vector<FileLoad> load_all();
  std::vector<FileLoad> reload(Moment now);
  CrlLook settled_look(const Files& before, Paths& unsettled) const;
  bool must_read(const Files& before, const std::string& file, const FileStamp& stamp) const;
  bool is_signed_here(const PackedFile& file) const;
  Paths ready_files(const CrlLook& look, const Files& known, Moment now,
                    std::vector<FileLoad>& loads);
  void read(Build& build, const std::string& file, const MayRead& may_read);
  void take(Build& build, ReadCrls read);
  void finish(Build& build, const MayRead& may_read);
  void publish(Build& build);
  void tell_of_late(Build& build) const;
  void retry_later();
  std::shared_ptr<const CrlPack> image_in_force();
  std::shared_ptr<const CrlPack> peek() const;
  std::shared_ptr<const CrlPack> known_pack();
  std::vector<RunOut> passed(std::int64_t now);
  void let_old_image_go();

  const std::string path;
  const CrlAuthorities authorities;
  LastingMemory kept;
  ImageMemory& memory = kept.now();

  std::mutex load_mutex;
  std::map<std::string, FileRest> rests;

  std::mutex image_mutex;
  std::shared_ptr<const CrlPack> image;
};

void CrlFiles::State::retry_later() {
  memory.set_retry_at(number_of(std::chrono::steady_clock::now() + kRetryAfter));
}

/// Takes what was read of a file into the pack, or leaves what was there.
void CrlFiles::State::take(Build& build, ReadCrls read) {
  const auto row = std::ranges::find(build.files, read.file.path, &PackedFile::path);
  const bool is_known = row != build.files.end();
  if (read.is_short) {
    retry_later();
    build.loads.push_back(std::move(read.load));
    return;
  }
  build.is_touched = true;
  // A folder of all past CRLs may lose those that others have followed.
  if (read.is_gone) drop_superseded(build.files);
  if (read.is_gone && build.is_folder && !(is_known && has_image(*row))) {
    if (is_known) build.files.erase(row);
    return;
  }
  const bool same = is_known && row->tried == read.file.tried;
  read.load.news = !same;
  read.load.changed = read.file.good && !(build.is_restart && same && row->good) &&
                      (!read.file.crls.empty() || (is_known && !row->crls.empty()));
  build.loads.push_back(read.load);
  if (!is_known) {
    build.files.push_back(read.file);
  } else if (read.file.good) {
    *row = read.file;
  } else {
    row->tried = read.file.tried;
    row->good = false;
  }
  build.fresh.push_back(std::move(read));
}

void CrlFiles::State::read(Build& build, const std::string& file, const MayRead& may_read) {
  const auto row = std::ranges::find(build.files, file, &PackedFile::path);
  const bool has_crls = row != build.files.end() && !row->crls.empty();
  if (build.is_folder && file == path && !has_crls) {  // it can be read again
    build.is_touched = true;
    if (row != build.files.end()) build.files.erase(row);
    return;
  }
  const CrlReading reading{authorities, build.is_folder, now_in_seconds(),
                           row == build.files.end() ? nullptr : &*row};
  auto read = read_crls(file, reading, [&](const auto& opened) { return may_read(file, opened); });
  if (read) take(build, *std::move(read));
}

/// A CRL counts again where the later one has gone: its file is read once more.
void CrlFiles::State::finish(Build& build, const MayRead& may_read) {
  if (drop_superseded(build.files)) {
    Paths again;
    for (const auto& file : build.files)
      if (std::ranges::any_of(file.crls, [](const auto& crl) { return crl.image.empty(); }))
        again.push_back(file.path);
    for (const auto& file : again) read(build, file, may_read);
    drop_superseded(build.files);
  }
  std::erase_if(build.files, [](const PackedFile& file) {
    return file.tried.error == ENOENT && !has_image(file) && !file.crls.empty();
  });
  publish(build);
}

void CrlFiles::State::publish(Build& build) {
  const bool changed = std::ranges::any_of(build.loads, &FileLoad::changed);
  std::ranges::sort(build.files, {}, &PackedFile::path);
  const PackParts parts(build.files);
  try {
    kept.publish(parts.parts(), changed);
    memory.set_tried({});
    tell_of_late(build);
  } catch (const std::system_error& failure) {
    retry_later();
    build.loads = {{.errors = {path + ": " + failure.what()}, .news = true, .path = path}};
  }
}

/// What had run out before it was read.
void CrlFiles::State::tell_of_late(Build& build) const {
  for (auto& load : build.loads) {
    if (!load.changed) continue;
    const auto file = std::ranges::find(build.files, load.path, &PackedFile::path);
    if (file == build.files.end()) continue;
    for (const auto& crl : file->crls)
      if (!crl.image.empty() && end_of(crl.facts) <= memory.told_until())
        load.run_out.push_back(run_out(file->path, crl.facts));
  }
}

bool CrlFiles::State::is_signed_here(const PackedFile& file) const {
  return std::ranges::all_of(file.crls, [&](const PackedCrl& crl) {
    return std::ranges::any_of(authorities.cas,
                               [&](X509* ca) { return crl_signer(ca) == crl.facts.signer; });
  });
}

bool CrlFiles::State::must_read(const Files& before, const std::string& file,
                                const FileStamp& stamp) const {
  const auto row = std::ranges::find(before, file, &PackedFile::path);
  return row == before.end() || !row->good || row->tried != stamp || !is_signed_here(*row);
}

/// Waits for files that are being written in place of ones that are in force.
CrlLook CrlFiles::State::settled_look(const Files& before, Paths& unsettled) const {
  for (int attempt = 0;; ++attempt) {
    CrlLook look(path, before);
    unsettled.clear();
    for (const auto& [file, stamp] : look.stamps) {
      const auto row = std::ranges::find(before, file, &PackedFile::path);
      if (kept.before() && row != before.end() && is_unsettled(stamp, row->tried))
        unsettled.push_back(file);
    }
    if (unsettled.empty() || attempt >= kAttempts) return look;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

/// The last good state is asked only for what cannot be read; whatever it says may be forged.
std::vector<FileLoad> CrlFiles::State::load_all() {
  const auto* old = kept.before();
  std::shared_ptr<const CrlPack> before = std::make_shared<const CrlPack>();
  try {
    before = std::make_shared<const CrlPack>(old ? old->peek() : memory.peek());
  } catch (const std::runtime_error&) {
    // There is no last good state.
  }
  if (old) memory.tell_until(0, old->told_until());
  Build build{.files = before->files(), .is_folder = false, .is_restart = old != nullptr};
  std::erase_if(build.files, [&](const PackedFile& file) {
    return !belongs_to(path, file.path) || !is_signed_here(file);
  });
  Paths unsettled;
  const auto look = settled_look(build.files, unsettled);
  build.is_folder = look.is_folder;
  const auto known = build.files;
  const auto always = [](const std::string&, const FileStamp&) { return true; };
  // Others may have followed those that have gone.
  for (const bool gone : {false, true})
    for (const auto& [file, stamp] : look.stamps) {
      if ((stamp.error != 0) != gone) continue;
      if (std::ranges::find(unsettled, file) != unsettled.end())
        build.loads.push_back(being_written(file));
      else if (old || must_read(known, file, stamp))
        read(build, file, always);
    }
  if (!build.loads.empty() || memory.generation() == 0) finish(build, always);
  kept.settle();
  const bool has_none = std::ranges::none_of(build.files, has_image);
  if (has_none && std::ranges::all_of(build.loads, [](const auto& l) { return l.errors.empty(); }))
    build.loads.push_back(
        {.warnings = {path + ": has no CRL that a CA of CertMapIssuedBy signed; whom the rule "
                             "would map is refused as revocation_unknown until there is one"},
         .path = path});
  return std::move(build.loads);
}

Paths CrlFiles::State::ready_files(const CrlLook& look, const Files& known, Moment now,
                                   std::vector<FileLoad>& loads) {
  Paths ready;
  Paths gone;
  std::erase_if(rests, [&](const auto& rest) { return !look.stamps.contains(rest.first); });
  for (const auto& [file, stamp] : look.stamps) {
    auto& rest = rests[file];
    const auto change = rest.look(stamp, tried_of(known, file), now);
    if (change == FileChange::Ready) (stamp.error != 0 ? gone : ready).push_back(file);
    if (change == FileChange::Settling && rest.is_being_written() &&
        memory.is_first_to_see_writing())
      loads.push_back({.being_written = true, .path = file});
  }
  if (memory.retry_at() > number_of(now)) return {};
  ready.insert(ready.end(), gone.begin(), gone.end());  // others may have followed those
  return ready;
}

std::vector<FileLoad> CrlFiles::State::reload(Moment now) {
  let_old_image_go();
  if (memory.superseded()) return {};
  std::vector<FileLoad> loads;
  auto pack = image_in_force();
  const CrlLook look(path, pack->files());
  auto ready = ready_files(look, pack->files(), now, loads);
  if (ready.empty() && !memory.has_old()) return loads;

  BuildLock one_process(memory.memfd());
  if (!one_process.held()) return loads;
  memory.give_back_old();
  // Another process may have been faster.
  pack = image_in_force();
  std::erase_if(ready, [&](const std::string& file) {
    return tried_of(pack->files(), file) == look.stamps.at(file);
  });
  if (ready.empty()) return loads;
  const MayRead may_read = [&](const std::string& file, const FileStamp& opened) {
    return !look.stamps.contains(file) || opened == look.stamps.at(file) ||
           rests[file].look(opened, tried_of(pack->files(), file), now) == FileChange::Ready;
  };
  memory.set_retry_at(0);
  Build build{.files = pack->files(),
              .is_folder = look.is_folder,
              .is_restart = false,
              .loads = std::move(loads)};
  for (const auto& file : ready) read(build, file, may_read);
  if (build.is_touched) finish(build, may_read);
  return std::move(build.loads);
}

/// So that its memory can be given back also where no request comes.
void CrlFiles::State::let_old_image_go() {
  const std::lock_guard one_thread(image_mutex);
  if (image && image->generation() != memory.generation()) image.reset();
}

std::shared_ptr<const CrlPack> CrlFiles::State::image_in_force() {
  const std::lock_guard one_thread(image_mutex);
  if (!image || image->generation() != memory.generation())
    image = std::make_shared<const CrlPack>(memory.map_image());
  return image;
}

/// The one that this process holds already, where that is in force.
std::shared_ptr<const CrlPack> CrlFiles::State::known_pack() {
  const std::lock_guard one_thread(image_mutex);
  return image && image->generation() == memory.generation() ? image : peek();
}

std::shared_ptr<const CrlPack> CrlFiles::State::peek() const {
  return std::make_shared<const CrlPack>(memory.peek());
}

namespace {

/// Of deltas only the last is waited for.
bool is_followed(const CrlFacts& delta, const CrlPack& pack) {
  return delta.is_delta() && std::ranges::any_of(pack.crls(), [&](const auto& other) {
           const auto& facts = other.image.facts();
           return facts.is_delta() && facts.signer == delta.signer &&
                  facts.scope.der == delta.scope.der && is_before(delta.number, facts.number);
         });
}

}  // namespace

std::vector<RunOut> CrlFiles::State::passed(std::int64_t now) {
  const auto told = memory.told_until();
  if (now <= told) return {};
  const auto pack = known_pack();
  std::vector<RunOut> found;
  for (const auto& [crl, file] : pack->crls())
    if (const auto end = end_of(crl.facts());
        told < end && end <= now && !is_followed(crl.facts(), *pack))
      found.push_back(run_out(file, crl.facts()));
  if (found.empty() || !memory.tell_until(told, now)) return {};
  return found;
}

CrlFiles::CrlFiles(std::string path, CrlAuthorities authorities, int memfd, bool anew)
    : state_(std::make_unique<State>(std::move(path), std::move(authorities), memfd, anew)) {}
CrlFiles::~CrlFiles() = default;

const std::string& CrlFiles::path() const { return state_->path; }
int CrlFiles::memfd() const { return state_->memory.memfd(); }
std::uint64_t CrlFiles::generation() const { return state_->memory.generation(); }

std::vector<FileLoad> CrlFiles::load_all() {
  const std::lock_guard one_thread(state_->load_mutex);
  return state_->load_all();
}

std::vector<FileLoad> CrlFiles::reload(Moment now) {
  const std::lock_guard one_thread(state_->load_mutex);
  return state_->reload(now);
}

std::vector<FileLoad> CrlFiles::reload_all() {
  auto loads = reload(std::chrono::steady_clock::now());
  for (auto& load : passed()) loads.push_back(std::move(load));
  return loads;
}

std::vector<std::string> CrlFiles::read_paths() const {
  std::vector<std::string> paths{path()};
  const auto pack = peek();
  for (const auto& file : pack->files()) paths.push_back(file.path);
  return paths;
}

std::vector<FileLoad> CrlFiles::passed() {
  auto found = state_->passed(now_in_seconds());
  if (found.empty()) return {};
  return {{.path = path(), .run_out = std::move(found)}};
}

std::shared_ptr<const CrlPack> CrlFiles::pack() const { return state_->image_in_force(); }
std::shared_ptr<const CrlPack> CrlFiles::peek() const { return state_->peek(); }

}  // namespace certmap
