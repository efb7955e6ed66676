#pragma once

#include <cstdint>

namespace aml::simulation {

// An address is a number from 0 until it is written; network.h spells it out.
using AddressId = std::uint32_t;

// Millionths of a US dollar: money is an integer as long as it is money.
using MicroUsd = std::int64_t;

inline constexpr MicroUsd kMicrosPerUsd = 1'000'000;
inline constexpr std::int64_t kMsPerMinute = 60'000;
inline constexpr std::int64_t kMsPerHour = 60 * kMsPerMinute;
inline constexpr std::int64_t kMsPerDay = 24 * kMsPerHour;

// One transfer of money.
struct Flow {
  std::int64_t time_ms = 0;  // since 1970-01-01T00:00Z
  MicroUsd amount = 0;       // more than 0
  AddressId source = 0;
  AddressId dest = 0;
  std::uint8_t asset = 0;  // index into Network::assets
};

// The days that a snapshot speaks of: [begin_ms, end_ms), ending where the processing date begins.
struct Window {
  std::int64_t begin_ms = 0;
  std::int64_t end_ms = 0;
  std::int64_t length_ms() const { return end_ms - begin_ms; }
  int days() const { return static_cast<int>(length_ms() / kMsPerDay); }
};

}  // namespace aml::simulation
