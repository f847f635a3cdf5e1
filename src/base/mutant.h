/* A fault sown into the code on purpose, to prove that a test sees it. Which faults there are is said in
 * tests/mutants/table.txt, and nowhere else. */
#pragma once

#include "mutant_seed.h" /* made by CMake: MUTANT, 0 but in the trees of tests/mutants/run.sh */

#if MUTANT != 0 && defined(NDEBUG)
#error "a release has no mutants"
#endif

/* True in a tree configured with -DMUTANT=number, and only there; elsewhere a constant false, and the compiler
 * drops what it guards. */
#define MUTANT_IS(number) (MUTANT == (number))
