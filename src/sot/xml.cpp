#include "sot/xml.h"

#include <expat.h>
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <new>
#include <vector>

namespace aml::sot {
namespace {

struct Reader {
  XML_Parser parser = nullptr;
  const XmlElement* element = nullptr;
  const XmlBegin* on_begin = nullptr;
  std::string path;
  std::vector<std::string> texts;  // of the elements that are open
  std::string refusal;
  std::exception_ptr failure;  // exceptions must not pass through C

  void stop(std::string why) {
    refusal = std::move(why);
    XML_StopParser(parser, XML_FALSE);
  }

  void begin(std::string_view name, const char** attributes) {
    if (texts.size() == kDeepestXml) {
      stop(fmt::format("its elements stand in each other more than {} deep", kDeepestXml));
      return;
    }
    if (!path.empty()) path += '/';
    path += name.substr(name.rfind(':') + 1);
    texts.emplace_back();
    if (*on_begin) (*on_begin)(path, XmlAttributes(attributes));
  }

  // A local name has no slash, so the last one ends the parent's path.
  void end() {
    (*element)(path, texts.back());
    texts.pop_back();
    const auto slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
  }
};

// Calls the reader from expat, which is C.
template <typename Call>
void guarded(void* user, const Call& call) {
  Reader& reader = *static_cast<Reader*>(user);
  if (reader.failure || !reader.refusal.empty()) return;
  try {
    call(reader);
  } catch (...) {
    reader.failure = std::current_exception();
    XML_StopParser(reader.parser, XML_FALSE);
  }
}

void on_begin(void* user, const XML_Char* name, const XML_Char** attributes) {
  guarded(user, [&](Reader& reader) { reader.begin(name, attributes); });
}

void on_end(void* user, const XML_Char*) {
  guarded(user, [](Reader& reader) { reader.end(); });
}

void on_text(void* user, const XML_Char* text, int size) {
  guarded(user, [&](Reader& reader) {
    if (!reader.texts.empty()) reader.texts.back().append(text, static_cast<std::size_t>(size));
  });
}

void on_doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  guarded(user, [](Reader& reader) { reader.stop("it has a document type"); });
}

}  // namespace

std::string XmlAttributes::value(std::string_view name) const {
  for (const char** one = all_; one != nullptr && *one != nullptr; one += 2) {
    if (*one == name) return one[1];
  }
  return "";
}

std::optional<std::string> read_xml(std::string_view xml, const XmlElement& element,
                                    const XmlBegin& begin) {
  // Services that need long for an answer send white space first, to keep the connection.
  const auto first = xml.find_first_not_of(" \t\r\n");
  xml.remove_prefix(first == std::string_view::npos ? xml.size() : first);
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), &XML_ParserFree);
  if (!parser) throw std::bad_alloc();
  Reader reader;
  reader.parser = parser.get();
  reader.element = &element;
  reader.on_begin = &begin;
  XML_SetUserData(parser.get(), &reader);
  XML_SetElementHandler(parser.get(), &on_begin, &on_end);
  XML_SetCharacterDataHandler(parser.get(), &on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), &on_doctype);
  const XML_Status status =
      XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE);
  if (reader.failure) std::rethrow_exception(reader.failure);
  if (!reader.refusal.empty()) return reader.refusal;
  if (status == XML_STATUS_OK) return std::nullopt;
  return fmt::format("{} in line {}", XML_ErrorString(XML_GetErrorCode(parser.get())),
                     XML_GetCurrentLineNumber(parser.get()));
}

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace aml::sot
