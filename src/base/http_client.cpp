#include "base/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/lower_case.h"
#include "base/parse_number.h"
#include "base/threads.h"

namespace aml {
namespace {

// "GET host/path": never the query, which may carry a signature, nor user and password.
std::string subject(const HttpRequest& request) {
  std::string_view url = request.url;
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  const std::size_t user_end = url.substr(0, url.find_first_of("/?#")).rfind('@');
  if (user_end != std::string_view::npos) url.remove_prefix(user_end + 1);
  return fmt::format("{} {}", request.method, url.substr(0, url.find('?')));
}

// What a request needs while libcurl runs it.
struct Transfer {
  CURL* handle = nullptr;
  std::uint64_t body_limit = 0;
  std::size_t header_bytes = 0;
  const HttpClient::Sink* sink = nullptr;
  const HttpClient::Head* head = nullptr;  // until it was called
  HttpResponse response;
  bool ended_here = false;  // by the sink, or because an error's body is long
  bool too_large = false;
  std::exception_ptr failure;  // thrown by the sink; exceptions must not pass through C
};

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  auto& response = transfer.response;
  const std::string_view line(data, size);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMostHeaderBytes) {
    transfer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  if (line.starts_with("HTTP/")) {  // a new answer begins (after 100 Continue)
    response.headers.clear();
    return size;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) {
    return size;
  }
  std::string name = in_lower_case(std::string(line.substr(0, colon)));
  std::string_view value = line.substr(colon + 1);
  const auto first = value.find_first_not_of(" \t\r\n");
  const auto last = value.find_last_not_of(" \t\r\n");
  value = first == std::string_view::npos ? "" : value.substr(first, last - first + 1);
  response.headers.emplace_back(std::move(name), value);
  return size;
}

// False where the caller takes nothing of this body.
bool show_head(Transfer& transfer, long status) {
  const HttpClient::Head* head = std::exchange(transfer.head, nullptr);
  if (head == nullptr || !*head) return true;
  transfer.response.status = static_cast<int>(status);
  return (*head)(transfer.response);
}

// Keeps what the bound allows; false where there was more.
bool keep(Transfer& transfer, std::string_view bytes) {
  std::string& body = transfer.response.body;
  const std::uint64_t room = transfer.body_limit - body.size();
  body.append(
      bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()))));
  return bytes.size() <= room;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view bytes(data, size);
  long status = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
  const bool good = status >= 200 && status <= 299;
  try {
    if (good && transfer.sink != nullptr && *transfer.sink) {
      if (show_head(transfer, status) && (*transfer.sink)(bytes)) return size;
      transfer.ended_here = true;
    } else {
      if (keep(transfer, bytes)) return size;
      transfer.too_large = good;
      transfer.ended_here = !good;
    }
  } catch (...) {
    transfer.failure = std::current_exception();
  }
  return CURL_WRITEFUNC_ERROR;
}

int on_progress(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return stop_requested() ? 1 : 0;
}

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  if (const CURLcode code = curl_easy_setopt(handle, option, value); code != CURLE_OK) {
    throw Error(ErrorKind::internal,
                fmt::format("libcurl refused option {}: {}", static_cast<int>(option),
                            curl_easy_strerror(code)));
  }
}

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

HeaderList header_list(const HttpRequest& request) {
  curl_slist* list = nullptr;
  for (const auto& [name, value] : request.headers) {
    // "Name;" is libcurl's way of sending a header without a value.
    list = curl_slist_append(list, (value.empty() ? name + ";" : name + ": " + value).c_str());
  }
  // libcurl adds these by itself: a large PUT would wait a second for "100 Continue", and no body
  // here is a form.
  list = curl_slist_append(list, "Expect:");
  list = curl_slist_append(list, "Content-Type:");
  return {list, &curl_slist_free_all};
}

void set_method(CURL* handle, const HttpRequest& request) {
  if (request.method == "HEAD") {
    set(handle, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request.method == "PUT" || request.method == "POST") {
    set(handle, CURLOPT_POST, 1L);
    set(handle, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

// TLS with forward secrecy and authenticated encryption; all that TLS 1.3 has is of that kind.
void set_tls(CURL* handle, const HttpRequest& request) {
  set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(handle, CURLOPT_SSL_CIPHER_LIST,
      "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL");
  if (!request.ca_file.empty()) {
    set(handle, CURLOPT_CAINFO, request.ca_file.c_str());
  }
}

void set_up(CURL* handle, const HttpRequest& request, Transfer& transfer) {
  set(handle, CURLOPT_URL, request.url.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_PATH_AS_IS, 1L);
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_BUFFERSIZE, 512L * 1024);
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.deadline.count()));
  const long stall_s = std::max<long>(1, static_cast<long>(request.stall_timeout.count()) / 1000);
  set(handle, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(request.least_rate));
  set(handle, CURLOPT_LOW_SPEED_TIME, stall_s);
  set_tls(handle, request);
  set(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(handle, CURLOPT_HEADERFUNCTION, &on_header);
  set(handle, CURLOPT_HEADERDATA, &transfer);
  set(handle, CURLOPT_WRITEFUNCTION, &on_body);
  set(handle, CURLOPT_WRITEDATA, &transfer);
  set(handle, CURLOPT_NOPROGRESS, 0L);
  set(handle, CURLOPT_XFERINFOFUNCTION, &on_progress);
  set_method(handle, request);
}

[[noreturn]] void refuse_url(const HttpRequest& request) {
  throw Error(ErrorKind::usage,
              fmt::format("{}: this is no http or https address", subject(request)));
}

// libcurl would guess a scheme, and has one code for schemes and for answers that are no HTTP.
void check_scheme(const HttpRequest& request) {
  const auto scheme_end = request.url.find("://");
  const std::string scheme = in_lower_case(request.url.substr(0, scheme_end));
  if (scheme_end == std::string::npos || (scheme != "http" && scheme != "https")) {
    refuse_url(request);
  }
}

[[noreturn]] void fail(const HttpRequest& request, const Transfer& transfer, CURLcode code,
                       const char* details) {
  const std::string why = *details != '\0' ? details : curl_easy_strerror(code);
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    throw Error(ErrorKind::interrupted, "interrupted");
  }
  if (transfer.too_large) {
    throw Error(ErrorKind::unavailable,
                transfer.header_bytes > kMostHeaderBytes
                    ? fmt::format("{}: the answer's headers are over {} bytes: nothing that was "
                                  "asked for is so long",
                                  subject(request), kMostHeaderBytes)
                    : fmt::format("{}: the answer is over {} bytes: nothing that was asked for is "
                                  "so long",
                                  subject(request), request.body_limit));
  }
  switch (code) {
    case CURLE_URL_MALFORMAT:
      refuse_url(request);
    case CURLE_PEER_FAILED_VERIFICATION:
      throw Error(ErrorKind::denied, fmt::format("{}: the server's certificate is not trusted: {}",
                                                 subject(request), why));
    case CURLE_SSL_CACERT_BADFILE:
      throw Error(ErrorKind::usage,
                  fmt::format("{} is no file of certificate authorities: it must be PEM",
                              request.ca_file.empty() ? "the system's list" : request.ca_file));
    default:
      throw Error(ErrorKind::unavailable, fmt::format("{}: {}", subject(request), why));
  }
}

}  // namespace

struct HttpClient::State {
  CURL* handle = nullptr;
};

std::optional<std::string> HttpResponse::header(std::string_view lowercase_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lowercase_name) {
      return value;
    }
  }
  return std::nullopt;
}

HttpClient::HttpClient() : state_(new State) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  state_->handle = curl_easy_init();
  if (state_->handle == nullptr) {
    delete state_;
    throw Error(ErrorKind::internal, "libcurl gave no handle");
  }
}

HttpClient::~HttpClient() {
  curl_easy_cleanup(state_->handle);
  delete state_;
}

HttpResponse HttpClient::send(const HttpRequest& request, const Sink& sink, const Head& head) {
  check_scheme(request);
  CURL* handle = state_->handle;
  curl_easy_reset(handle);  // keeps connections
  Transfer transfer;
  transfer.handle = handle;
  transfer.body_limit = request.body_limit;
  transfer.sink = &sink;
  transfer.head = &head;
  char details[CURL_ERROR_SIZE] = "";
  set(handle, CURLOPT_ERRORBUFFER, static_cast<char*>(details));
  set_up(handle, request, transfer);
  const HeaderList headers = header_list(request);
  set(handle, CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = curl_easy_perform(handle);
  if (transfer.failure) {
    std::rethrow_exception(transfer.failure);
  }
  if (code != CURLE_OK && !transfer.ended_here) {
    fail(request, transfer, code, details);
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::optional<HostPort> host_and_port_of(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!port || host.empty()) return std::nullopt;
  return HostPort{std::string(host), *port};
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool is_retryable_status(int status) {
  return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 ||
         status == 503 || status == 504;
}

}  // namespace aml
