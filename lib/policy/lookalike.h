/* SPDX-License-Identifier: MIT */
/** Names of hosts that a person takes for one another. */
#ifndef FOURMICA_POLICY_LOOKALIKE_H
#define FOURMICA_POLICY_LOOKALIKE_H

#include <fourmica/types.h>

/* A host has at most 253 bytes, and each of its characters at most four. */
#define FM_SKELETON_MAX 1040

/** A host and what is left of its name when all that looks alike is written alike. */
struct fm_lookalike {
	struct fm_span host; /**< of the origin, which must live as long */
	char skeleton[FM_SKELETON_MAX];
};

/** Of "https://host[:port]". Pure. */
void fm_lookalike_of(struct fm_lookalike *out, const char *origin);
/** Is the host of `origin` another one that looks the same? Scheme and port do not matter. */
bool fm_lookalike(const struct fm_lookalike *a, const char *origin) FM_MUST_USE;
/** Is it the same host? */
bool fm_lookalike_same(const struct fm_lookalike *a, const char *origin) FM_MUST_USE;

#endif
