#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

// The program's log, on standard error. On a terminal a line reads
//   21:14:03 INFO  downloaded snapshot  files=4 bytes=12034
// and otherwise it is one JSON object:
//   {"time":"2025-10-26T21:14:03.120Z","level":"info","message":"downloaded snapshot","files":4,…}
// Where nobody takes the lines (a pipe that is full), nobody waits for that: lines are dropped and
// counted, and a line says how many once they are taken again.
// All functions may be called from any thread.
namespace aml::log {

enum class Format { automatic, text, json };       // automatic: text on a terminal, JSON otherwise
enum class Level { debug, info, warning, error };  // from the least to the gravest

// One named value of a log line.
class Field {
 public:
  using Value = std::variant<bool, std::int64_t, double, std::string>;
  Field(std::string_view name, bool value) : name_(name), value_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view name, T value) : name_(name), value_(static_cast<std::int64_t>(value)) {}
  Field(std::string_view name, double value) : name_(name), value_(value) {}
  Field(std::string_view name, std::string value) : name_(name), value_(std::move(value)) {}
  Field(std::string_view name, std::string_view value) : name_(name), value_(std::string(value)) {}
  Field(std::string_view name, const char* value) : name_(name), value_(std::string(value)) {}

  const std::string& name() const { return name_; }
  const Value& value() const { return value_; }

 private:
  std::string name_;
  Value value_;
};
using Fields = std::initializer_list<Field>;

// Sets format and lowest level shown; called once by main. Before it, lines appear as
// automatic/info.
void configure(Format format, Level level);

// From now on every log line shows `secret` as "***", also where JSON spells it with escapes.
// Secrets shorter than 4 characters are ignored, because hiding them would blank out ordinary text.
void hide_secret(std::string_view secret);

// `text` with every secret hidden: for error messages on their way to a person.
std::string without_secrets(std::string_view text);

// True where people watch: standard error is a terminal and the format is text.
bool is_interactive();

// As info(), but the line may wait, in order, for the next of either kind or a few hundred
// milliseconds: for lines that come by the ten thousand a second.
void info_soon(std::string_view message, Fields fields = {});
// Writes what waits, unless nobody takes it.
void flush();
// A line that another program of ours wrote, as it is. It may be dropped like any other.
void pass_on(std::string_view line);
// How many lines were dropped since the start, or could not be written.
std::uint64_t dropped_lines();

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warning(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace aml::log
