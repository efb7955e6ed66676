#include "service/resident_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/hex.h"
#include "base/http_client.h"
#include "base/parse_number.h"
#include "base/text_file.h"
#include "service/option_words.h"

namespace aml::service {

namespace fs = std::filesystem;

namespace {

constexpr const char* kOwnFolder = ".service";  // below the output root
constexpr std::size_t kTokenBytes = 32;
constexpr std::uint64_t kMostTokenBytes = 8 << 20;
constexpr std::uint64_t kMostPortBytes = 64;
// Of `serve` and `mine`, where nobody says another.
constexpr std::uint16_t kServerPort = 8000;
constexpr std::uint16_t kMinerPort = 8091;

using Words = std::vector<std::string>;

// The tokens of a file as `serve` reads it.
Words tokens_of(const fs::path& file) {
  Words tokens;
  std::istringstream text(read_text(file, kMostTokenBytes));
  for (std::string line; std::getline(text, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty() && line[0] != '#') tokens.push_back(line);
  }
  return tokens;
}

bool holds_days_back(const Configuration& configuration) {
  return option(configuration.serve, "embargo").has_value() ||
         (configuration.mines && option(configuration.mine, "commit").has_value());
}

// The file of the tokens that see days which are held back.
fs::path embargo_file(const Configuration& configuration) {
  if (const auto named = option(configuration.serve, "embargo")) return *named;
  return configuration.output_root / kOwnFolder / "embargo-token";
}

fs::path made_embargo_file(const Configuration& configuration) {
  fs::path file = embargo_file(configuration);
  if (!option(configuration.serve, "embargo") && !file_size_if_exists(file)) {
    make_folders(file.parent_path());
    write_file_atomically(file, random_hex(kTokenBytes) + "\n", {.access = Access::owner});
  }
  return file;
}

// The token with which the miner sees all days; empty where none is asked for.
std::string miner_token(const Configuration& configuration) {
  const auto token_file = option(configuration.serve, "token-file");
  const bool holds = holds_days_back(configuration);
  if (!holds && !token_file) return "";
  const Words known = token_file ? tokens_of(*token_file) : Words{};
  const Words seeing = holds ? tokens_of(made_embargo_file(configuration)) : known;
  for (const std::string& token : seeing) {
    if (!token_file || std::ranges::find(known, token) != known.end()) return token;
  }
  throw Error(ErrorKind::usage,
              fmt::format("the miner has no token: one line of {} must also stand in {}",
                          embargo_file(configuration).string(), token_file.value_or("it")));
}

// Where what listens at a host is asked from this machine.
std::string local_url(std::string host, std::uint16_t port) {
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  return "http://" + host_and_port(host, port);
}

std::optional<std::uint16_t> port_in(const fs::path& file) {
  if (file_size_if_exists(file).value_or(0) == 0) return std::nullopt;
  try {
    std::string text = read_file(file, kMostPortBytes);
    if (text.ends_with('\n')) text.pop_back();
    return parse_number<std::uint16_t>(text);
  } catch (const Error&) {
    return std::nullopt;  // it is no server's
  }
}

}  // namespace

fs::path port_file(const Configuration& configuration) {
  if (const auto named = option(configuration.serve, "port-file")) return *named;
  return configuration.output_root / kOwnFolder / "port";
}

std::optional<std::uint16_t> port_in_file(const Configuration& configuration) {
  return port_in(port_file(configuration));
}

std::string server_url(const Configuration& configuration, std::uint16_t port) {
  if (port == 0) {
    port = parse_number<std::uint16_t>(option(configuration.serve, "port").value_or(""))
               .value_or(kServerPort);
  }
  return local_url(option(configuration.serve, "host").value_or("127.0.0.1"), port);
}

std::optional<std::uint16_t> miner_port(const Configuration& configuration) {
  const auto file = option(configuration.mine, "port-file", "AML_MINER_PORT_FILE");
  if (file) {
    if (const auto port = port_in(*file)) return port;
  }
  const auto said = option(configuration.mine, "port", "AML_MINER_PORT");
  return said ? parse_number<std::uint16_t>(*said) : kMinerPort;
}

std::string miner_url(const Configuration& configuration) {
  return local_url(option(configuration.mine, "host", "AML_MINER_HOST").value_or("0.0.0.0"),
                   miner_port(configuration).value_or(0));
}

Words server_words(const Configuration& configuration) {
  Words words{"--output-root", configuration.output_root.string(), "--input-root",
              configuration.input_root.string()};
  for (const std::string& network : configuration.networks) {
    words.insert(words.end(), {"--networks", network});
  }
  words.insert(words.end(), configuration.serve.begin(), configuration.serve.end());
  return words;
}

ResidentCommand server_command(const Configuration& configuration) {
  ResidentCommand command{{"--log-format", "json", "serve"}};
  Words& words = command.arguments;
  const Words said = server_words(configuration);
  words.insert(words.end(), said.begin(), said.end());
  if (!configuration.mines) return command;
  if (holds_days_back(configuration) && !option(words, "embargo")) {
    words.insert(words.end(), {"--embargo", made_embargo_file(configuration).string()});
  }
  const auto commits = option(configuration.mine, "commit");
  if (commits && !option(words, "commitments")) {
    words.insert(words.end(), {"--commitments", *commits});
  }
  if (!option(words, "port-file")) {
    make_folders(port_file(configuration).parent_path());
    words.insert(words.end(), {"--port-file", port_file(configuration).string()});
  }
  return command;
}

std::optional<ResidentCommand> miner_command(const Configuration& configuration,
                                             std::optional<std::uint16_t> server_port) {
  ResidentCommand command{{"--log-format", "json", "mine"}};
  Words& words = command.arguments;
  words.insert(words.end(), configuration.mine.begin(), configuration.mine.end());
  if (option(words, "api")) return command;  // whose token is the environment's
  if (!server_port) return std::nullopt;
  std::string url = server_url(configuration, *server_port);
  if (!configuration.networks.empty()) url += "/" + configuration.network;
  words.insert(words.end(), {"--api", url});
  // In the environment, because everyone may read a command line.
  if (const std::string token = miner_token(configuration); !token.empty()) {
    command.environment.push_back("AML_API_TOKEN=" + token);
  }
  return command;
}

}  // namespace aml::service
