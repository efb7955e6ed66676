#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/date.h"
#include "base/json_text.h"
#include "base/line_writer.h"
#include "base/secrets.h"

namespace aml::log {

namespace {

constexpr std::size_t kShortestSecret = 4;

// Writes to standard error as long as it takes; false where it cannot be written to.
bool write_stderr(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (written < 0 && errno == EAGAIN) {
      // Whoever shares the stream made it non-blocking.
      pollfd stream{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
      ::poll(&stream, 1, -1);
    } else if (written < 0 && errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::string dropped_line(std::uint64_t lines);

// Never destroyed: threads may log to the very end.
struct State {
  std::atomic<bool> json{isatty(STDERR_FILENO) == 0};
  std::atomic<Level> level{Level::info};
  std::mutex secrets_mutex;  // guards what is below
  Secrets secrets;
  bool has_ended = false;
  // Secrets are hidden in one place, just before lines are written.
  LineWriter writer{{.write = [this](const std::string& lines) { return write_safe(lines); },
                     .report_dropped = dropped_line}};

  bool write_safe(const std::string& lines) {
    std::string safe;
    {
      const std::lock_guard lock(secrets_mutex);
      if (has_ended) return false;
      safe = secrets.hidden_in(lines);
    }
    return write_stderr(safe);
  }
  // Writes what waits. Later lines could not be made safe any more, and are not written.
  void end() {
    writer.end();
    const std::lock_guard lock(secrets_mutex);
    has_ended = true;
    secrets.wipe_all();
  }
};

State& state() {
  struct Ending {
    State* state;
    ~Ending() { state->end(); }
  };
  static State* const instance = new State;
  static const Ending ending{instance};
  return *instance;
}

const char* level_word(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
    case Level::info:
      break;
  }
  return "info";
}

bool is_shown(Level level) { return level >= state().level.load(std::memory_order_relaxed); }

std::string value_text(const Field::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    const bool plain = !text->empty() && text->find_first_of(" \"=\n\t") == std::string::npos;
    if (plain) return *text;
    std::string quoted;
    append_json_text(quoted, *text);
    return quoted;
  }
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{:.6g}", *number);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  return std::get<bool>(value) ? "true" : "false";
}

std::string text_line(Level level, std::string_view message, Fields fields) {
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

std::string json_line(Level level, std::string_view message, Fields fields) {
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

std::string line_of(Level level, std::string_view message, Fields fields) {
  return state().json.load() ? json_line(level, message, fields)
                             : text_line(level, message, fields);
}

std::string dropped_line(std::uint64_t lines) {
  return line_of(Level::warning, "log lines were dropped: nobody took them", {{"lines", lines}});
}

void write(Level level, std::string_view message, Fields fields) {
  if (!is_shown(level)) return;
  State& s = state();
  // A progress bar may stand on the line; a fresh line must not be glued to it.
  const char* wipe = is_interactive() ? "\r\x1b[K" : "";
  s.writer.add(wipe + line_of(level, message, fields));
  s.writer.flush();
}

}  // namespace

void configure(Format format, Level level) {
  State& s = state();
  s.json = format == Format::json || (format == Format::automatic && isatty(STDERR_FILENO) == 0);
  s.level = level;
}

void hide_secret(std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  std::string quoted;
  append_json_text(quoted, secret);
  State& s = state();
  const std::lock_guard lock(s.secrets_mutex);
  s.secrets.add(std::string(secret));
  s.secrets.add(quoted.substr(1, quoted.size() - 2));
  Secrets::wipe(quoted);
}

std::string without_secrets(std::string_view text) {
  State& s = state();
  const std::lock_guard lock(s.secrets_mutex);
  return s.secrets.hidden_in(text);
}

bool is_interactive() {
  // The question to the system comes last: this is asked for every request.
  return !state().json.load() && isatty(STDERR_FILENO) != 0;
}

void info_soon(std::string_view message, Fields fields) {
  if (!is_shown(Level::info)) return;
  // A person watches: at once.
  if (is_interactive()) return write(Level::info, message, fields);
  state().writer.add(line_of(Level::info, message, fields));
}

void pass_on(std::string_view line) {
  state().writer.add(line);
  state().writer.flush();
}

void flush() { state().writer.flush(); }
std::uint64_t dropped_lines() { return state().writer.dropped(); }

void debug(std::string_view message, Fields fields) { write(Level::debug, message, fields); }
void info(std::string_view message, Fields fields) { write(Level::info, message, fields); }
void warning(std::string_view message, Fields fields) { write(Level::warning, message, fields); }
void error(std::string_view message, Fields fields) { write(Level::error, message, fields); }

}  // namespace aml::log
