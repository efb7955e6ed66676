#include "validation/vector_kernels.h"

namespace aml::validation {

const VectorKernels& vector_kernels(InstructionSet set) {
  switch (set) {
    case InstructionSet::avx512:
      return kVectorAvx512;
    case InstructionSet::avx2:
      return kVectorAvx2;
    case InstructionSet::plain:
      break;
  }
  return kVectorPlain;
}

}  // namespace aml::validation
