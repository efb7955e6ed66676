// What an S3 service answers: lists, results of uploads, refusals. Nothing of it may end the
// program, become more than it was, or be refused by anything but Error{unavailable}.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "sot/s3_answers.h"
#include "sot/s3_errors.h"

using namespace aml;

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

template <typename Call>
void unavailable_or(const Call& call) {
  try {
    call();
  } catch (const Error& e) {
    require(e.kind() == ErrorKind::unavailable);
  }
}

void refuse(const HttpResponse& response) {
  try {
    sot::throw_s3_error(response, "s3://sot/key", "sot");
  } catch (const Error& e) {
    const std::string said = e.what();
    require(said.size() < 2000);
    for (const unsigned char c : said) require(c >= 0x20 && c < 0x7F);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  unavailable_or([&] {
    const sot::FolderPage page = sot::parse_folder_page(text, "s3://sot/");
    std::size_t bytes = page.next_marker.size() + page.next_token.size();
    for (const std::string& name : page.names) bytes += name.size();
    // UTF-16 grows by half in UTF-8, ISO-8859-1 twofold.
    require(bytes <= 2 * size);
  });
  unavailable_or([&] { require(!sot::parse_upload_id(text, "s3://sot/key").empty()); });
  if (const auto etag = sot::parse_completed_upload(text)) require(!etag->empty());
  for (const int status : {200, 301, 403, 404, 503}) {
    HttpResponse response;
    response.status = status;
    response.body = text;
    response.headers = {{"retry-after", text}, {"content-range", text}, {"content-length", text},
                        {"etag", text},        {"date", text},          {"location", text}};
    require(status == 200 || !sot::is_success(response));
    sot::asks_to_try_again(response);
    sot::asked_delay(response);
    sot::object_info("HEAD", response);
    sot::object_info("GET", response);
    refuse(response);
  }
  return 0;
}
