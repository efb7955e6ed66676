#pragma once

#include <cstdint>

namespace aml {

// What inner loops may ask of the processor. All give the same bits: every sum has a vector lane of
// its own, and each lane sees the same operations in the same order.
enum class InstructionSet : std::uint8_t {
  plain,   // what every processor of the architecture has
  avx2,    // four doubles or eight floats at a time
  avx512,  // eight doubles or sixteen floats at a time (F, BW, DQ, VL)
};

bool is_supported(InstructionSet set);  // by this processor

// "avx512"
const char* instruction_set_name(InstructionSet set);

// The widest that this processor supports.
InstructionSet best_instruction_set();

}  // namespace aml

// Marks a function for one of them. Only x86-64 has more than the plain one.
#if defined(__x86_64__)
#define AML_TARGET_AVX2 __attribute__((target("avx2")))
#define AML_TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define AML_TARGET_AVX2
#define AML_TARGET_AVX512
#endif
