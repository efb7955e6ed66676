#include "commands/settings_text.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "commands/command.h"
#include "commands/text_page.h"
#include "service/settings.h"

namespace aml::commands {

namespace {

using service::Setting;

constexpr std::size_t kWidth = 120;  // of a comment

constexpr const char* kTomlHead =
    R"(# Settings of `aml-miner run --config aml-miner.toml`; `aml-miner run --settings toml` prints this file.
# What stands behind a # without a space may be uncommented; its value is the default, or an example.
# Credentials of the SOT come from the environment or .env (S3_ACCESS_KEY, …), never from this file.
)";

constexpr const char* kMarkdownHead = R"(# Settings of the service

    aml-miner run --config aml-miner.toml

reads one TOML file. [aml-miner.example.toml](../aml-miner.example.toml) has every setting; both are made by `aml-miner run --settings toml` and `--settings markdown`. A key that is none, a value of another type or one out of
range are refused with file, line, key and what is allowed (code 2), and so is a file of more than 1 MiB (code 3). SIGHUP reads the file anew; a wrong one is
refused whole, with a line of the log, and all goes on as before. So is a value that the command it is handed to would refuse, with the command's own words, and before SIGHUP is followed also what `serve` and `mine` read at their start (tokens, certificates, who decides on cases, pages, the hotkey) and feature SQL: they are not stopped for settings with which they would not start. Whether other files are there shows when the command runs.

Most tables are named after a command and hold its options, with the meaning that its `--help` says; other options of it come from its environment variables, which the service hands on, or are set by the service itself. The value is the default, or where there is none an example.
)";

constexpr const char* kMarkdownTail = R"(
With `mine.commit` and without `serve.embargo` the server holds days back until their deadline by a token that the service makes: `{output-root}/.service/embargo-token`.
It also shows what the miner says of its commitments (`serve.commitments`, by itself `mine.commit`).
The miner gets the first token that stands in that file (or in `serve.embargo`) and, where there is one, in `serve.token-file`, by its environment.
)";

// What the commands say of their options.
class Meanings {
 public:
  std::string of(const Setting& setting) {
    if (!setting.meaning.empty()) return std::string(setting.meaning);
    const std::string option = "--" + std::string(setting.key);
    const auto* const found = app_of(setting.table).get_option_no_throw(option);
    if (found != nullptr) return found->get_description();
    throw Error(ErrorKind::internal,
                fmt::format("the setting {}.{} is no option", setting.table, setting.key));
  }

 private:
  const CLI::App& app_of(std::string_view command) {
    std::unique_ptr<CLI::App>& app = apps_[std::string(command)];
    if (app) return *app;
    app = std::make_unique<CLI::App>();
    for (const Command& one : all_commands()) {
      if (one.name == command) one.declare(*app);
    }
    return *app;
  }

  std::map<std::string, std::unique_ptr<CLI::App>> apps_;
};

// Of a text in Markdown: "`train` (docs/models.md)" for "[`train`](models.md)".
std::string without_links(std::string_view markdown) {
  std::string text;
  for (std::size_t middle; (middle = markdown.find("](")) != std::string_view::npos;) {
    const std::size_t begin = markdown.rfind('[', middle);
    const std::size_t end = markdown.find(')', middle);
    text += fmt::format("{}{} (docs/{})", markdown.substr(0, begin),
                        markdown.substr(begin + 1, middle - begin - 1),
                        markdown.substr(middle + 2, end - middle - 2));
    markdown.remove_prefix(end + 1);
  }
  return text.append(markdown);
}

// Comments of at most kWidth columns.
std::string comment(std::string_view text) {
  std::string lines;
  std::string line = "#";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (line.size() > 1 && line.size() + 1 + end > kWidth) {
      lines += line + "\n";
      line = "#";
    }
    line += " " + std::string(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines + line + "\n";
}

// For a cell of a table.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

}  // namespace

std::string settings_toml() {
  Meanings meanings;
  TextPage page;
  page.add("{}", kTomlHead);
  std::string_view table;
  for (const Setting& setting : service::all_settings()) {
    page.add("\n");
    if (setting.table != table) {
      table = setting.table;
      const std::string_view meaning = service::table_meaning(table);
      page.add("{}[{}]\n", meaning.empty() ? "" : comment(without_links(meaning)), table);
    }
    const bool is_needed = setting.table.empty() && setting.key == "network";
    page.add("{}{}{} = {}\n", comment(meanings.of(setting)), is_needed ? "" : "#", setting.key,
             setting.example);
  }
  return page.text();
}

std::string settings_markdown() {
  Meanings meanings;
  TextPage page;
  page.add("{}", kMarkdownHead);
  std::string_view table = "none";
  for (const Setting& setting : service::all_settings()) {
    if (setting.table != table) {
      table = setting.table;
      page.add("\n## {}\n\n", table.empty() ? "Above all tables" : fmt::format("`[{}]`", table));
      if (const auto meaning = service::table_meaning(table); !meaning.empty()) {
        page.add("{}\n\n", meaning);
      }
      page.add("| key | value | meaning |\n|---|---|---|\n");
    }
    page.add("| `{}` | `{}` | {} |\n", setting.key, cell(std::string(setting.example)),
             cell(meanings.of(setting)));
  }
  page.add("{}", kMarkdownTail);
  return page.text();
}

}  // namespace aml::commands
