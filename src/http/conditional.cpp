#include "http/conditional.h"

#include <fmt/format.h>

#include <utility>

#include "base/hash.h"
#include "http/compression.h"
#include "http/negotiation.h"

namespace aml::http {

namespace {

constexpr std::size_t kWorthPacking = 1'024;

}  // namespace

std::string content_tag(std::string_view bytes) {
  constexpr std::size_t kDigits = 32;
  return hash_text(HashKind::sha256, bytes).substr(0, kDigits);
}

bool client_has(const Request& request, std::string_view etag) {
  return matches_etag(request.fields.joined("If-None-Match"), etag);
}

Response conditional(const Request& request, const Representation& representation) {
  Response response{
      .content_type = representation.content_type,
      .fields = {{"ETag", representation.etag}, {"Cache-Control", representation.cache_control}}};
  if (!representation.vary.empty()) response.fields.emplace_back("Vary", representation.vary);
  if (client_has(request, representation.etag)) {
    response.status = 304;
  } else if (representation.coding != "identity") {
    response.fields.emplace_back("Content-Encoding", representation.coding);
  }
  return response;
}

std::optional<std::string_view> wanted_coding(const Request& request) {
  return choose_encoding(request.fields.joined("Accept-Encoding"));
}

Response no_coding() {
  return refusal(406, "this address answers in zstd, gzip or identity coding");
}

Encoded encoded(std::string bytes, std::string_view coding) {
  Encoded made{
      .etag = {}, .coding = bytes.size() >= kWorthPacking ? coding : "identity", .body = {}};
  made.etag = fmt::format("\"{}-{}\"", content_tag(bytes), made.coding);
  if (made.coding != "identity") bytes = encode(made.coding, bytes);
  made.body = make_body(std::move(bytes));
  return made;
}

Response conditional(const Request& request, const Encoded& encoded) {
  Response response = conditional(
      request,
      Representation{.etag = encoded.etag, .coding = encoded.coding, .vary = "Accept-Encoding"});
  if (response.status == 200) response.body = encoded.body;
  return response;
}

}  // namespace aml::http
