#include "http/framing.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace aml::http {

namespace {

constexpr std::string_view kCoding = "Transfer-Encoding";
constexpr std::string_view kLength = "Content-Length";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "gzip, chunked" → "chunked"
std::string_view last_of(std::string_view list) {
  list.remove_prefix(std::min(list.rfind(',') + 1, list.size()));  // npos + 1 is 0
  const std::size_t begin = list.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view() : list.substr(begin);
}

}  // namespace

std::optional<Response> refuse_framing(const Fields& fields, int version) {
  const std::size_t codings = fields.count(kCoding);
  const std::size_t lengths = fields.count(kLength);
  if (lengths > 1 || (lengths == 1 && codings > 0)) {
    return refusal(400, "the request says more than once how long its body is");
  }
  if (lengths == 1) {
    const std::string_view length = *fields.find(kLength);
    if (!length.empty() && std::all_of(length.begin(), length.end(), is_digit)) return std::nullopt;
    return refusal(400, "Content-Length must be a number of bytes");
  }
  if (codings == 0) return std::nullopt;
  if (version == 10) return refusal(400, "HTTP/1.0 knows no Transfer-Encoding");
  const std::string all = fields.joined(kCoding);
  if (is_same_name(all, "chunked")) return std::nullopt;
  if (!is_same_name(last_of(all), "chunked")) {
    return refusal(400, "the last transfer coding of a request must be chunked");
  }
  return refusal(501, "chunked is the only transfer coding that is known here");
}

std::optional<Response> refuse_host(const Fields& fields, int version) {
  const std::size_t hosts = fields.count("Host");
  if (hosts > 1 || (hosts == 0 && version != 10)) {
    return refusal(400, "the request must have one Host field");
  }
  if (hosts == 0) return std::nullopt;
  // What a host is never written with, but other things that stand before or after it are.
  if (fields.find("Host")->find_first_of(" \t,/?#@\\\"<>") == std::string_view::npos) {
    return std::nullopt;
  }
  return refusal(400, "the Host field must be a host, and a port where that is another than 80");
}

}  // namespace aml::http
