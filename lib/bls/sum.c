/* SPDX-License-Identifier: MIT */
/* Weighted sums by buckets (Pippenger 1976), the weights written in four digits of x, so
 * that powers of psi do most of the multiplying (Galbraith, Scott, 2008/117). A digit is
 * cut into windows of signed `bits`; for each window, the points that have d there are
 * summed in bucket |d|, and bucket d is counted d times. */
#include "bls/group.h"

#define DIGITS 4

/* Bits of a window: they divide FM_WEIGHT_BITS. More make fewer additions of points
 * and more of buckets; the borders are where both were measured to take the same time. */
static unsigned window_bits(size_t count)
{
	return count < 16 ? 3 : count < 240 ? 6 : 9;
}

static size_t bucket_count(unsigned bits)
{
	return (size_t)1 << (bits - 1);
}

size_t fm_weighted_sum_room(size_t count)
{
	unsigned bits = window_bits(count);

	return FM_WEIGHT_BITS / bits * bucket_count(bits);
}

/* Add digit times the point to the buckets of the windows. A digit of at most 2^17 in
 * absolute value leaves at most `middle` of itself to the last window. */
static void drop(struct fm_g2_jac *buckets, unsigned bits, const struct fm_g2 *point,
		 int32_t digit)
{
	const int32_t size = 1 << bits, middle = size / 2;
	struct fm_g2 minus = *point;

	fm_fp2_neg(&minus.y, &point->y);
	for (; digit; buckets += middle) {
		int32_t d = digit;

		if (d < -middle || d > middle)
			d = (int32_t)((uint32_t)(d + middle) & (uint32_t)(size - 1)) -
			    middle;
		digit = (digit - d) / size;
		if (d > 0)
			fm_g2_add_affine(&buckets[d - 1], &buckets[d - 1], point);
		else if (d < 0)
			fm_g2_add_affine(&buckets[-d - 1], &buckets[-d - 1], &minus);
	}
}

/* buckets[0] + 2 buckets[1] + 3 buckets[2] + ... */
static void add_up(struct fm_g2_jac *out, const struct fm_g2_jac *buckets, size_t count)
{
	struct fm_g2_jac run = buckets[count - 1], sum = run;

	while (--count) {
		fm_g2_add(&run, &run, &buckets[count - 1]);
		fm_g2_add(&sum, &sum, &run);
	}
	*out = sum;
}

void fm_weighted_sum(struct fm_g2_jac *out, const struct fm_g2 *points,
		     const struct fm_weight *weights, size_t count,
		     struct fm_g2_jac *buckets)
{
	static const struct fm_g2_jac infinity;
	const unsigned bits = window_bits(count);
	const size_t per_window = bucket_count(bits);
	struct fm_g2_jac sum = infinity, window;

	for (size_t i = 0; i < fm_weighted_sum_room(count); i++)
		buckets[i] = infinity;
	for (size_t i = 0; i < count; i++) {
		struct fm_g2 point = points[i];

		if (fm_fp2_is_zero(&point.x) && fm_fp2_is_zero(&point.y))
			continue;
		for (size_t j = 0; j < DIGITS; j++) {
			if (j)
				fm_g2_psi_affine(&point, &point);
			drop(buckets, bits, &point, weights[i].c[j]);
		}
	}
	for (unsigned w = FM_WEIGHT_BITS / bits; w-- > 0;) {
		for (unsigned i = 0; i < bits && !fm_g2_is_infinity(&sum); i++)
			fm_g2_double(&sum, &sum);
		add_up(&window, buckets + w * per_window, per_window);
		fm_g2_add(&sum, &sum, &window);
	}
	*out = sum;
}
