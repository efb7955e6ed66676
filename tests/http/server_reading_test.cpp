// What the server makes of the bytes of a request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "running_server.h"

namespace aml::http::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Server, RefusesWhatIsTooLong) {
  const RunningServer server;
  EXPECT_THAT(server.answer(request("/" + std::string(9000, 'x'))), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(server.answer(request("/" + std::string(100'000, 'x'))), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(server.answer(request("/now", "X: " + std::string(20'000, 'x') + "\r\n")),
              StartsWith("HTTP/1.1 431 "));
  const std::string body(100'000, 'x');
  EXPECT_THAT(server.answer(request("/now", "Content-Length: 100000\r\n") + body),
              StartsWith("HTTP/1.1 413 "));
}

TEST(Server, RefusesWhatIsNoRequest) {
  const RunningServer server;
  for (const char* bytes :
       {"hello\r\n\r\n", "GET\r\n\r\n", "GET /now\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /now HTTP/1.1\r\n\r\n", "GET /now HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /now HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
        "GET /now HTTP/2.0\r\nHost: x\r\n\r\n"}) {
    EXPECT_THAT(server.answer(bytes), StartsWith("HTTP/1.1 400 ")) << bytes;
  }
  EXPECT_THAT(server.answer(request("/now")), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, ReadsABodyThatComesInPieces) {
  const RunningServer server;
  const Client client(server.port());
  client.send("POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nab");
  std::this_thread::sleep_for(20ms);
  client.send("cd");
  std::this_thread::sleep_for(20ms);
  client.send("ef" + request("/later", "Connection: close\r\n"));
  const std::string answers = client.read_all();
  EXPECT_THAT(answers, HasSubstr("POST /now abcdef seen\n"));
  EXPECT_THAT(answers, HasSubstr("GET /later"));
}

TEST(Server, UnfoldsAChunkedBody) {
  const RunningServer server;
  const std::string answer = server.answer(
      "POST /later HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX: trailer\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("POST /later abcde seen\n"));
  EXPECT_THAT(answer, HasSubstr("X-Remote: 127.0.0.1\r\n"));
}

// Where a request ends must be beyond doubt, or its body is the next request to somebody.
TEST(Server, RefusesAndClosesWhereTheEndOfARequestIsInDoubt) {
  const RunningServer server;
  const auto with = [](const std::string& fields) {
    return "POST /now HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n5\r\nabcde\r\n0\r\n\r\n" +
           request("/now");
  };
  for (const char* fields : {
           "Transfer-Encoding: gzip\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding: chunked, gzip\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding: chunked;q=1\r\n",
           "Transfer-Encoding:\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
           "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding:\r\n chunked\r\n",
           "Transfer-Encoding\r\n: chunked\r\n",
           "Transfer-Encoding : chunked\r\n",
           " Transfer-Encoding: chunked\r\n",
           "X: y\r\n Content-Length: 5\r\n",
           "X: y\r\n\tContent-Length: 5\r\n",
           "X:\r\n \r\n Content-Length: 5\r\n",
           "Transfer-Encoding: chunked\n",
           "X: y\nContent-Length: 5\r\n",
           "X: y\rContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: 5, 5\r\n",
           "Content-Length: 5, 6\r\n",
           "Content-Length: +5\r\n",
           "Content-Length: -5\r\n",
           "Content-Length: 0x5\r\n",
           "Content-Length: 5 5\r\n",
           "Content-Length:\r\n",
           "Content-Length: 18446744073709551621\r\n",
       }) {
    const std::string answer = server.answer(with(fields));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << fields;
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n")) << fields;
    EXPECT_EQ(count(answer, "\r\nServer: "), 1U) << fields;
  }
  const std::string unknown = server.answer(with("Transfer-Encoding: gzip, chunked\r\n"));
  EXPECT_THAT(unknown, StartsWith("HTTP/1.1 501 "));
  EXPECT_EQ(count(unknown, "\r\nServer: "), 1U);
  const std::string old = server.answer(
      "POST /now HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nabcde\r\n0\r\n\r\n" +
      request("/now"));
  EXPECT_THAT(old, StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(count(old, "\r\nServer: "), 1U);
}

TEST(Server, RefusesChunksThatAreNone) {
  const RunningServer server;
  for (const char* chunks :
       {"0x5\r\nabcde\r\n0\r\n\r\n", "-5\r\nabcde\r\n0\r\n\r\n", "5\nabcde\r\n0\r\n\r\n",
        "5\r\nabcdeX\r\n0\r\n\r\n", "5 \r\nabcde0\r\n\r\n", "10000000000000005\r\nabcde\r\n",
        "\r\n5\r\nabcde\r\n0\r\n\r\n", "5\r\nabcde\r\n0\r\nContent-Length: 9\r\n\r\n"}) {
    const std::string answer =
        server.answer("POST /now HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                      std::string(chunks) + request("/now"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 4")) << chunks;
    EXPECT_EQ(count(answer, "\r\nServer: "), 1U) << chunks;
  }
}

// Lines between the pieces of a body have a limit too.
TEST(Server, RefusesLinesOfABodyThatNeverEnd) {
  const RunningServer server;
  for (const char* line : {"5;", "0\r\nX: ", "0\r\nX: y\r\nY: "}) {
    const Client client(server.port());
    client.send("POST /now HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                std::string(line) + std::string(2'000'000, 'x'));
    EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 431 ")) << line;
  }
}

TEST(Server, RefusesHostsThatAreNone) {
  const RunningServer server;
  for (const char* fields : {"Host: a, b\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: u@a\r\n",
                             "Host: a\r\nhost: a\r\n", "Host: a\r\nHOST: b\r\n", ""}) {
    EXPECT_THAT(server.answer("GET /now HTTP/1.1\r\n" + std::string(fields) + "\r\n"),
                StartsWith("HTTP/1.1 400 "))
        << fields;
  }
  for (const char* host : {"", "a", "a.example:8000", "[::1]:8000", "127.0.0.1"}) {
    EXPECT_THAT(server.answer("GET /now HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"),
                StartsWith("HTTP/1.1 200 "))
        << host;
  }
}

TEST(Server, TellsAClientThatWaitsToSendItsBody) {
  const RunningServer server;
  const Client client(server.port());
  for (const char* expectation : {"100-continue", "100-Continue"}) {
    client.send("POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: " +
                std::string(expectation) + "\r\n\r\n");
    EXPECT_EQ(client.read(25), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    client.wait();
    EXPECT_THAT(client.read_some(), HasSubstr("POST /now body seen\n"));
  }
  // Nothing to send, or nobody who knows what it means: nothing is told.
  client.send(request("/now", "Expect: 100-continue\r\n"));
  client.wait();
  EXPECT_THAT(client.read_some(), StartsWith("HTTP/1.1 200 OK\r\n"));
  client.send("POST /now HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody");
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, RefusesBeforeABodyIsSent) {
  const RunningServer server;
  EXPECT_THAT(server.answer("POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
                            "Expect: 100-continue\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(server.answer("POST /now HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
                            "Expect: a-miracle\r\n\r\n"),
              StartsWith("HTTP/1.1 417 "));
}

TEST(Server, SpeaksHttp10) {
  const RunningServer server;
  const Client client(server.port());
  client.send("GET /now HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.read_all(), HasSubstr("Connection: close\r\n"));
}

}  // namespace
}  // namespace aml::http::test
