#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "validation/judge.h"
#include "validation/public_columns.h"
#include "validator/day.h"

// What a validator knows of what anyone could know on a day: public models in their roles, and what
// earlier truths said of the addresses.
namespace aml::validator {

// The role of a public model among those of a day: "2025-10-26-days-2" is the recipe on the newest
// two truths, whatever days these are, and so is "2025-10-26-days-2-" with the hash of what it was
// trained on: "days-2". Any other name is a role of its own.
std::string role_of(const std::string& reference);
// Of all, each once: the models of earlier days are kept, and only the last in a role is anyone's.
std::vector<std::string> roles_of(std::span<const validation::Reference> references);

// The names that are the last in their role, in the order in which roles appear first: what anyone
// has of models of which earlier ones are kept.
std::vector<std::string> last_in_roles(std::span<const std::string> references);

// Whether a trained model sees what labels say: it scores no day that has none.
bool needs_labels(const std::string& reference);

// Of how many of the newest truths the recipe makes a model each, ascending: one, two, three, ten,
// and `most`, as far as there are `truths` and `most` allows. The recipe learns more from ten days
// than from three, and what it knows is nobody's own.
std::vector<std::size_t> reference_counts(std::size_t most, std::size_t truths);

// By alert of a day, what some truths say of its address.
validation::AddressHistory history_of(std::span<const std::string> addresses,
                                      std::span<const KnownTruth* const> truths);

// The columns of a day for the public models in `roles`, with so many of what labels say: a model
// that the day did not have is taken to be the stock model, and labels that it did not have to say
// nothing.
validation::PublicColumns public_columns_of(const Day& day,
                                            std::span<const validation::Reference> references,
                                            std::span<const std::string> roles,
                                            const validation::AddressHistory& history,
                                            std::size_t labels);

}  // namespace aml::validator
