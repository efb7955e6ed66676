#include "models/explain_kernel.h"
#include "models/explain_walk.h"

namespace aml::models {

const ExplainKernels kExplainPlain = walks<2>();

}  // namespace aml::models
