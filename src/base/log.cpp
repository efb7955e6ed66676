#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/date.h"

namespace aml::log {

namespace {

constexpr std::size_t kShortestSecret = 4;

struct State {
  std::atomic<bool> json{isatty(STDERR_FILENO) == 0};
  std::shared_ptr<spdlog::logger> logger = make_logger();
  std::mutex secrets_mutex;
  std::vector<std::string> secrets;

  // Lines are formatted here, so that secrets are hidden in one place; spdlog writes them.
  static std::shared_ptr<spdlog::logger> make_logger() {
    auto logger = spdlog::stderr_logger_mt("aml");
    logger->set_pattern("%v");
    logger->flush_on(spdlog::level::debug);
    return logger;
  }
};

State& state() {
  static State instance;
  return instance;
}

const char* level_word(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::warn:
      return "warning";
    case spdlog::level::err:
      return "error";
    default:
      return "info";
  }
}

std::string value_text(const Field::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    const bool plain = !text->empty() && text->find_first_of(" \"=\n\t") == std::string::npos;
    return plain ? *text
                 : nlohmann::json(*text).dump(-1, ' ', false,
                                              nlohmann::json::error_handler_t::replace);
  }
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{:.6g}", *number);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  return std::get<bool>(value) ? "true" : "false";
}

std::string text_line(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::string line =
      fmt::format("{:%H:%M:%S} {:<7} {}", fmt::gmtime(now), level_word(level), message);
  const char* gap = "  ";
  for (const Field& field : fields) {
    line += fmt::format("{}{}={}", gap, field.name(), value_text(field.value()));
    gap = " ";
  }
  return line;
}

std::string json_line(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  nlohmann::ordered_json line;
  line["time"] = utc_text(std::chrono::system_clock::now(), true);
  line["level"] = level_word(level);
  line["message"] = std::string(message);
  for (const Field& field : fields) {
    std::visit([&](const auto& value) { line[field.name()] = value; }, field.value());
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  State& s = state();
  if (!s.logger->should_log(level)) return;
  const std::string line =
      s.json.load() ? json_line(level, message, fields) : text_line(level, message, fields);
  // A progress bar may stand on the line; a fresh line must not be glued to it.
  const char* wipe = is_interactive() ? "\r\x1b[K" : "";
  s.logger->log(level, "{}{}", wipe, without_secrets(line));
}

}  // namespace

void configure(Format format, Level level) {
  State& s = state();
  s.json = format == Format::json || (format == Format::automatic && isatty(STDERR_FILENO) == 0);
  switch (level) {
    case Level::debug:
      s.logger->set_level(spdlog::level::debug);
      break;
    case Level::info:
      s.logger->set_level(spdlog::level::info);
      break;
    case Level::warning:
      s.logger->set_level(spdlog::level::warn);
      break;
    case Level::error:
      s.logger->set_level(spdlog::level::err);
      break;
  }
}

void hide_secret(std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  State& s = state();
  const std::lock_guard lock(s.secrets_mutex);
  s.secrets.emplace_back(secret);
}

std::string without_secrets(std::string_view text) {
  State& s = state();
  const std::lock_guard lock(s.secrets_mutex);
  std::string result(text);
  for (const std::string& secret : s.secrets) {
    for (std::size_t at = result.find(secret); at != std::string::npos;
         at = result.find(secret, at + 3)) {
      result.replace(at, secret.size(), "***");
    }
  }
  return result;
}

bool is_interactive() { return isatty(STDERR_FILENO) != 0 && !state().json.load(); }

void debug(std::string_view message, Fields fields) {
  write(spdlog::level::debug, message, fields);
}
void info(std::string_view message, Fields fields) { write(spdlog::level::info, message, fields); }
void warning(std::string_view message, Fields fields) {
  write(spdlog::level::warn, message, fields);
}
void error(std::string_view message, Fields fields) { write(spdlog::level::err, message, fields); }

}  // namespace aml::log
