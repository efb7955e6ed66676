#include "service/stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "base/text_member.h"

namespace aml::service {

namespace {

constexpr int kCannotRun = 126;
constexpr std::size_t kLongestLine = 64 << 10;
constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kPatience{20};

// Between fork and exec: only what a signal handler may do.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment,
                         const StageLimits& limits, int null, int errors, pid_t parent) {
  ::setpgid(0, 0);  // a Ctrl-C is for the service, which tells its children
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kCannotRun);
  ::dup2(null, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);
  if (errors >= 0) ::dup2(errors, STDERR_FILENO);
  ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + limits.nice);
  if (limits.address_space > 0) {
    const rlimit limit{limits.address_space, limits.address_space};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ::execve(program, arguments, environment);
  ::_exit(kCannotRun);
}

// What the kernel takes for words: pointers to them, and null at the end.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Our environment with variables added; of two of one name the added one counts.
std::vector<std::string> with_environment(const std::vector<std::string>& added) {
  std::vector<std::string> all = added;
  for (char** variable = ::environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool is_set = std::ranges::any_of(
        added, [&](const std::string& other) { return other.starts_with(name); });
    if (!is_set) all.emplace_back(text);
  }
  return all;
}

}  // namespace

Child::Child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
             const StageLimits& limits, Errors errors,
             const std::vector<std::string>& environment) {
  std::array<int, 2> ends{-1, -1};
  if (errors == Errors::piped && ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw system_error("cannot start a stage", errno);
  }
  errors_ = Descriptor(ends[0]);
  const Descriptor writer(ends[1]);
  if (errors_.is_open()) ::fcntl(errors_.get(), F_SETFL, O_NONBLOCK);
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  std::vector<std::string> words{"aml-miner"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::vector<char*> pointers = pointers_to(words);
  std::vector<std::string> variables = with_environment(environment);
  const std::vector<char*> variable_pointers = pointers_to(variables);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) {
    become(program.c_str(), pointers.data(), variable_pointers.data(), limits, null.get(),
           writer.get(), parent);
  }
  if (process_ < 0) {
    throw Error(ErrorKind::unavailable, "the system starts no further process: try again later");
  }
}

Child::~Child() {
  if (exit_code()) return;
  signal(SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

std::optional<int> Child::exit_code() {
  if (ended_) return ended_;
  int status = 0;
  const pid_t found = ::waitpid(process_, &status, WNOHANG);
  if (found == 0 || (found < 0 && errno == EINTR)) return std::nullopt;
  constexpr int kSignalled = 128;
  ended_ =
      found == process_ && WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
  return ended_;
}

void Child::signal(int number) {
  if (exit_code()) return;
  // With all that it started: they are of its group, once it has one.
  if (::kill(-process_, number) != 0) ::kill(process_, number);
}

void Child::stop(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  signal(SIGTERM);
  while (!exit_code()) {
    if (std::chrono::steady_clock::now() > deadline) signal(SIGKILL);
    // Who writes into a pipe that is full never ends.
    std::array<char, 4096> block{};
    while (errors_.is_open() && ::read(errors_.get(), block.data(), block.size()) > 0) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

// Shows lines as they come, and remembers the last error.
class Stage::Log {
 public:
  // What stands in the pipe.
  void drain(const Descriptor& pipe) {
    std::array<char, 4096> block{};
    while (is_open_) {
      const ssize_t count = ::read(pipe.get(), block.data(), block.size());
      if (count > 0) {
        take({block.data(), static_cast<std::size_t>(count)});
      } else if (count == 0) {
        is_open_ = false;  // nobody writes to it any more
      } else if (errno != EINTR) {
        is_open_ = errno == EAGAIN;
        return;
      }
    }
  }
  void end_line() {
    if (line_.empty()) return;
    log::pass_on(line_);
    const auto json = nlohmann::json::parse(line_, nullptr, /*allow_exceptions=*/false);
    if (text_member(json, "level") == "error") error_ = text_member(json, "message");
    if (!json.is_object() && error_.empty()) error_ = line_;
    line_.clear();
  }
  bool is_open() const { return is_open_; }
  const std::string& error() const { return error_; }

 private:
  void take(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n') {
        end_line();
      } else if (line_.size() < kLongestLine) {
        line_ += c;
      }
    }
  }

  std::string line_;
  std::string error_;
  bool is_open_ = true;
};

Stage::Stage(const std::filesystem::path& program, const std::vector<std::string>& arguments,
             const StageLimits& limits)
    : child_(program, arguments, limits, Child::Errors::piped),
      limits_(limits),
      deadline_(std::chrono::steady_clock::now() + limits.timeout),
      log_(std::make_unique<Log>()) {}

Stage::~Stage() = default;

std::optional<StageEnd> Stage::end_within(std::chrono::milliseconds patience) {
  if (child_.exit_code()) return finish(false);
  pollfd waiting{
      .fd = log_->is_open() ? child_.errors().get() : -1, .events = POLLIN, .revents = 0};
  ::poll(&waiting, 1, static_cast<int>(patience.count()));
  log_->drain(child_.errors());
  if (std::chrono::steady_clock::now() <= deadline_) return std::nullopt;
  child_.stop(kPatience);
  return finish(true);
}

StageEnd Stage::stop() {
  child_.stop(kPatience);
  return finish(false);
}

StageEnd Stage::finish(bool timed_out) {
  log_->drain(child_.errors());
  log_->end_line();
  StageEnd end{child_.exit_code().value_or(1), timed_out, log_->error()};
  if (timed_out) {
    end.error =
        fmt::format("it took longer than {} s ({})",
                    std::chrono::duration<double>(limits_.timeout).count(), limits_.timeout_name);
  }
  return end;
}

StageEnd run_stage(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                   const StageLimits& limits, const std::function<bool()>& keep_on) {
  Stage stage(program, arguments, limits);
  for (;;) {
    if (auto end = stage.end_within(kTick)) return *end;
    if (!keep_on()) return stage.stop();
  }
}

}  // namespace aml::service
