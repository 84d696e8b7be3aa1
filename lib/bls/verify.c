/* SPDX-License-Identifier: MIT */
#include "bls/verify.h"

#include "bls/pairing.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct fm_g1) == sizeof(((struct fm_bls_key *)0)->point),
	      "point fits");

const char *fm_bls_fault_text(enum fm_bls_fault fault)
{
	switch (fault) {
	case FM_BLS_OK:
		return "is valid";
	case FM_BLS_FORM:
		return "has wrong flags or a coordinate that is not below p";
	case FM_BLS_CURVE:
		return "is no point of the curve";
	case FM_BLS_INFINITY:
		return "is the point at infinity";
	case FM_BLS_SUBGROUP:
		return "is a point outside the group of order r";
	case FM_BLS_PAIRING:
		return "is of another message or by another key";
	}
	return "";
}

enum fm_bls_fault fm_bls_key_decode(struct fm_bls_key *out,
				    const uint8_t bytes[static FM_BLS_KEY])
{
	struct fm_g1 point;
	enum fm_bls_fault fault = fm_g1_decode(&point, bytes);

	if (fault)
		return fault;
	memcpy(out->bytes, bytes, sizeof(out->bytes));
	memcpy(out->point, &point, sizeof(out->point));
	return FM_BLS_OK;
}

void fm_bls_key_point(struct fm_g1 *out, const struct fm_bls_key *key)
{
	memcpy(out, key->point, sizeof(*out));
}

void fm_bls_key_xy(uint8_t out[static 96], const struct fm_bls_key *key)
{
	struct fm_g1 point;

	fm_bls_key_point(&point, key);
	fm_fp_write(out, &point.x);
	fm_fp_write(out + 48, &point.y);
}

enum fm_bls_fault fm_bls_signature_check(const uint8_t sig[static FM_BLS_SIG])
{
	struct fm_g2 point;

	return fm_g2_decode(&point, sig);
}

/* e(P, infinity) = 1, such a pair is left out. */
void fm_bls_value(struct fm_fp12 *out, const struct fm_g1 *key,
		  const struct fm_g2_jac *sig, const struct fm_g2_jac *uncleared)
{
	struct fm_g2_jac hash;
	struct fm_g1 p[2];
	struct fm_g2 q[2];
	size_t n = 0;

	fm_g2_clear_cofactor(&hash, uncleared);
	if (fm_g2_to_affine(&q[n], sig))
		fm_g1_neg(&p[n++], &fm_g1_generator);
	if (fm_g2_to_affine(&q[n], &hash))
		p[n++] = *key;
	*out = fm_fp12_one;
	if (n) {
		fm_miller_loop(out, p, q, n);
		fm_final_power(out, out);
	}
}

enum fm_bls_fault fm_bls_verify(const struct fm_bls_key *key, const void *msg, size_t len,
				const uint8_t sig[static FM_BLS_SIG])
{
	struct fm_g2_jac point, hash;
	struct fm_fp12 value;
	struct fm_g2 affine;
	struct fm_g1 k;
	enum fm_bls_fault fault = fm_g2_decode(&affine, sig);

	if (fault)
		return fault;
	fm_g2_from_affine(&point, &affine);
	fm_hash_to_twist(&hash, msg, len, FM_BLS_DST, sizeof(FM_BLS_DST) - 1);
	fm_bls_key_point(&k, key);
	fm_bls_value(&value, &k, &point, &hash);
	return fm_fp12_is_one(&value) ? FM_BLS_OK : FM_BLS_PAIRING;
}
