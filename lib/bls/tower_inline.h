/* SPDX-License-Identifier: MIT */
/** Sums in Fp2 as inline functions, reduced, left unreduced, and of wide numbers, for
 *  the files of lib/bls that spend their time in them; everyone else calls tower.h. */
#ifndef FOURMICA_BLS_TOWER_INLINE_H
#define FOURMICA_BLS_TOWER_INLINE_H

#include "bls/fp_inline.h"
#include "bls/tower.h"

static inline void fp2_add(struct fm_fp2 *out, const struct fm_fp2 *a,
			   const struct fm_fp2 *b)
{
	fp_add(&out->c0, &a->c0, &b->c0);
	fp_add(&out->c1, &a->c1, &b->c1);
}

static inline void fp2_sub(struct fm_fp2 *out, const struct fm_fp2 *a,
			   const struct fm_fp2 *b)
{
	fp_sub(&out->c0, &a->c0, &b->c0);
	fp_sub(&out->c1, &a->c1, &b->c1);
}

/* Times xi = u + 1. */
static inline void fp2_mul_xi(struct fm_fp2 *out, const struct fm_fp2 *a)
{
	struct fm_fp t = a->c0;

	fp_sub(&out->c0, &t, &a->c1);
	fp_add(&out->c1, &t, &a->c1);
}

static inline void fp2_add_lazy(struct fm_fp2 *out, const struct fm_fp2 *a,
				const struct fm_fp2 *b)
{
	fp_add_lazy(&out->c0, &a->c0, &b->c0);
	fp_add_lazy(&out->c1, &a->c1, &b->c1);
}

static inline void wide2_add(struct fm_fp2_wide *out, const struct fm_fp2_wide *a,
			     const struct fm_fp2_wide *b)
{
	wide_add(&out->c0, &a->c0, &b->c0);
	wide_add(&out->c1, &a->c1, &b->c1);
}

static inline void wide2_sub(struct fm_fp2_wide *out, const struct fm_fp2_wide *a,
			     const struct fm_fp2_wide *b)
{
	wide_sub(&out->c0, &a->c0, &b->c0);
	wide_sub(&out->c1, &a->c1, &b->c1);
}

/* a + xi b; out may be a, not b. */
static inline void wide2_add_xi(struct fm_fp2_wide *out, const struct fm_fp2_wide *a,
				const struct fm_fp2_wide *b)
{
	wide_add(&out->c0, &a->c0, &b->c0);
	wide_sub(&out->c0, &out->c0, &b->c1);
	wide_add(&out->c1, &a->c1, &b->c0);
	wide_add(&out->c1, &out->c1, &b->c1);
}

/* xi a; out is not a. */
static inline void wide2_mul_xi(struct fm_fp2_wide *out, const struct fm_fp2_wide *a)
{
	wide_sub(&out->c0, &a->c0, &a->c1);
	wide_add(&out->c1, &a->c0, &a->c1);
}

/* (a + b)(c + d) - ac - bd = ad + bc, given ac and bd: Karatsuba's middle term. */
static inline void wide2_cross(struct fm_fp2_wide *out, const struct fm_fp2 *a,
			       const struct fm_fp2 *b, const struct fm_fp2 *c,
			       const struct fm_fp2 *d, const struct fm_fp2_wide *ac,
			       const struct fm_fp2_wide *bd)
{
	struct fm_fp2 s, t;

	fp2_add_lazy(&s, a, b);
	fp2_add_lazy(&t, c, d);
	fm_fp2_wide_mul(out, &s, &t);
	wide2_sub(out, out, ac);
	wide2_sub(out, out, bd);
}

#endif
