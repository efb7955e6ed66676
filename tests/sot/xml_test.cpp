#include "sot/xml.h"

#include <gmock/gmock.h>

namespace aml::sot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Read {
  std::vector<std::string> elements;
  std::string refusal;
};

Read read(const std::string& xml) {
  Read result;
  result.refusal = read_xml(xml, [&](std::string_view path, const std::string& text) {
                     result.elements.push_back(std::string(path) + "=" + text);
                   }).value_or("");
  return result;
}

std::string nested(int levels) {
  std::string xml;
  for (int i = 0; i < levels; ++i) xml += "<a>";
  for (int i = 0; i < levels; ++i) xml += "</a>";
  return xml;
}

TEST(Xml, IsReadElementByElement) {
  const Read result = read(
      " \r\n<?xml version='1.0'?><a xmlns:n='u'>x<!-- c --><n:b i='1'>&lt;&#65;<![CDATA[&]]></n:b>y"
      "<c/></a>\n");
  EXPECT_THAT(result.elements, ElementsAre("a/b=<A&", "a/c=", "a=xy"));
  EXPECT_EQ(result.refusal, "");
}

TEST(Xml, ReportsWhatEndedBeforeItBroke) {
  const Read result = read("<Error><Code>SlowDown</Code><Mess");
  EXPECT_THAT(result.elements, ElementsAre("Error/Code=SlowDown"));
  EXPECT_NE(result.refusal, "");
}

TEST(Xml, NestsSoDeepAndNoDeeper) {
  EXPECT_EQ(read(nested(kDeepestXml)).refusal, "");
  EXPECT_THAT(read(nested(kDeepestXml + 1)).refusal, HasSubstr("deep"));
  EXPECT_THAT(read(nested(1'000'000)).refusal, HasSubstr("deep"));
}

TEST(Xml, HasNoDocumentTypeAndNoEntities) {
  EXPECT_THAT(read("<!DOCTYPE a [<!ENTITY e 'eeee'>]><a>&e;</a>").refusal, HasSubstr("type"));
  EXPECT_THAT(read("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>").refusal, HasSubstr("type"));
  EXPECT_NE(read("<a>&e;</a>").refusal, "");
}

TEST(Xml, PassesOnWhatItsReaderThrows) {
  EXPECT_THROW(read_xml("<a/>", [](std::string_view, const std::string&) { throw 1; }), int);
}

TEST(Xml, EscapesWhatWouldEndText) { EXPECT_EQ(xml_escaped("\"<&>"), "&quot;&lt;&amp;&gt;"); }

}  // namespace
}  // namespace aml::sot
