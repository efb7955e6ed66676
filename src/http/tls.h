// Certificate and key of the server. Included where Boost is, see server.cpp.
#pragma once

#include <boost/asio/ssl.hpp>
#include <filesystem>
#include <memory>

namespace aml::http {

// What speaks TLS 1.2 and 1.3 with this certificate and key, with forward secrecy and authenticated
// encryption alone; null where neither file is named. Throws Error{usage} where only one is,
// read_file()'s errors, and Error{bad_input} that names the file where a client could not rely on
// it: no PEM, a key that is encrypted or another's, weak keys or signatures, a certificate that is
// not valid today, is for no server, or is followed by one that does not vouch for it.
std::shared_ptr<boost::asio::ssl::context> open_tls(const std::filesystem::path& certificate,
                                                    const std::filesystem::path& key);

}  // namespace aml::http
