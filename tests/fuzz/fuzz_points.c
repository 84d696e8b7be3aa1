/* SPDX-License-Identifier: MIT */
/* Compressed keys and signatures as bytes; and signatures made from the input, then
 * changed in one byte, because chance finds no point of the group. */
#include <fuzz.h>

#include <bls_sign.h>
#include <fourmica/cert.h>

/* The one encoding of a decoded key: its x, and whether y is above (p - 1) / 2. */
static void compress_key(uint8_t out[static FM_BLS_KEY], const struct fm_bls_key *key)
{
	/* (p - 1) / 2 */
	static const uint8_t half[48] = {
		0x0d, 0x00, 0x88, 0xf5, 0x1c, 0xbf, 0xf3, 0x4d, 0x25, 0x8d, 0xd3, 0xdb,
		0x21, 0xa5, 0xd6, 0x6b, 0xb2, 0x3b, 0xa5, 0xc2, 0x79, 0xc2, 0x89, 0x5f,
		0xb3, 0x98, 0x69, 0x50, 0x7b, 0x58, 0x7b, 0x12, 0x0f, 0x55, 0xff, 0xff,
		0x58, 0xa9, 0xff, 0xff, 0xdc, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xd5, 0x55,
	};
	uint8_t xy[96];

	fm_bls_key_xy(xy, key);
	memcpy(out, xy, FM_BLS_KEY);
	MUST(!(out[0] & 0xe0));
	out[0] |= memcmp(xy + 48, half, sizeof(half)) > 0 ? 0xa0 : 0x80;
}

static bool judge_key(const uint8_t bytes[static FM_BLS_KEY])
{
	struct fm_bls_key key, before;
	uint8_t again[FM_BLS_KEY];
	enum fm_bls_fault fault;

	memset(&key, 0x5a, sizeof(key));
	before = key;
	fault = fm_bls_key_decode(&key, bytes);
	MUST(fault != FM_BLS_PAIRING && fm_bls_fault_text(fault)[0]);
	if (fault) {
		MUST(memcmp(&key, &before, sizeof(key)) == 0);
		return false;
	}
	compress_key(again, &key);
	MUST(memcmp(again, bytes, sizeof(again)) == 0);
	MUST(memcmp(key.bytes, bytes, sizeof(again)) == 0);
	return true;
}

/* The check and the decoder agree, and what is a point has this one encoding. */
static bool judge_signature(const uint8_t bytes[static FM_BLS_SIG])
{
	enum fm_bls_fault fault = fm_bls_signature_check(bytes);
	uint8_t again[FM_BLS_SIG];
	struct fm_g2_jac jac;
	struct fm_g2 point;

	MUST(fault != FM_BLS_PAIRING);
	MUST(fm_g2_decode(&point, bytes) == fault);
	if (fault)
		return false;
	fm_g2_from_affine(&jac, &point);
	bls_compress(again, &jac);
	MUST(memcmp(again, bytes, sizeof(again)) == 0);
	return true;
}

/* A key as a text is a key as bytes, or nothing. */
static void judge_text(struct fm_span text)
{
	struct fm_bls_key key;
	struct fm_err err;
	enum fm_cert_rule rule;

	fm_err_init(&err);
	rule = fm_cert_key_hex(&key, text, &err);
	if (rule)
		fuzz_err_ok(fm_cert_rule_code(rule), &err);
	else
		MUST(judge_key(key.bytes));
}

static void judge_made(const uint8_t *data, size_t size)
{
	uint8_t sig[FM_BLS_SIG];
	struct fm_g2_jac point;

	bls_hash(&point, data + 2, size - 2);
	bls_compress(sig, &point);
	MUST(judge_signature(sig));
	sig[0] ^= 0x20; /* the opposite point */
	MUST(judge_signature(sig));
	sig[data[0] % sizeof(sig)] ^= data[1];
	fuzz_any(judge_signature(sig));
	bls_stray(sig, data + 2, size - 2);
	MUST(fm_bls_signature_check(sig) == FM_BLS_SUBGROUP);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t bytes[FM_BLS_SIG] = { 0 };

	memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
	fuzz_any(judge_signature(bytes));
	fuzz_any(judge_key(bytes));
	fuzz_any(judge_key(bytes + FM_BLS_KEY));
	judge_text(fuzz_span(data, size));
	if (size >= 2)
		judge_made(data, size);
	return 0;
}
