/* SPDX-License-Identifier: MIT */
#include <bls_sign.h>
#include <points.h>
#include <vectors.h>

#include <stdio.h>
#include <string.h>

static bool same(struct vectors *v, const struct fm_json *c, const char *path,
		 const void *bytes, size_t len)
{
	struct fm_span want = vector_hex(v, c, path);

	return expect(v, want.len == len && memcmp(want.ptr, bytes, len) == 0,
		      "%s differs", path);
}

/* Element `at` of an array; NULL when it is shorter. */
static const struct fm_json *item(const struct fm_json *list, size_t at)
{
	const struct fm_json *i = fm_json_first(list);

	while (i && at--)
		i = fm_json_next(list, i);
	return i;
}

/* A coordinate as a contract holds it: 16 zero bytes and the high 16, then the low 32. */
static bool words(struct vectors *v, const struct fm_json *list, size_t at,
		  const uint8_t be[48])
{
	uint8_t word[32] = { 0 };

	memcpy(word + 16, be, 16);
	return same(v, item(list, at), "", word, 32) &&
	       same(v, item(list, at + 1), "", be + 16, 32);
}

static bool g2_words(struct vectors *v, const struct fm_json *list, const struct fm_g2 *p)
{
	const struct fm_fp *order[] = { &p->x.c0, &p->x.c1, &p->y.c0, &p->y.c1 };
	uint8_t be[48];

	for (size_t i = 0; i < 4; i++) {
		fm_fp_write(be, order[i]);
		if (!words(v, list, 2 * i, be))
			return false;
	}
	return true;
}

static bool g2_uncompressed(struct vectors *v, const struct fm_json *c, const char *path,
			    const struct fm_g2 *p)
{
	uint8_t bytes[192];

	fm_fp_write(bytes, &p->x.c1);
	fm_fp_write(bytes + 48, &p->x.c0);
	fm_fp_write(bytes + 96, &p->y.c1);
	fm_fp_write(bytes + 144, &p->y.c0);
	return same(v, c, path, bytes, sizeof(bytes));
}

static bool hash(struct fm_g2 *out, struct fm_span msg, const char *dst, size_t dst_len)
{
	struct fm_g2_jac t;

	fm_hash_to_twist(&t, msg.ptr, msg.len, dst, dst_len);
	fm_g2_clear_cofactor(&t, &t);
	return fm_g2_to_affine(out, &t);
}

static bool check_hash(struct vectors *v, const struct fm_json *c)
{
	struct fm_span dst = vector_str(v, v->root, "dst");
	struct fm_g2 point, decoded;
	uint8_t bytes[96];

	if (!hash(&point, vector_hex(v, c, "message"), dst.ptr, dst.len))
		return vector_fail(v, "the hash is infinity");
	g2_encode(bytes, &point);
	if (!same(v, c, "hash_to_g2", bytes, sizeof(bytes)) ||
	    !g2_words(v, vector_get(c, "hash_to_g2_words"), &point))
		return false;
	return expect(v, fm_g2_decode(&decoded, bytes) == FM_BLS_OK, "not decoded") &&
	       expect(v, memcmp(&decoded, &point, sizeof(point)) == 0,
		      "decoded otherwise");
}

static bool check_key(struct vectors *v, const struct fm_json *c, struct fm_bls_key *key)
{
	struct fm_span bytes = vector_hex(v, c, "public_key");
	struct fm_span secret = vector_hex(v, c, "secret_key");
	uint8_t xy[96], own[48];

	if (bytes.len != FM_BLS_KEY || secret.len != 32 ||
	    fm_bls_key_decode(key, (const uint8_t *)bytes.ptr))
		return vector_fail(v, "the key is not decoded");
	fm_bls_key_xy(xy, key);
	bls_public(own, (const uint8_t *)secret.ptr);
	return same(v, c, "public_key", own, sizeof(own)) &&
	       same(v, c, "public_key", key->bytes, sizeof(key->bytes)) &&
	       same(v, c, "public_key_uncompressed", xy, sizeof(xy)) &&
	       words(v, vector_get(c, "public_key_words"), 0, xy) &&
	       words(v, vector_get(c, "public_key_words"), 2, xy + 48);
}

static bool check_key_case(struct vectors *v, const struct fm_json *c)
{
	struct fm_span secret = vector_hex(v, c, "secret_key"),
		       msg = vector_hex(v, c, "message");
	struct fm_span sig = vector_hex(v, c, "signature");
	struct fm_bls_key key;
	uint8_t bytes[96];
	struct fm_g2 point;

	if (!check_key(v, c, &key))
		return false;
	bls_sign(bytes, (const uint8_t *)secret.ptr, msg.ptr, msg.len);
	if (!same(v, c, "signature", bytes, sizeof(bytes)))
		return false;
	if (fm_g2_decode(&point, (const uint8_t *)sig.ptr))
		return vector_fail(v, "the signature is not decoded");
	if (!g2_uncompressed(v, c, "signature_uncompressed", &point) ||
	    !g2_words(v, vector_get(c, "signature_words"), &point))
		return false;
	return expect(v, fm_bls_verify(&key, msg.ptr, msg.len, bytes) == FM_BLS_OK,
		      "refused") &&
	       expect(v,
		      fm_bls_verify(&key, msg.ptr, msg.len - 1, bytes) == FM_BLS_PAIRING,
		      "a shorter message was accepted");
}

static bool coordinate(struct vectors *v, const struct fm_json *c, const char *path,
		       struct fm_fp *out)
{
	struct fm_span be = vector_hex(v, c, path);

	return expect(v, be.len == 48 && fm_fp_read(out, (const uint8_t *)be.ptr),
		      "%s is no element", path);
}

static bool check_map(struct vectors *v, const struct fm_json *c)
{
	struct fm_g2_jac t;
	struct fm_g2 point;
	uint8_t bytes[96];
	struct fm_fp2 u;

	if (!coordinate(v, c, "u.c0", &u.c0) || !coordinate(v, c, "u.c1", &u.c1))
		return false;
	fm_map_to_twist(&t, &u);
	fm_g2_clear_cofactor(&t, &t);
	if (!fm_g2_to_affine(&point, &t))
		return vector_fail(v, "the point is infinity");
	g2_encode(bytes, &point);
	return same(v, c, "point", bytes, sizeof(bytes));
}

/* ---- RFC 9380 ---- */

static bool check_expand(struct vectors *v, const struct fm_json *c)
{
	struct fm_span msg = vector_need(v, c, "msg"), dst = vector_need(v, c, "dst");
	uint8_t out[255 * 32];
	uint64_t len;

	if (!fm_json_u64(&len, fm_json_get(c, "len_in_bytes")) || len > sizeof(out))
		return vector_fail(v, "len_in_bytes");
	fm_expand_message(out, len, msg.ptr, msg.len, dst.ptr, dst.len);
	return same(v, c, "uniform_bytes", out, len);
}

static bool element(struct vectors *v, const struct fm_json *c, const char *name,
		    const struct fm_fp2 *a)
{
	uint8_t be[2][48];

	fm_fp_write(be[0], &a->c0);
	fm_fp_write(be[1], &a->c1);
	c = *name ? fm_json_get(c, name) : c;
	return same(v, c, "c0", be[0], 48) && same(v, c, "c1", be[1], 48);
}

static bool affine_point(struct vectors *v, const struct fm_json *c, const char *name,
			 const struct fm_g2_jac *a)
{
	struct fm_g2 p;

	if (!fm_g2_to_affine(&p, a))
		return vector_fail(v, "%s is infinity", name);
	c = fm_json_get(c, name);
	return element(v, c, "x", &p.x) && element(v, c, "y", &p.y);
}

static bool check_rfc(struct vectors *v, const struct fm_json *c)
{
	static const char *const maps[] = { "Q0", "Q1" };
	struct fm_span msg = vector_need(v, c, "msg"),
		       dst = vector_str(v, v->root, "dst");
	struct fm_g2_jac t;
	struct fm_fp2 u[2];

	fm_hash_to_field(u, msg.ptr, msg.len, dst.ptr, dst.len);
	for (size_t i = 0; i < 2; i++) {
		if (!element(v, item(fm_json_get(c, "u"), i), "", &u[i]))
			return false;
		fm_map_to_twist(&t, &u[i]);
		if (!affine_point(v, c, maps[i], &t))
			return false;
	}
	fm_hash_to_twist(&t, msg.ptr, msg.len, dst.ptr, dst.len);
	fm_g2_clear_cofactor(&t, &t);
	return affine_point(v, c, "P", &t);
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct vector_list lists[] = {
		{ "bls.json", "cases", check_hash },
		{ "bls.json", "key_cases", check_key_case },
		{ "bls_maps.json", "cases", check_map },
		{ "rfc9380_expand.json", "cases", check_expand },
		{ "rfc9380_g2.json", "cases", check_rfc },
		{ 0 },
	};
	/* clang-format on */

	return vectors_run(argc, argv, lists);
}
