#include "http/openapi.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "base/error.h"

namespace aml::http {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kErrorSchema =
    R"({"type":"object","required":["detail"],"properties":{"detail":{"type":"string"}},
        "description":"What is wrong, and why"})";

Json parse(const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::exception&) {
    throw Error(ErrorKind::internal, "a schema or example of OpenAPI is no JSON: " + text);
  }
}

// "{date}" and "{path...}" without the braces, for every one in the pattern.
std::vector<std::string> names_in(const std::string& pattern) {
  std::vector<std::string> names;
  for (std::size_t open = pattern.find('{'); open != std::string::npos;
       open = pattern.find('{', open + 1)) {
    names.push_back(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
  }
  return names;
}

std::string_view meaning_of(int status) {
  switch (status) {
    case 400:
      return "The address or the query is wrong";
    case 401:
      return "A valid token is needed";
    case 404:
      return "There is none of that name";
    case 406:
      return "None of the formats or codings that the client accepts is there";
    case 503:
      return "Nothing can be served at the moment";
    default:
      return reason_phrase(status);
  }
}

// "getAlertsByDateRankings" of GET /alerts/{date}/rankings: one for every method and pattern.
std::string operation_id(const Route& route) {
  std::string id;
  for (const char c : route.method) id += static_cast<char>(c | 0x20);
  bool begins_word = false;
  for (const char c : route.pattern) {
    if (c == '{') id += "By";
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_letter) id += begins_word && c >= 'a' ? static_cast<char>(c & ~0x20) : c;
    begins_word = !is_letter;
  }
  return id;
}

class Document {
 public:
  explicit Document(const OpenApi& api) : api_(api) {
    document_["openapi"] = "3.1.0";
    document_["info"] = {
        {"title", api.title}, {"version", api.version}, {"description", api.description}};
    document_["paths"] = Json::object();
    schemas()["Error"] = Json::parse(kErrorSchema);
    for (const auto& [name, schema] : api.schemas) schemas()[name] = parse(schema);
    if (api.needs_token) add_bearer();
  }

  void add(const Route& route) {
    std::string method;
    for (const char c : route.method) method += static_cast<char>(c | 0x20);
    document_["paths"][route.pattern][method] = operation(route);
    if (route.access) add_bearer();
  }
  std::string text() const { return document_.dump(); }

 private:
  Json& schemas() { return document_["components"]["schemas"]; }

  bool needs_token(const Route& route) const {
    return !route.open && (api_.needs_token || route.access);
  }
  void add_bearer() {
    document_["components"]["securitySchemes"]["bearer"] = {{"type", "http"}, {"scheme", "bearer"}};
  }

  // A schema as it is, or a reference to the one of that name.
  Json schema(const std::string& text) {
    if (text.starts_with('{')) return parse(text);
    if (!schemas().contains(text)) {
      throw Error(ErrorKind::internal, "OpenAPI has no schema " + text);
    }
    return {{"$ref", "#/components/schemas/" + text}};
  }

  Json parameter(const ParameterDoc& doc, const char* place) {
    Json json{{"name", doc.name}, {"in", place}, {"description", doc.description}};
    if (std::string_view(place) == "path") json["required"] = true;
    json["schema"] = schema(doc.schema);
    if (!doc.example.empty()) json["example"] = parse(doc.example);
    return json;
  }

  Json content(const BodyDoc& doc) {
    Json json{{"schema", schema(doc.schema)}};
    if (!doc.example.empty()) json["example"] = parse(doc.example);
    return json;
  }

  Json parameters(const Route& route) {
    Json json = Json::array();
    for (const std::string& name : names_in(route.pattern)) {
      const auto& known = api_.path_parameters;
      const auto doc = std::find_if(known.begin(), known.end(),
                                    [&](const ParameterDoc& d) { return d.name == name; });
      if (doc == known.end()) {
        throw Error(ErrorKind::internal, "OpenAPI does not say what {" + name + "} is");
      }
      json.push_back(parameter(*doc, "path"));
    }
    for (const ParameterDoc& doc : route.doc.query) json.push_back(parameter(doc, "query"));
    for (const ParameterDoc& doc : route.doc.headers) json.push_back(parameter(doc, "header"));
    return json;
  }

  Json responses(const Route& route) {
    Json json;
    json["200"]["description"] = route.doc.summary;
    for (const BodyDoc& doc : route.doc.bodies) {
      json["200"]["content"][doc.media_type] = content(doc);
    }
    if (route.doc.is_tagged) {
      const Json text{{"type", "string"}};
      json["200"]["headers"]["ETag"] = {{"description", "Names this answer"}, {"schema", text}};
      json["200"]["headers"]["Cache-Control"] = {{"schema", text}};
      json["304"]["description"] = "The client has this answer already (If-None-Match)";
    }
    std::set<int> refusals(route.doc.refusals.begin(), route.doc.refusals.end());
    refusals.insert({400, 406, 503});
    if (needs_token(route)) refusals.insert(401);
    if (!names_in(route.pattern).empty()) refusals.insert(404);
    const Json content{{"application/json", {{"schema", schema(route.doc.refusal_schema)}}}};
    for (const int status : refusals) {
      json[std::to_string(status)] = {{"description", meaning_of(status)}, {"content", content}};
    }
    json["default"] = {{"description", "Any other refusal"}, {"content", content}};
    return json;
  }

  Json operation(const Route& route) {
    Json json{{"operationId", operation_id(route)}, {"summary", route.doc.summary}};
    if (!route.doc.tag.empty()) json["tags"] = {route.doc.tag};
    const Json known = parameters(route);
    if (!known.empty()) json["parameters"] = known;
    if (route.doc.request_body) {
      json["requestBody"] = {
          {"required", true},
          {"content", {{route.doc.request_body->media_type, content(*route.doc.request_body)}}}};
    }
    json["responses"] = responses(route);
    if (needs_token(route)) {
      json["security"] = Json::array({{{"bearer", Json::array()}}});
    }
    return json;
  }

  const OpenApi& api_;
  Json document_;
};

}  // namespace

std::string openapi_json(const OpenApi& api, std::span<const Route> routes) {
  Document document(api);
  for (const Route& route : routes) {
    if (!route.doc.hidden) document.add(route);
  }
  return document.text() + "\n";
}

}  // namespace aml::http
