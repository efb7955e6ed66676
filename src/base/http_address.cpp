#include "base/http_address.h"

#include <curl/curl.h>

#include <memory>

#include "base/lower_case.h"

namespace aml {

std::string refuse_http_address(const std::string& text) {
  constexpr const char* kWhat = "must begin with http:// or https:// and name a host";
  const std::string scheme = in_lower_case(text.substr(0, text.find("://")));
  // libcurl would read over a third slash.
  if ((scheme != "http" && scheme != "https") || text.find(":///") != std::string::npos) {
    return kWhat;
  }
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  switch (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0)) {
    case CURLUE_OK:
      return {};
    case CURLUE_BAD_PORT_NUMBER:
      return "names a port that is none: ports are numbers up to 65535";
    default:
      return kWhat;
  }
}

std::string refuse_http_base(const std::string& text) {
  if (text.find_first_of("?#") != std::string::npos) return "must hold neither ? nor #";
  return refuse_http_address(text);
}

}  // namespace aml
