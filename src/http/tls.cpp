#include "http/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <ctime>
#include <string>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"

namespace aml::http {

namespace {

namespace fs = std::filesystem;
using boost::system::error_code;
using SslContext = boost::asio::ssl::context;

// Of TLS 1.2; all suites of 1.3 are of this kind.
constexpr const char* kSuites = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384:P-521";
// 112 bits: no RSA below 2048 bits, no elliptic curve below 224, no SHA-1.
constexpr int kSecurityLevel = 2;
constexpr int kDaysToRenew = 14;

// OpenSSL's words for the last thing that went wrong.
std::string openssl_reason() {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "unknown reason" : reason;
}

Error unusable(const fs::path& file, const std::string& why) {
  return {ErrorKind::bad_input, fmt::format("{} {}", file.string(), why)};
}

std::string time_text(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown time";
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

void check_time(const fs::path& file, const X509* certificate) {
  const ASN1_TIME* begin = X509_get0_notBefore(certificate);
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  if (X509_cmp_current_time(end) < 0) {
    throw unusable(file,
                   fmt::format("holds a certificate that expired on {}; renew it", time_text(end)));
  }
  if (X509_cmp_current_time(begin) > 0) {
    throw unusable(file, fmt::format("holds a certificate that is valid only from {}; is the clock "
                                     "of this machine right?",
                                     time_text(begin)));
  }
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, end) == 1 && days < kDaysToRenew) {
    log::warning("the certificate expires soon: renew it, then send SIGHUP",
                 {{"tls_cert", file.string()}, {"expires", time_text(end)}});
  }
}

// Each certificate after the server's own must vouch for the one before it.
void check_chain(const fs::path& file, SSL_CTX* tls) {
  X509* issued = SSL_CTX_get0_certificate(tls);
  STACK_OF(X509)* chain = nullptr;
  // Boost.Asio keeps what it reads from memory as extra certificates, not as the server's chain.
  SSL_CTX_get_extra_chain_certs(tls, &chain);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* issuer = sk_X509_value(chain, i);
    const bool vouches = X509_check_issued(issuer, issued) == X509_V_OK &&
                         X509_verify(issued, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    if (!vouches) {
      throw unusable(file, fmt::format("holds certificates that do not belong together: number {} "
                                       "does not vouch for the one before it; write the server's "
                                       "first, then each one's issuer",
                                       i + 2));
    }
    check_time(file, issuer);
    issued = issuer;
  }
}

void check_certificate(const fs::path& file, SSL_CTX* tls) {
  X509* certificate = SSL_CTX_get0_certificate(tls);
  check_time(file, certificate);
  constexpr int kNotAsIssuer = 0;
  if (X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, kNotAsIssuer) != 1) {
    throw unusable(file,
                   "holds a certificate that is not meant for a server (its extended key "
                   "usage)");
  }
  check_chain(file, tls);
}

void warn_if_public(const fs::path& key) {
  struct stat status{};
  if (::stat(key.c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) return;
  log::warning("every user of this machine may read the private key: chmod 600 the file",
               {{"tls_key", key.string()}});
}

void load_key(SslContext& tls, const fs::path& certificate, const fs::path& key) {
  error_code error;
  const auto is_encrypted = std::make_shared<bool>(false);  // nobody is there to be asked
  std::ignore = tls.set_password_callback(
      [is_encrypted](std::size_t, SslContext::password_purpose) {
        *is_encrypted = true;
        return std::string();
      },
      error);
  std::string bytes = read_file(key);
  std::ignore = tls.use_private_key(boost::asio::buffer(bytes), SslContext::pem, error);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (*is_encrypted) {
    throw Error(ErrorKind::bad_input,
                fmt::format("the private key {} is encrypted; write it without a passphrase: "
                            "openssl pkey -in {} -out FILE",
                            key.string(), key.string()));
  }
  if (!error && SSL_CTX_check_private_key(tls.native_handle()) == 1) return;
  throw unusable(key,
                 fmt::format("holds no private key in PEM that fits the certificate {}: {}",
                             certificate.string(), error ? error.message() : openssl_reason()));
}

}  // namespace

std::shared_ptr<SslContext> open_tls(const fs::path& certificate, const fs::path& key) {
  if (certificate.empty() && key.empty()) return nullptr;
  if (certificate.empty() || key.empty()) {
    throw Error(ErrorKind::usage, "--tls-cert and --tls-key belong together");
  }
  const std::string chain = read_file(certificate);
  auto tls = std::make_shared<SslContext>(SslContext::tls_server);
  SSL_CTX* handle = tls->native_handle();
  tls->set_options(SslContext::default_workarounds | SSL_OP_NO_RENEGOTIATION |
                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
  // A session that is taken up again would be only as secret as what it was stored with.
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(handle, 0);
  SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_security_level(handle, kSecurityLevel);
  const bool is_set = SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION) == 1 &&
                      SSL_CTX_set_cipher_list(handle, kSuites) == 1 &&
                      SSL_CTX_set1_groups_list(handle, kGroups) == 1;
  if (!is_set) throw Error(ErrorKind::internal, "OpenSSL: " + openssl_reason());
  error_code error;
  std::ignore = tls->use_certificate_chain(boost::asio::buffer(chain), error);
  if (error) {
    throw unusable(certificate, "holds no certificate in PEM that may be used: " + error.message());
  }
  load_key(*tls, certificate, key);
  check_certificate(certificate, handle);
  warn_if_public(key);
  return tls;
}

}  // namespace aml::http
