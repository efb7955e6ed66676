#include "validation/vector_kernels.h"
#include "validation/vector_walk.h"

namespace aml::validation {

const VectorKernels kVectorPlain = kernels<4, 4>();

}  // namespace aml::validation
