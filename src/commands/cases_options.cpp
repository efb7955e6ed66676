#include "commands/cases_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/date.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hex.h"
#include "base/http_client.h"
#include "base/log.h"
#include "base/threads.h"
#include "cases/service.h"
#include "commands/server_options.h"

namespace aml::commands {

namespace {

constexpr int kServingThreads = 2;
// Who saves a decision waits for the disk, and the first who ask for a day's money until it is
// read: so many may wait, and others are answered meanwhile.
constexpr int kWaitingThreads = 24;
constexpr std::size_t kOwnTokenBytes = 32;

// "127.0.0.1:8010", "[::1]:8010"
HostPort endpoint_of(const std::string& text) {
  if (auto endpoint = host_and_port_of(text)) return std::move(*endpoint);
  throw Error(ErrorKind::usage,
              fmt::format("--cases-listen must be ADDRESS:PORT such as 127.0.0.1:8010, not "
                          "\"{}\"",
                          text));
}

void declare_rules(CLI::App& app, CasesSettings& settings) {
  app.add_option("--cases-line", settings.rules.line,
                 "How many alerts of a day the team reviews, by rank; of those below a sample is "
                 "drawn (default: 0, all)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}))
      ->option_text("RANK")
      ->envname("AML_CASES_LINE");
  app.add_option("--cases-sample", settings.rules.sample_share,
                 "Share of the alerts below that line that is drawn by chance for review (default: "
                 "0.01)")
      ->check(CLI::Range(0.0001, 1.0))
      ->option_text("SHARE")
      ->envname("AML_CASES_SAMPLE");
  app.add_option("--cases-blind", settings.rules.blind_share,
                 "Share of the alerts whose score and reasons are hidden until they are decided "
                 "(default: 0.05)")
      ->check(CLI::Range(0.0, 1.0))
      ->option_text("SHARE")
      ->envname("AML_CASES_BLIND");
  app.add_option("--cases-four-eyes", settings.four_eyes,
                 "Verdict that a second person must confirm (may be repeated; default: none)")
      ->check(CLI::IsMember({"report", "no_report", "unsure"}))
      ->option_text("VERDICT")
      ->envname("AML_CASES_FOUR_EYES");
  app.add_option("--cases-due", settings.due_days,
                 "Days from an alert's date until it is due (default: 30)")
      ->check(CLI::Range(1, 3'650))
      ->option_text("DAYS")
      ->envname("AML_CASES_DUE");
  app.add_option("--cases-hold", settings.lock_minutes,
                 "Minutes for which an alert is held for who works on it (default: 15)")
      ->check(CLI::Range(1, 1'440))
      ->option_text("MINUTES")
      ->envname("AML_CASES_HOLD");
  app.add_option("--cases-keep-days", settings.keep_days,
                 "Days for which decisions are kept; those of older ones are removed, their hashes "
                 "stay (default: 1827)")
      ->check(CLI::Range(1, 36'525))
      ->option_text("DAYS")
      ->envname("AML_CASES_KEEP_DAYS");
}

cases::DeskRules rules_of(const CasesSettings& settings) {
  cases::DeskRules rules = settings.rules;
  for (const std::string& name : settings.four_eyes) {
    if (const auto verdict = cases::verdict_of(name)) rules.four_eyes.insert(*verdict);
  }
  return rules;
}

}  // namespace

void declare_cases_options(CLI::App& app, CasesSettings& settings) {
  app.add_option("--cases", settings.file,
                 "Let people decide on alerts, and keep that in this file (SQLite; default: no)")
      ->option_text("FILE")
      ->envname("AML_CASES");
  app.add_option("--cases-users", settings.users,
                 "Who may see cases: a name and a token a line, and \"reader\" for who may only "
                 "look")
      ->option_text("FILE")
      ->envname("AML_CASES_USERS");
  app.add_option("--cases-listen", settings.listen,
                 "Where cases are listened for, and nowhere else (default: 127.0.0.1:8010)")
      ->option_text("ADDRESS:PORT")
      ->envname("AML_CASES_LISTEN");
  app.add_option("--cases-port-file", settings.port_file,
                 "Write that port's number into this file once the server listens")
      ->option_text("FILE")
      ->envname("AML_CASES_PORT_FILE");
  app.add_option("--cases-origin", settings.origins,
                 "Origin under which a proxy shows cases, such as https://cases.example.org (may "
                 "be repeated)")
      ->option_text("ORIGIN")
      ->envname("AML_CASES_ORIGIN");
  declare_rules(app, settings);
}

void check_cases_options(const CasesSettings& settings, const std::string& output_root,
                         const std::string& input_root) {
  if (settings.file.empty()) {
    if (settings.users.empty()) return;
    throw Error(ErrorKind::usage, "--cases-users goes with --cases, which names their file");
  }
  if (settings.users.empty()) {
    throw Error(ErrorKind::usage,
                "--cases needs --cases-users: a file with a name and a token a line");
  }
  std::ignore = endpoint_of(settings.listen);
  for (const std::string& root : {output_root, input_root}) {
    if (root.empty() || !path_exists(root)) continue;
    if (is_below(absolute_path(settings.file).parent_path(), root)) {
      throw Error(
          ErrorKind::usage,
          fmt::format("--cases: {} lies in {}, which is shown to others: name another place",
                      settings.file, root));
    }
  }
}

struct CasesListener::Parts {
  Parts(const CasesSettings& asked, api::ServiceOptions shown, http::ServerOptions like)
      : settings(asked),
        endpoint(endpoint_of(asked.listen)),
        own_token(random_hex(kOwnTokenBytes)),
        users(cases::UserList::read(asked.users)),
        access(std::make_shared<http::Access>(tokens_of(*users.now()))),
        store(asked.file,
              {.due_days = asked.due_days, .lock_time = std::chrono::minutes(asked.lock_minutes)}),
        api(with_access(std::move(shown))),
        service({.store = &store,
                 .users = &users,
                 .api = &api,
                 .own_token = own_token,
                 .rules = rules_of(asked),
                 .guard = {.host = endpoint.host,
                           .is_tls = !like.tls_key.empty(),
                           .origins = {asked.origins.begin(), asked.origins.end()}}}),
        server(std::move(like)) {
    server.host = endpoint.host;
    server.port = endpoint.port;
    server.threads = std::min(std::max(server.threads, 1), kServingThreads);
    server.builders = kWaitingThreads;
    server.metrics = nullptr;
    server.log_requests = false;
    server.end = end.get_token();
    server.reload = [this] {
      auto list = std::make_shared<cases::UserList>(cases::UserList::read(settings.users));
      return [this, list] {
        access->replace(tokens_of(*list));
        users.replace(*list);
        store.keep_locks_of(list->deciders());  // whoever takes one from now on looks at the list
      };
    };
  }

  http::Tokens tokens_of(const cases::UserList& list) const {
    http::Tokens tokens = list.tokens();
    tokens.add(own_token);
    return tokens;
  }
  api::ServiceOptions with_access(api::ServiceOptions shown) const {
    shown.router = {.access = access};
    shown.metrics = nullptr;
    return shown;
  }
  void forget_old() {
    const auto oldest = std::chrono::system_clock::now() - std::chrono::days(settings.keep_days);
    store.forget_before(utc_text(oldest, true));
  }
  // A large file is looked at while people work already.
  void look_whether_whole(const std::stop_token& stop) {
    try {
      store.require_whole(stop);
    } catch (const std::exception& e) {
      if (!stop.stop_requested()) {
        log::error("the file of cases is not whole, or cannot be looked at",
                   {{"reason", e.what()}});
      }
    }
  }
  // Once a day.
  void look_after_age(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!never.wait_for(lock, stop, std::chrono::days(1), [] { return false; }) &&
           !stop.stop_requested()) {
      try {
        forget_old();
      } catch (const std::exception& e) {
        log::error("old cases could not be removed", {{"reason", e.what()}});
      }
    }
  }

  const CasesSettings settings;
  const HostPort endpoint;
  const std::string own_token;
  cases::Users users;
  std::shared_ptr<http::Access> access;
  cases::Store store;
  api::Service api;
  cases::Service service;
  http::ServerOptions server;
  std::stop_source end;
  std::promise<void> listening;
  std::jthread serving;
  std::jthread aging;
};

CasesListener::CasesListener(const CasesSettings& settings, api::ServiceOptions shown,
                             http::ServerOptions server)
    : parts_(std::make_unique<Parts>(settings, std::move(shown), std::move(server))) {
  if (!is_loopback(parts_->endpoint.host) && parts_->server.tls_key.empty()) {
    log::warning(
        "cases and the tokens for them go over the network unencrypted: give --tls-cert "
        "and --tls-key, or listen on loopback behind a proxy",
        {{"cases_listen", settings.listen}});
  }
  parts_->store.keep_locks_of(parts_->users.now()->deciders());
  parts_->forget_old();
}

CasesListener::~CasesListener() { parts_->end.request_stop(); }

void CasesListener::start() {
  Parts& parts = *parts_;
  auto listens = parts.listening.get_future();
  parts.serving = start_thread([&parts] {
    bool is_listening = false;
    try {
      http::run_server(parts.server, parts.service, [&](std::uint16_t port) {
        parts.service.set_port(port);
        const ListenSettings where{parts.endpoint.host, port, parts.settings.port_file};
        where.announce(port);
        log::info("cases are listened for",
                  {{"url", fmt::format("{}://{}", parts.server.tls_key.empty() ? "http" : "https",
                                       host_and_port(parts.endpoint.host, port))}});
        is_listening = true;
        parts.listening.set_value();
      });
      if (!is_listening) parts.listening.set_value();  // it was to end before it began
    } catch (...) {
      if (!is_listening) return parts.listening.set_exception(std::current_exception());
      log::error("cases are served no more: a defect of this program");
    }
  });
  listens.get();
  parts.aging = start_thread([&parts](const std::stop_token& stop) {
    parts.look_whether_whole(stop);
    parts.look_after_age(stop);
  });
}

}  // namespace aml::commands
