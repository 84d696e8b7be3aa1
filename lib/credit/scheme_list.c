/* SPDX-License-Identifier: MIT */
/* The payment schemes there are, in order of preference. */
#include "x402/scheme.h"

const struct fm_scheme *const fm_schemes[] = { &fm_scheme_credit, &fm_scheme_exact,
					       NULL };
