#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "simulation/habits.h"

namespace aml::simulation {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMostBytes = 1 << 20;
constexpr int kMostLevels = 8;

class Reader {
 public:
  Reader(Habits& habits, const std::filesystem::path& file)
      : habits_(habits), list_(list_habits(habits)), file_(file) {}

  // `prefix` ends with a dot or is empty.
  void read(const Json& object, const std::string& prefix) {
    for (const auto& [key, value] : object.items()) {
      const std::string name = prefix + key;
      if (value.is_object()) {
        read(value, name + ".");
      } else if (name == "network") {
        if (!value.is_string()) refuse(name, "must be a network's name");
        habits_.network = value.get<std::string>();
      } else if (name == "window_days") {
        if (!value.is_number_integer()) refuse(name, "must be a whole number");
        habits_.window_days = static_cast<int>(number(name, value, 1, kMostWindowDays));
      } else {
        read_habit(name, value);
      }
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& name, const std::string& why) const {
    throw Error(ErrorKind::bad_input, fmt::format("{}: \"{}\" {}", file_.string(), name, why));
  }

  double number(const std::string& name, const Json& value, double least, double most) const {
    if (!value.is_number()) refuse(name, "must be a number");
    const double found = value.get<double>();
    if (!(found >= least && found <= most)) {
      refuse(name, fmt::format("is {}, and must be between {} and {}", found, least, most));
    }
    return found;
  }

  void read_habit(const std::string& name, const Json& value) {
    const auto found = std::find_if(list_.begin(), list_.end(),
                                    [&](const Habit& habit) { return habit.name == name; });
    if (found == list_.end()) {
      refuse(name, "is no habit of an economy; docs/simulation.md lists them");
    }
    *found->value = number(name, value, found->least, found->most);
  }

  Habits& habits_;
  std::vector<Habit> list_;
  const std::filesystem::path& file_;
};

// Somebody must be able to do something.
void require_choices(const Habits& habits, const std::filesystem::path& file) {
  const auto require = [&](const auto& factors, const char* name) {
    if (std::any_of(factors.begin(), factors.end(), [](double one) { return one > 0; })) return;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: one of \"{}\" must be above 0", file.string(), name));
  };
  require(habits.typologies, "typologies");
  require(habits.look_alikes, "look_alikes");
  require(habits.pastimes, "pastimes");
  require(habits.rules, "rules");
}

}  // namespace

Habits read_habits(const std::filesystem::path& file) {
  const std::string text = read_file(file, kMostBytes);
  const Json json = nests_deeper(text, kMostLevels)
                        ? Json()
                        : Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{} is no JSON object with habits of an economy", file.string()));
  }
  Habits habits;
  Reader(habits, file).read(json, "");
  require_choices(habits, file);
  return habits;
}

std::string habits_json(const Habits& habits) {
  Habits copy = habits;
  Json json;
  if (!copy.network.empty()) json["network"] = copy.network;
  json["window_days"] = copy.window_days;
  for (const Habit& habit : list_habits(copy)) {
    std::string path = "/" + habit.name;
    std::replace(path.begin(), path.end(), '.', '/');
    json[Json::json_pointer(path)] = *habit.value;
  }
  return json.dump(2) + "\n";
}

}  // namespace aml::simulation
