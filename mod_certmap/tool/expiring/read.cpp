#include "tool/expiring/read.h"

#include <cstddef>
#include <iostream>
#include <string_view>

#include "tool/command.h"
#include "tool/expiring/file.h"

namespace certmap {
namespace {

void say_others(const std::string& path, const LogLines& lines) {
  if (lines.others == 0) return;
  std::cerr << "certmapctl: " << path << ": " << lines.others
            << (lines.others == 1 ? " line is no audit event" : " lines are no audit events")
            << " and left out (the first is line " << lines.first_other
            << "); look at them where they should be some\n";
}

}  // namespace

void read_logs(const std::vector<std::string>& paths, EventLines& events) {
  LogLines all;
  for (const auto& path : paths) {
    LogLines lines;
    for_each_log_line(path, [&](std::string_view line, std::size_t number) {
      events.read_line(line, number, lines);
    });
    say_others(path, lines);
    all.events += lines.events;
    all.others += lines.others;
  }
  if (all.events == 0 && all.others != 0)
    throw ToolError("there is no audit event in what was read; name the files of CertMapAuditLog");
}

}  // namespace certmap
