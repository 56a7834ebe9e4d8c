// The commands of certmapctl, each in a file of its own.
#pragma once

#include "tool/command.h"

namespace certmap {

Command show_command();
Command explain_command();
Command replay_command();
Command lint_command();
Command add_command();
Command block_command();
Command unblock_command();
Command remove_command();
Command import_command();
Command expiring_command();
Command notify_command();

}  // namespace certmap
