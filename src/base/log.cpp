#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/json_text.h"
#include "base/waiting_lines.h"

namespace aml::log {

namespace {

constexpr std::size_t kShortestSecret = 4;

struct State {
  std::atomic<bool> json{isatty(STDERR_FILENO) == 0};
  std::shared_ptr<spdlog::logger> logger = make_logger();
  std::mutex secrets_mutex;
  std::vector<std::string> secrets;

  ~State() {
    for (std::string& secret : secrets) OPENSSL_cleanse(secret.data(), secret.size());
  }
  WaitingLines waiting{[](const std::string& lines) {
    // As spdlog does, and past it: these lines have their ends already.
    const std::string safe = without_secrets(lines);
    std::fwrite(safe.data(), 1, safe.size(), stderr);
    std::fflush(stderr);
  }};

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

// "2025-10-26T21:14:03.120Z", of which all but the milliseconds is put together once a second.
std::string_view time_text() {
  thread_local std::string text;
  thread_local std::int64_t written = -1;
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
  if (ms / 1000 != written) {
    text = utc_text(now, true);
    written = ms / 1000;
  }
  const auto digits = static_cast<int>(ms % 1000);
  char* out = text.data() + text.size() - 4;
  out[0] = static_cast<char>('0' + digits / 100);
  out[1] = static_cast<char>('0' + digits / 10 % 10);
  out[2] = static_cast<char>('0' + digits % 10);
  return text;
}

std::string json_line(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  std::string line = "{\"time\":\"";
  line += time_text();
  line += "\",\"level\":\"";
  line += level_word(level);
  line += "\",\"message\":";
  append_json_text(line, message);
  for (const Field& field : fields) {
    line += ',';
    append_json_text(line, field.name());
    line += ':';
    if (const auto* text = std::get_if<std::string>(&field.value())) {
      append_json_text(line, *text);
    } else if (const auto* number = std::get_if<double>(&field.value())) {
      append_json_number(line, *number);
    } else {
      line += value_text(field.value());
    }
  }
  return line += '}';
}

std::string line_of(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  return state().json.load() ? json_line(level, message, fields)
                             : text_line(level, message, fields);
}

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
  State& s = state();
  if (!s.logger->should_log(level)) return;
  s.waiting.flush();
  const std::string line = line_of(level, message, fields);
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

bool is_interactive() {
  // The question to the system comes last: this is asked for every request.
  return !state().json.load() && isatty(STDERR_FILENO) != 0;
}

void info_soon(std::string_view message, Fields fields) {
  State& s = state();
  if (!s.logger->should_log(spdlog::level::info)) return;
  const std::string line = line_of(spdlog::level::info, message, fields);
  // A person watches: at once.
  if (is_interactive()) return write(spdlog::level::info, message, fields);
  s.waiting.add(line);
}

void flush() { state().waiting.flush(); }

void debug(std::string_view message, Fields fields) {
  write(spdlog::level::debug, message, fields);
}
void info(std::string_view message, Fields fields) { write(spdlog::level::info, message, fields); }
void warning(std::string_view message, Fields fields) {
  write(spdlog::level::warn, message, fields);
}
void error(std::string_view message, Fields fields) { write(spdlog::level::err, message, fields); }

}  // namespace aml::log
