#include "base/http_client.h"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio.hpp>
#include <functional>
#include <thread>

#include "base/error.h"

namespace aml {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using tcp = boost::asio::ip::tcp;

// A server for one connection that answers a request with what the test writes.
class OneAnswer {
 public:
  using Write = std::function<bool(std::string_view bytes)>;  // false: the client is gone

  explicit OneAnswer(std::function<void(const Write&)> answer)
      : thread_([this, answer = std::move(answer)] { serve(answer); }) {}
  ~OneAnswer() {
    stopped_ = true;
    thread_.join();
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/path?secret";
  }

 private:
  void serve(const std::function<void(const Write&)>& answer) {
    tcp::socket socket(context_);
    acceptor_.accept(socket);
    boost::system::error_code failed;
    std::string request;
    boost::asio::read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", failed);
    answer([&](std::string_view bytes) {
      boost::asio::write(socket, boost::asio::buffer(bytes), failed);
      return !failed && !stopped_;
    });
  }

  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

HttpRequest request_of(const OneAnswer& server, std::uint64_t body_limit,
                       milliseconds deadline = milliseconds(60'000)) {
  HttpRequest request(body_limit, deadline);
  request.url = server.url();
  return request;
}

// The sentence of the Error{unavailable} that the request ends with.
std::string failure_of(const HttpRequest& request) {
  try {
    HttpClient().send(request);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::unavailable) << e.what();
    return e.what();
  }
  return "no failure";
}

TEST(HttpClient, KeepsABodyUpToItsBound) {
  const OneAnswer server(
      [](const auto& write) { write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde"); });
  EXPECT_EQ(HttpClient().send(request_of(server, 5)).body, "abcde");
}

TEST(HttpClient, RefusesALongerBodyThatSaysItsLength) {
  const OneAnswer server(
      [](const auto& write) { write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef"); });
  EXPECT_THAT(failure_of(request_of(server, 5)), HasSubstr("over 5 bytes"));
}

TEST(HttpClient, EndsABodyWithoutEnd) {
  const OneAnswer server([](const auto& write) {
    write("HTTP/1.1 200 OK\r\n\r\n");
    while (write(std::string(64 << 10, 'x'))) {
    }
  });
  const std::string said = failure_of(request_of(server, 1 << 20));
  EXPECT_THAT(said, HasSubstr("over 1048576 bytes"));
  EXPECT_EQ(said.find("secret"), std::string::npos);
}

TEST(HttpClient, KeepsTheBeginningOfARefusalWithoutEnd) {
  const OneAnswer server([](const auto& write) {
    write("HTTP/1.1 503 Busy\r\n\r\n");
    while (write(std::string(64 << 10, 'x'))) {
    }
  });
  const HttpResponse response = HttpClient().send(request_of(server, 1000));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, std::string(1000, 'x'));
}

TEST(HttpClient, GivesASinkWhatIsBeyondTheBound) {
  const OneAnswer server(
      [](const auto& write) { write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef"); });
  std::string taken;
  HttpClient().send(request_of(server, 0), [&](std::string_view bytes) {
    taken += bytes;
    return true;
  });
  EXPECT_EQ(taken, "abcdef");
}

TEST(HttpClient, ShowsTheHeadBeforeTheBody) {
  const OneAnswer server([](const auto& write) {
    write("HTTP/1.1 206 Part\r\nContent-Range: bytes 7-9/20\r\nContent-Length: 3\r\n\r\nabc");
  });
  std::string taken;
  std::string range;
  HttpClient().send(
      request_of(server, 0),
      [&](std::string_view bytes) {
        taken += bytes;
        return true;
      },
      [&](const HttpResponse& head) {
        range = head.header("content-range").value_or("");
        return head.status == 200;
      });
  EXPECT_EQ(range, "bytes 7-9/20");
  EXPECT_EQ(taken, "");
}

TEST(HttpClient, EndsHeadersWithoutEnd) {
  const OneAnswer server([](const auto& write) {
    write("HTTP/1.1 200 OK\r\n");
    while (write("X-Filler: " + std::string(4096, 'x') + "\r\n")) {
    }
  });
  failure_of(request_of(server, 5));
}

TEST(HttpClient, EndsInterimAnswersWithoutEnd) {
  const OneAnswer server([](const auto& write) {
    while (write("HTTP/1.1 102 Processing\r\nX-Filler: " + std::string(4096, 'x') + "\r\n\r\n")) {
    }
  });
  failure_of(request_of(server, 5));
}

TEST(HttpClient, EndsATrickleAtItsDeadline) {
  const OneAnswer server([](const auto& write) {
    write("HTTP/1.1 200 OK\r\n\r\n");
    while (write("x")) {
      std::this_thread::sleep_for(milliseconds(20));
    }
  });
  EXPECT_THAT(failure_of(request_of(server, 1 << 20, milliseconds(300))), HasSubstr("timed out"));
}

TEST(HttpClient, EndsATrickleThatIsSlowerThanItMayBe) {
  const OneAnswer server([](const auto& write) {
    write("HTTP/1.1 200 OK\r\n\r\n");
    while (write("x")) {
      std::this_thread::sleep_for(milliseconds(20));
    }
  });
  HttpRequest request = request_of(server, 1 << 20, milliseconds(0));
  request.stall_timeout = milliseconds(1000);
  request.least_rate = 1000;
  EXPECT_THAT(failure_of(request), HasSubstr("too slow"));
}

TEST(HttpClient, BlamesTheServerForWhatIsNoHttp) {
  const OneAnswer server([](const auto& write) { write("<html>\r\n\r\n"); });
  failure_of(request_of(server, 100));
}

TEST(HttpClient, RefusesOtherProtocols) {
  HttpRequest request(100, milliseconds(1000));
  for (const char* url : {"ftp://127.0.0.1/", "file:///etc/passwd", "http//x", ""}) {
    request.url = url;
    try {
      HttpClient().send(request);
      ADD_FAILURE() << url;
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::usage) << url;
    }
  }
}

TEST(HttpClient, UnpacksNothing) {
  const OneAnswer server([](const auto& write) {
    write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08!");
  });
  EXPECT_EQ(HttpClient().send(request_of(server, 100)).body, "\x1f\x8b\x08!");
}

TEST(HttpClient, FollowsNoRedirect) {
  const OneAnswer server([](const auto& write) {
    write("HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  });
  const HttpResponse response = HttpClient().send(request_of(server, 100));
  EXPECT_EQ(response.status, 307);
  EXPECT_EQ(response.header("location"), "http://127.0.0.1:1/");
}

}  // namespace
}  // namespace aml
