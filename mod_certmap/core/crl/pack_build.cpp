#include "core/crl/pack_build.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/text/calendar.h"

namespace certmap {

bool has_image(const PackedFile& file) {
  return std::ranges::any_of(file.crls, [](const PackedCrl& crl) { return !crl.image.empty(); });
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
  loads.push_back(read.load);
  if (!is_known) {
    files.push_back(read.file);
  } else if (read.file.good) {
    *row = read.file;
  } else {
    row->tried = read.file.tried;
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
}

}  // namespace certmap
