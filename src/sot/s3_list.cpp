#include "sot/s3_list.h"

#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/threads.h"
#include "sot/s3_answers.h"
#include "sot/s3_errors.h"

namespace aml::sot {
namespace {

// A page has at most a thousand names of at most 1,024 bytes each, percent-encoded, with some words
// about each.
constexpr std::uint64_t kMostPageBytes = 8 << 20;
constexpr std::size_t kLongestToken = 16 << 10;

[[noreturn]] void refuse(const std::string& address, const std::string& why) {
  throw Error(ErrorKind::unavailable,
              fmt::format("{}: the service's list of objects {}: it cannot be told what is newest",
                          address, why));
}

// Adds the folder that a key or a prefix of keys lies in, if it is one directly below `prefix`.
void add_folder(std::string_view name, const std::string& prefix, std::set<std::string>& folders) {
  if (!name.starts_with(prefix)) return;
  name.remove_prefix(prefix.size());
  const auto slash = name.find('/');
  if (slash != std::string_view::npos && slash > 0) folders.emplace(name.substr(0, slash));
}

// The parameter that asks for the next page; an empty name where this was the last.
std::pair<std::string, std::string> next_page(const FolderPage& page, const std::string& address) {
  if (!page.is_truncated) return {};
  const bool is_version_1 = page.next_token.empty();
  const std::string& where = is_version_1 ? page.next_marker : page.next_token;
  if (where.empty()) refuse(address, "is cut off and does not say where it goes on");
  if (where.size() > kLongestToken) {
    refuse(address, fmt::format("goes on at a token of over {} bytes", kLongestToken));
  }
  return {is_version_1 ? "marker" : "continuation-token", where};
}

}  // namespace

std::vector<std::string> list_folders(S3Client& client, const std::string& prefix) {
  const std::string address = client.address(prefix);
  std::set<std::string> folders;
  std::set<std::pair<std::string, std::string>> asked;
  std::pair<std::string, std::string> next;
  int pages = 0;
  do {
    throw_if_stop_requested();
    if (++pages > kMostListPages) refuse(address, fmt::format("has over {} pages", kMostListPages));
    S3Request request{.method = "GET", .answer_limit = kMostPageBytes};
    // Names in percent-encoding: XML cannot hold every byte that a key may.
    request.query = {
        {"list-type", "2"}, {"delimiter", "/"}, {"encoding-type", "url"}, {"prefix", prefix}};
    if (!next.first.empty()) {
      if (!asked.insert(next).second) refuse(address, "repeats itself");
      request.query.push_back(next);
    }
    const HttpResponse response = client.send(request);
    if (!is_success(response)) throw_s3_error(response, address, client.bucket());
    const FolderPage page = parse_folder_page(response.body, address);
    for (const std::string& name : page.names) {
      add_folder(name, prefix, folders);
    }
    if (folders.size() > kMostListNames) {
      refuse(address, fmt::format("has over {} names", kMostListNames));
    }
    next = next_page(page, address);
  } while (!next.first.empty());
  return {folders.begin(), folders.end()};
}

}  // namespace aml::sot
