// What strangers send to a server: bytes to the request parser, its target to the router's words.
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "http/negotiation.h"
#include "http/parser.h"
#include "http/router.h"
#include "http/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aml;
  http::Request request;
  const bool keeps_body = size % 2 == 0;
  http::Parser parser(request, keeps_body);
  parser.eager(true);
  parser.header_limit(16'384);
  parser.body_limit(65'536);
  std::size_t at = 0;
  while (!parser.is_done() && at < size) {
    http::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(data + at, size - at), error);
    if (error || used == 0) break;
    at += used;
  }
  http::choose_encoding(request.fields.joined("Accept-Encoding"));
  http::matches_etag(request.fields.joined("If-None-Match"), "\"a\"");
  try {
    const http::Target target = http::parse_target(request.target);
    http::match_pattern("/alerts/{date}/{alert_id}", target.segments);
    http::match_pattern("/web/{path...}", target.segments);
  } catch (const Error&) {
  }
  return 0;
}
