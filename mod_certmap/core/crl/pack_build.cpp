#include "core/crl/pack_build.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "core/crl/judge.h"
#include "core/text/calendar.h"

namespace certmap {

bool has_image(const PackedFile& file) {
  return std::ranges::any_of(file.crls, [](const PackedCrl& crl) { return !crl.image.empty(); });
}

namespace {

/// Of one list that was replaced by later ones of other bases; older ones give way.
constexpr std::ptrdiff_t kMostDeltas = 16;

/// Whether `later` says all that `before` says, or takes it back. A delta is followed by a complete
/// CRL, too, and by a delta only where that counts with all that it counts with.
bool follows(const CrlFacts& later, const CrlFacts& before) {
  if (later.series() != before.series()) return false;
  if (!before.is_delta())
    return !later.is_delta() && (later.number.empty() || !is_later(before, later));
  return !is_before(later.number, before.number) &&
         (!later.is_delta() || !is_before(*before.base, *later.base));
}

bool has_in_force(const PackedFile& file, const CrlFacts& facts) {
  return std::ranges::any_of(file.crls, [&](const PackedCrl& crl) {
    return !crl.image.empty() && is_same(crl.facts, facts);
  });
}

}  // namespace

void PackBuild::add_files_of(std::string_view pack) {
  const CrlPack other({pack, nullptr, 0});
  for (auto file : other.files()) {
    file.good = false;
    const auto row = std::ranges::find(files, file.path, &PackedFile::path);
    if (row == files.end())
      files.push_back(std::move(file));
    else
      row->crls.insert(row->crls.end(), file.crls.begin(), file.crls.end());
  }
}

/// Who may write the file must not let anybody in by leaving a list out.
void PackBuild::keep_missing(const PackedFile& before, PackedFile& now) {
  for (const auto& crl : before.crls) {
    const auto any = [&](auto how) {
      return std::ranges::count_if(
          now.crls, [&](const PackedCrl& each) { return how(each.facts, crl.facts); });
    };
    const auto others = any(is_of_one_kind);
    if (crl.image.empty() || any(follows) > 0 || others > kMostDeltas) continue;
    now.crls.push_back(crl);
    if (others > 0) continue;
    std::erase_if(missing, [&](const auto& known) {
      return known.first == now.path && is_same(known.second, crl.facts);
    });
    missing.emplace_back(now.path, crl.facts);
  }
}

/// Of those that count, and stand in no other file.
void PackBuild::tell_missing() {
  for (const auto& [path, facts] : missing) {
    const auto load = std::ranges::find(loads, path, &FileLoad::path);
    const auto has = [&list = facts](const PackedFile& file) { return has_in_force(file, list); };
    const auto file = std::ranges::find_if(files, has);
    if (load == loads.end() || file == files.end() || file->path != path ||
        std::ranges::count_if(files, has) > 1)
      continue;
    load->warnings.push_back(path + ": no longer has the CRL of " + facts.issuer +
                             (facts.number.empty() ? "" : ", number " + crl_number(facts.number)) +
                             "; it stays in force: put a later one there, or stop and start "
                             "httpd to do without it");
  }
}

/// Takes what was read of a file into the pack, or leaves what was there.
void PackBuild::take(ReadCrls read) {
  const auto row = std::ranges::find(files, read.file.path, &PackedFile::path);
  const bool is_known = row != files.end();
  if (read.is_short) {
    is_short = true;
    loads.push_back(std::move(read.load));
    return;
  }
  is_touched = true;
  // A folder of all past CRLs may lose those that others have followed.
  if (read.is_gone) drop_superseded(files);
  if (read.is_gone && is_folder && !(is_known && has_image(*row))) {
    if (is_known) files.erase(row);
    return;
  }
  const bool same = is_known && row->tried == read.file.tried;
  read.load.news = !same;
  read.load.changed = read.file.good && !(is_restart && same && row->good) &&
                      (!read.file.crls.empty() || (is_known && !row->crls.empty()));
  if (is_known && read.file.good) keep_missing(*row, read.file);
  loads.push_back(read.load);
  if (!is_known) {
    files.push_back(read.file);
  } else if (read.file.good) {
    *row = read.file;
  } else {
    row->tried = read.file.tried;
    row->again_at = read.file.again_at;
    row->good = false;
  }
  fresh.push_back(std::move(read));
}

void PackBuild::read(const std::string& file, const MayRead& may_read) {
  const auto row = std::ranges::find(files, file, &PackedFile::path);
  const bool has_crls = row != files.end() && !row->crls.empty();
  if (is_folder && file == path && !has_crls) {  // it can be read again
    is_touched = true;
    if (row != files.end()) files.erase(row);
    return;
  }
  const CrlReading reading{authorities, is_folder, now_in_seconds(),
                           row == files.end() ? nullptr : &*row};
  auto read = read_crls(file, reading, [&](const auto& opened) { return may_read(file, opened); });
  if (read) take(*std::move(read));
}

void PackBuild::settle(const MayRead& may_read) {
  if (drop_superseded(files)) {
    std::vector<std::string> again;
    for (const auto& file : files)
      if (std::ranges::any_of(file.crls, [](const auto& crl) { return crl.image.empty(); }))
        again.push_back(file.path);
    for (const auto& file : again) read(file, may_read);
    drop_superseded(files);
  }
  std::erase_if(files, [](const PackedFile& file) {
    return file.tried.error == ENOENT && !has_image(file) && !file.crls.empty();
  });
  tell_missing();
}

}  // namespace certmap
