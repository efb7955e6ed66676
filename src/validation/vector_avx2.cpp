#include "validation/vector_kernels.h"

#if defined(__x86_64__)
#pragma GCC target("avx2")
#endif
#include "validation/vector_walk.h"

namespace aml::validation {

const VectorKernels kVectorAvx2 = kernels<8, 8>();

}  // namespace aml::validation
