#include "forest/explain_kernel.h"

namespace aml::forest {

ExplainKernel explain_kernel(InstructionSet set, int points) {
  const ExplainKernels& kernels = set == InstructionSet::avx512 ? kExplainAvx512
                                  : set == InstructionSet::avx2 ? kExplainAvx2
                                                                : kExplainPlain;
  return kernels.at(static_cast<std::size_t>(points) - 1);
}

}  // namespace aml::forest
