#include "base/secrets.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace aml::log {

void Secrets::add(std::string secret) {
  const auto is_known = [&](const Secret& known) { return known.text == secret; };
  if (std::any_of(secrets_.begin(), secrets_.end(), is_known)) return wipe(secret);
  // Longer ones first: where one is part of another, none of the other may stay.
  const auto place = std::find_if(secrets_.begin(), secrets_.end(), [&](const Secret& other) {
    return other.text.size() < secret.size();
  });
  secrets_.insert(place, {std::move(secret), ++added_});
  if (secrets_.size() <= most_) return;
  const auto oldest =
      std::min_element(secrets_.begin(), secrets_.end(),
                       [](const Secret& a, const Secret& b) { return a.number < b.number; });
  wipe(oldest->text);
  secrets_.erase(oldest);
}

std::string Secrets::hidden_in(std::string_view text) const {
  std::string result(text);
  for (const Secret& secret : secrets_) {
    for (std::size_t at = result.find(secret.text); at != std::string::npos;
         at = result.find(secret.text, at + 3)) {
      result.replace(at, secret.text.size(), "***");
    }
  }
  return result;
}

void Secrets::wipe_all() {
  for (Secret& secret : secrets_) wipe(secret.text);
}

void Secrets::wipe(std::string& secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

}  // namespace aml::log
