/* Places that can be told to fail, in test builds (-DFAULTS). In release builds FAULT() is the constant false. */
#pragma once

#include "base/base.h"

#ifdef FAULTS
void fault_arm(int nth);               /* the nth FAULT() reached from now on fires, once; 0 disarms */
bool fault_fired(void);                /* did it, since fault_arm? */
bool fault_reached(const char *where); /* sets errno to EIO when it fires */
#define FAULT(where) fault_reached(where)
#else
#define FAULT(where) false
#endif
