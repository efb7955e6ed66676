#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

// XML of strangers, read as a stream (expat): no tree, no document type, no entities but XML's own
// five. How long it may be is decided before, by the bound of the HTTP request.
namespace aml::sot {

// Elements in each other. S3's answers have four levels.
inline constexpr int kDeepestXml = 16;

// Called as an element ends: the local names from the root down ("ListBucketResult/Contents/Key",
// whatever the namespaces' prefixes), and the text that stands directly in it.
using XmlElement = std::function<void(std::string_view path, const std::string& text)>;

// The attributes of an element, as expat gives them.
class XmlAttributes {
 public:
  explicit XmlAttributes(const char** names_and_values) : all_(names_and_values) {}
  // Empty where there is none of that name.
  std::string value(std::string_view name) const;

 private:
  const char** all_;
};
// Called as an element begins.
using XmlBegin = std::function<void(std::string_view path, const XmlAttributes& attributes)>;

// Reads the document; white space before it is passed over. Nothing where all of it was read,
// otherwise why not; the elements that ended before were reported.
std::optional<std::string> read_xml(std::string_view xml, const XmlElement& element,
                                    const XmlBegin& begin = {});

// `text` as it may stand between tags or in an attribute.
std::string xml_escaped(std::string_view text);

}  // namespace aml::sot
