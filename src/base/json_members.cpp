#include "base/json_members.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace aml {

namespace {

using Json = nlohmann::json;

// Told of everything that a parser meets; false ends it.
class Members : public Json::json_sax_t {
 public:
  bool found() const { return found_; }

  bool start_object(std::size_t) override {
    names_.emplace_back();
    return true;
  }
  bool end_object() override {
    names_.pop_back();
    return true;
  }
  bool key(std::string& name) override {
    found_ = !names_.back().insert(name).second;
    return !found_;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(Json::number_integer_t) override { return true; }
  bool number_unsigned(Json::number_unsigned_t) override { return true; }
  bool number_float(Json::number_float_t, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(Json::binary_t&) override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    return false;
  }

 private:
  std::vector<std::set<std::string>> names_;
  bool found_ = false;
};

}  // namespace

bool names_member_twice(std::string_view json) {
  Members members;
  Json::sax_parse(json, &members);
  return members.found();
}

}  // namespace aml
