#include "tool/commands.h"

#include <vector>

namespace certmap {

std::vector<Command> all_commands() {
  return {show_command(),   explain_command(),  replay_command(),  lint_command(),
          add_command(),    block_command(),    unblock_command(), remove_command(),
          import_command(), expiring_command(), notify_command()};
}

}  // namespace certmap
