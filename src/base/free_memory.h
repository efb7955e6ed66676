#pragma once

namespace aml {

// Gives memory that is free back to the system, where the C library can. It keeps what has gone
// otherwise, and what comes next in other sizes is added to it. Takes milliseconds: for where
// gigabytes have gone at once.
void give_back_free_memory();

}  // namespace aml
