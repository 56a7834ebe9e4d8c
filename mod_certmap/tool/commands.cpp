#include "tool/commands.h"

namespace certmap {

std::vector<Command> all_commands() {
  return {show_command(), explain_command(), import_command(), expiring_command()};
}

}  // namespace certmap
