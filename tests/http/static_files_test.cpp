#include "http/static_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "../base/scratch_folder.h"
#include "http/router.h"

namespace aml::http {
namespace {

using test::ScratchFolder;
using ::testing::HasSubstr;

std::string field(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.fields) {
    if (key == name) return value;
  }
  return "";
}

class StaticFilesTest : public ::testing::Test {
 protected:
  StaticFilesTest() {
    std::filesystem::create_directories(folder_.path() / "js");
    write("index.html", "<p>hello</p>");
    write("js/app.js", std::string(1000, 'x'));
    write("font.woff2", "packed");
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name) << text;
  }
  Response get(const std::string& target, Fields fields = {}) {
    Request request{.method = "GET", .target = target, .fields = std::move(fields)};
    return router_.answer(request);
  }
  ScratchFolder folder_;
  StaticFiles files_{folder_.path()};
  Router router_{{files_.file_route("/", "index.html"), files_.folder_route("/web")}};
};

TEST_F(StaticFilesTest, AreServedWithTheirType) {
  EXPECT_EQ(*get("/").body, "<p>hello</p>");
  EXPECT_EQ(get("/").content_type, "text/html; charset=utf-8");
  EXPECT_THAT(field(get("/"), "Content-Security-Policy"), HasSubstr("default-src 'self'"));
  EXPECT_EQ(get("/web/js/app.js").content_type, "text/javascript; charset=utf-8");
}

TEST_F(StaticFilesTest, AreCompressedWhereThatHelps) {
  const Response packed = get("/web/js/app.js", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(field(packed, "Content-Encoding"), "gzip");
  EXPECT_LT(packed.body->size(), 100U);
  EXPECT_EQ(field(get("/web/font.woff2", {{"Accept-Encoding", "gzip"}}), "Content-Encoding"), "");
}

TEST_F(StaticFilesTest, AreSentAgainOnlyWhereTheyChanged) {
  const std::string tag = field(get("/"), "ETag");
  EXPECT_EQ(get("/", {{"If-None-Match", tag}}).status, 304);
  write("index.html", "<p>hello, world</p>");
  EXPECT_EQ(*get("/", {{"If-None-Match", tag}}).body, "<p>hello, world</p>");
}

TEST_F(StaticFilesTest, EndAtTheirFolder) {
  for (const char* target : {"/web/../index.html", "/web/nothing.js", "/web/js", "/web/js/",
                             "/web/%2e%2e/index.html", "/web/..%2findex.html"}) {
    EXPECT_EQ(get(target).status, 404) << target;
  }
}

TEST_F(StaticFilesTest, EndAtTheirFolderWhereLinksLeadOutOfIt) {
  const ScratchFolder other;
  std::ofstream(other.path() / "secret.txt") << "secret";
  std::filesystem::create_symlink(other.path() / "secret.txt", folder_.path() / "out.txt");
  std::filesystem::create_directory_symlink(other.path(), folder_.path() / "out");
  std::filesystem::create_symlink("js/app.js", folder_.path() / "in.js");
  EXPECT_EQ(get("/web/out.txt").status, 404);
  EXPECT_EQ(get("/web/out/secret.txt").status, 404);
  EXPECT_EQ(get("/web/in.js").status, 200);
}

}  // namespace
}  // namespace aml::http
