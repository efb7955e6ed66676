#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <vector>

namespace aml::test {

// A port of this machine that answers nobody. Connections are taken and left alone, or not even
// taken: then its queue is full, and who connects waits.
class DeafListener {
 public:
  explicit DeafListener(bool takes_connections = false) {
    constexpr int kMany = 16;
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    sockets_.push_back(::socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(::bind(sockets_[0], address(), size), 0);
    EXPECT_EQ(::getsockname(sockets_[0], address(), &size), 0);
    EXPECT_EQ(::listen(sockets_[0], takes_connections ? kMany : 0), 0);
    while (!takes_connections && sockets_.size() < kMany && is_heard()) {
    }
  }
  ~DeafListener() {
    for (const int socket : sockets_) ::close(socket);
  }
  DeafListener(const DeafListener&) = delete;
  DeafListener& operator=(const DeafListener&) = delete;

  std::uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&address_); }
  // Whether one more connection is taken into the queue.
  bool is_heard() {
    constexpr int kPatienceMs = 200;
    sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    if (::connect(sockets_.back(), address(), sizeof address_) == 0) return true;
    EXPECT_EQ(errno, EINPROGRESS);
    pollfd connecting{sockets_.back(), POLLOUT, 0};
    return ::poll(&connecting, 1, kPatienceMs) == 1;
  }

  sockaddr_in address_{};
  std::vector<int> sockets_;  // the listening one first
};

}  // namespace aml::test
