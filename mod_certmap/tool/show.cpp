#include <iostream>

#include "tool/certificate_file.h"
#include "tool/commands.h"

namespace certmap {
namespace {

int show(const Arguments& arguments) {
  const auto certificate = read_certificate_file(arguments.operands[0]);
  std::cout << "subject  " << name_of({AttributeKind::Subject, {}}) << "\n";
  return certificate.malformed ? kNo : kYes;
}

}  // namespace

Command show_command() {
  return {.name = "show",
          .operands = "CERT",
          .least = 1,
          .most = 1,
          .summary = "shows what mod_certmap reads in a certificate",
          .options = {{"json", "", "prints one JSON object"},
                      {"password-file", "FILE", "holds the password of a PKCS#12 file"}},
          .run = show};
}

}  // namespace certmap
