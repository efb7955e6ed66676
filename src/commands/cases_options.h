#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/service.h"
#include "cases/desk.h"
#include "http/server.h"

namespace CLI {
class App;
}

namespace aml::commands {

// What `serve` is told of cases.
struct CasesSettings {
  std::string file;   // empty: no cases
  std::string users;  // names and tokens
  std::string listen = "127.0.0.1:8010";
  std::string port_file;
  std::vector<std::string> origins;
  std::vector<std::string> four_eyes;
  cases::DeskRules rules;
  int due_days = 30;
  int lock_minutes = 15;
  int keep_days = 1'827;  // five years
};

// Declares them on `app`.
void declare_cases_options(CLI::App& app, CasesSettings& settings);

// Throws Error{usage} where the settings do not fit each other, or the file would lie where batches
// or inputs are shown or published from.
void check_cases_options(const CasesSettings& settings, const std::string& output_root,
                         const std::string& input_root);

// The listener of cases: has a server of its own, which neither counts nor logs what it is asked.
class CasesListener {
 public:
  // Opens file and users. `shown` is what the API shows; `server` how servers of this command are.
  // Both may go. Throws what reading them throws.
  CasesListener(const CasesSettings& settings, api::ServiceOptions shown,
                http::ServerOptions server);
  // Ends it, and waits for that.
  ~CasesListener();
  CasesListener(const CasesListener&) = delete;
  CasesListener& operator=(const CasesListener&) = delete;

  // Returns once it listens. Throws as run_server() does.
  void start();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace aml::commands
