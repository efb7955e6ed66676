#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

// What commands refuse of options that are each all right, for who hands words on to a command
// before it runs. Each throws what the command itself would, and does nothing besides.
namespace aml::commands {

// How closely: at what the options say, or also at the files that a server reads at its start, and
// at feature SQL.
enum class Look { options, files };

// Reads the words into what `declare` declares; none of it is required. REQUIRES: the command line
// of words was found to be one.
void parse_words(const std::function<void(CLI::App&)>& declare,
                 const std::vector<std::string>& words);

void check_process_words(const std::vector<std::string>& words, Look look);
void check_train_words(const std::vector<std::string>& words, Look look);
void check_check_words(const std::vector<std::string>& words, Look look);
void check_server_words(const std::vector<std::string>& words, Look look);
void check_miner_words(const std::vector<std::string>& words, Look look);

}  // namespace aml::commands
