#include <iostream>

#include "tool/cert/certificate_file.h"
#include "tool/commands.h"
#include "tool/explain/ask.h"
#include "tool/explain/text.h"

namespace certmap {
namespace {

int explain(const Arguments& arguments) {
  const auto file = read_certificate_and_others(arguments.operands[0], arguments);
  const auto command = arguments.has("httpd") ? arguments.value("httpd") : default_httpd();
  const auto answer = ask_httpd(command, {.certificate = file.certificate,
                                          .others = file.others,
                                          .place = {.vhost = arguments.value("vhost"),
                                                    .location = arguments.value("location", "/"),
                                                    .method = arguments.value("method", "GET")}});
  const auto explained = read_explanation(answer, arguments.has("json"));
  std::cout << explained.text;
  return explained.exit;
}

}  // namespace

Command explain_command() {
  return {.name = "explain",
          .operands = "CERT",
          .least = 1,
          .most = 1,
          .summary = "says what the server's configuration decides for a certificate, and why",
          .options = {{"httpd", "CMD",
                       "httpd's command line; otherwise apache2ctl, apachectl or "
                       "httpd"},
                      {"vhost", "NAME", "a ServerName or ServerAlias, also as NAME:PORT"},
                      {"location", "PATH", "the URL's path; otherwise /"},
                      {"method", "METHOD", "of the request; otherwise GET"},
                      {"json", "", "prints one JSON object"},
                      password_file_option()},
          .run = explain,
          .more =
              "httpd reads its configuration as in httpd -t, answers, and writes nothing.\n"
              "Exit status: 0 mapped, 1 refused, 2 it cannot be told."};
}

}  // namespace certmap
