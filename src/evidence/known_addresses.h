#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace aml::evidence {

// Who of a day's addresses is known: the lines of its batch's known_addresses.json.
class KnownAddresses {
 public:
  // Null: the batch does not say, as where no labels were named.
  explicit KnownAddresses(std::shared_ptr<const std::string> file = nullptr);

  bool is_told() const { return file_ != nullptr; }
  // What is said of an address as a JSON array, empty where nothing is; as long as this object
  // lives. Hexadecimal addresses in whatever letters.
  std::string_view find(std::string_view address) const;
  // The different categories of an address with commas between, "mixer,sanctions"; empty where it
  // is not known.
  std::string categories(std::string_view address) const;

 private:
  std::shared_ptr<const std::string> file_;
  std::string_view lines_;  // `"address":[…],` each with its line feed
};

// The known ones among the addresses that an answer mentions.
class KnownMentions {
 public:
  // `known` must live as long.
  explicit KnownMentions(const KnownAddresses& known) : known_(known) {}

  bool is_told() const { return known_.is_told(); }
  void add(std::string_view address);
  // Without adding it.
  bool knows(std::string_view address) const { return !known_.find(address).empty(); }
  // ,"known":{address:[…],…} by address; empty where the batch does not say.
  std::string member() const;

 private:
  const KnownAddresses& known_;
  std::map<std::string, std::string_view, std::less<>> found_;
};

}  // namespace aml::evidence
