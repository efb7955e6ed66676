#include "forest/explain_kernel.h"
#include "forest/explain_walk.h"

namespace aml::forest {

const ExplainKernels kExplainPlain = walks<2>();

}  // namespace aml::forest
