#include "service/webhook_settings.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text_file.h"

namespace aml::service {

std::string webhook_secret(const std::string& file) {
  const std::string text = read_text(file, kMostWebhookSecretBytes);
  const std::string secret = text.substr(0, text.find_first_of("\r\n"));
  if (secret.empty()) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: its first line must be the secret that signs", file));
  }
  log::hide_secret(secret);
  return secret;
}

}  // namespace aml::service
