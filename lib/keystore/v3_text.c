/* SPDX-License-Identifier: MIT */
/* The text of a v3 key file: Web3 Secret Storage, version 3. */
#include "keystore/text.h"
#include "keystore/v3.h"

#include <fourmica/json.h>

#include <inttypes.h>
#include <string.h>

#define CIPHER "aes-128-ctr"
#define PRF "hmac-sha256"
#define DERIVED 32

/* ---- writing ---- */

static void add_hex(struct fm_buf *out, const uint8_t *bytes, size_t len)
{
	char *at = fm_buf_grow(out, 2 * len);

	if (at)
		fm_hex_write(at, bytes, len);
}

static void write_kdf(struct fm_buf *out, const struct fm_v3 *v3)
{
	if (v3->scrypt)
		fm_buf_fmt(out,
			   "\"kdf\": \"scrypt\",\n    \"kdfparams\": {\"dklen\": %d, "
			   "\"n\": %" PRIu64 ", \"r\": %" PRIu64 ", \"p\": %" PRIu64,
			   DERIVED, v3->n, v3->r, v3->p);
	else
		fm_buf_fmt(out,
			   "\"kdf\": \"pbkdf2\",\n    \"kdfparams\": {\"dklen\": %d, "
			   "\"c\": %" PRIu64 ", \"prf\": \"" PRF "\"",
			   DERIVED, v3->rounds);
	fm_buf_str(out, ", \"salt\": \"");
	add_hex(out, v3->salt, v3->salt_len);
	fm_buf_str(out, "\"},\n");
}

/* RFC 9562: five groups of hex digits. */
static void write_id(struct fm_buf *out, const uint8_t id[static 16])
{
	static const uint8_t groups[] = { 4, 2, 2, 2, 6 };

	for (size_t i = 0; i < sizeof(groups); i++) {
		if (i)
			fm_buf_chr(out, '-');
		add_hex(out, id, groups[i]);
		id += groups[i];
	}
}

void fm_v3_write(struct fm_buf *out, const struct fm_v3 *v3)
{
	fm_buf_str(out, "{\n  \"version\": 3,\n  \"id\": \"");
	write_id(out, v3->id);
	fm_buf_str(out, "\",\n  \"address\": \"");
	add_hex(out, v3->address.b, sizeof(v3->address.b));
	fm_buf_str(out, "\",\n  \"crypto\": {\n    \"cipher\": \"" CIPHER "\",\n"
			"    \"cipherparams\": {\"iv\": \"");
	add_hex(out, v3->iv, sizeof(v3->iv));
	fm_buf_str(out, "\"},\n    \"ciphertext\": \"");
	add_hex(out, v3->box, sizeof(v3->box));
	fm_buf_str(out, "\",\n    ");
	write_kdf(out, v3);
	fm_buf_str(out, "    \"mac\": \"");
	add_hex(out, v3->mac.b, sizeof(v3->mac.b));
	fm_buf_str(out, "\"\n  }\n}\n");
}

/* ---- reading ---- */

/* Hex digits of either case, "0x" optional; from `least` to `most` bytes. */
static bool read_hex(uint8_t *out, size_t *len, size_t least, size_t most,
		     const struct fm_json *node)
{
	struct fm_span digits;

	if (!node || node->type != FM_JSON_STRING)
		return false;
	digits = fm_hex_strip((struct fm_span){ node->src.ptr + 1, node->src.len - 2 });
	*len = digits.len / 2;
	return *len >= least && *len <= most && fm_hex_read(out, *len, digits);
}

static bool read_exact(uint8_t *out, size_t len, const struct fm_json *node)
{
	size_t got;

	return read_hex(out, &got, len, len, node);
}

static enum fm_code too_much(struct fm_err *err, const char *asked, const char *cap)
{
	fm_fail(err, FM_E_CONFIG,
		"key file: 'kdfparams' ask for %s, and at most %s is done", asked, cap);
	return fm_hint(err,
		       "write it again with usual parameters, with the program that made "
		       "it");
}

static enum fm_code read_scrypt(struct fm_v3 *out, const struct fm_json *params,
				struct fm_err *err)
{
	static const char *const names[] = { "dklen", "n", "p", "r", "salt", NULL };
	enum fm_code rc = fm_keyfile_members(params, "kdfparams", names, err);

	if (rc)
		return rc;
	if (!fm_json_u64(&out->n, fm_json_get(params, "n")) ||
	    !fm_json_u64(&out->r, fm_json_get(params, "r")) ||
	    !fm_json_u64(&out->p, fm_json_get(params, "p")) || out->n < 2 ||
	    out->n & (out->n - 1) || !out->r || !out->p)
		return fm_keyfile_bad(
			err, "kdfparams",
			"must have a power of two as n, and r and p from 1");
	if (out->r > FM_V3_SCRYPT_SMALL || out->p > FM_V3_SCRYPT_SMALL)
		return too_much(err, "scrypt with a large r or p", "64 of either");
	if (out->n > FM_V3_SCRYPT_TABLE / out->r)
		return too_much(err, "more memory (scrypt, n * r * 128 bytes)", "1 GiB");
	if (out->n * out->r > FM_V3_SCRYPT_WORK / out->p)
		return too_much(err, "more work (scrypt, n * r * p)", "2^24");
	return FM_OK;
}

static enum fm_code read_pbkdf2(struct fm_v3 *out, const struct fm_json *params,
				struct fm_err *err)
{
	static const char *const names[] = { "c", "dklen", "prf", "salt", NULL };
	enum fm_code rc = fm_keyfile_members(params, "kdfparams", names, err);

	if (rc)
		return rc;
	if (!fm_json_is(fm_json_get(params, "prf"), PRF))
		return fm_keyfile_bad(err, "kdfparams.prf", "must be '" PRF "'");
	if (!fm_json_u64(&out->rounds, fm_json_get(params, "c")) || !out->rounds)
		return fm_keyfile_bad(err, "kdfparams.c", "must be a number from 1");
	if (out->rounds > FM_V3_ROUNDS)
		return too_much(err, "more rounds (PBKDF2, c)", "10000000");
	return FM_OK;
}

static enum fm_code read_kdf(struct fm_v3 *out, const struct fm_json *crypto,
			     struct fm_err *err)
{
	const struct fm_json *kdf = fm_json_get(crypto, "kdf");
	const struct fm_json *params = fm_json_get(crypto, "kdfparams");
	uint64_t derived;
	enum fm_code rc;

	out->scrypt = fm_json_is(kdf, "scrypt");
	if (!out->scrypt && !fm_json_is(kdf, "pbkdf2"))
		return fm_keyfile_bad(err, "kdf", "must be 'scrypt' or 'pbkdf2'");
	rc = out->scrypt ? read_scrypt(out, params, err) : read_pbkdf2(out, params, err);
	if (rc)
		return rc;
	if (!fm_json_u64(&derived, fm_json_get(params, "dklen")) || derived != DERIVED)
		return fm_keyfile_bad(err, "kdfparams.dklen", "must be 32");
	if (!read_hex(out->salt, &out->salt_len, 1, sizeof(out->salt),
		      fm_json_get(params, "salt")))
		return fm_keyfile_bad(err, "kdfparams.salt",
				      "must be 2 to 128 hex digits");
	return FM_OK;
}

static enum fm_code read_crypto(struct fm_v3 *out, const struct fm_json *crypto,
				struct fm_err *err)
{
	static const char *const names[] = { "cipher", "cipherparams", "ciphertext",
					     "kdf",    "kdfparams",    "mac",
					     NULL };
	static const char *const iv[] = { "iv", NULL };
	const struct fm_json *params = fm_json_get(crypto, "cipherparams");
	enum fm_code rc = fm_keyfile_members(crypto, "crypto", names, err);

	if (!rc && !fm_json_is(fm_json_get(crypto, "cipher"), CIPHER))
		rc = fm_keyfile_bad(err, "cipher", "must be '" CIPHER "'");
	if (!rc)
		rc = fm_keyfile_members(params, "cipherparams", iv, err);
	if (!rc && !read_exact(out->iv, sizeof(out->iv), fm_json_get(params, "iv")))
		rc = fm_keyfile_bad(err, "cipherparams.iv", "must be 32 hex digits");
	if (!rc &&
	    !read_exact(out->box, sizeof(out->box), fm_json_get(crypto, "ciphertext")))
		rc = fm_keyfile_bad(err, "ciphertext", "must be 64 hex digits");
	if (!rc &&
	    !read_exact(out->mac.b, sizeof(out->mac.b), fm_json_get(crypto, "mac")))
		rc = fm_keyfile_bad(err, "mac", "must be 64 hex digits");
	return rc ? rc : read_kdf(out, crypto, err);
}

static enum fm_code read_root(struct fm_v3 *out, const struct fm_json *root,
			      struct fm_err *err)
{
	const struct fm_json *crypto = fm_json_get(root, "crypto");
	const struct fm_json *old = fm_json_get(root, "Crypto");
	const struct fm_json *address = fm_json_get(root, "address");
	uint64_t version;

	if (!fm_json_u64(&version, fm_json_get(root, "version")) || version != 3 ||
	    !crypto == !old)
		return fm_fail(err, FM_E_CONFIG,
			       "no Ethereum v3 key file: it needs 'version' 3 and "
			       "'crypto'");
	/* Some programs leave the address out, or empty, for privacy. */
	out->named = !fm_json_absent(address) && !fm_json_is(address, "");
	if (out->named && !read_exact(out->address.b, sizeof(out->address.b), address))
		return fm_keyfile_bad(err, "address", "must be 40 hex digits");
	return read_crypto(out, crypto ? crypto : old, err);
}

enum fm_code fm_v3_read(struct fm_v3 *out, struct fm_span text, struct fm_err *err)
{
	struct fm_json *root = NULL;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	if (text.len > FM_V3_MAX)
		return fm_fail(err, FM_E_CONFIG,
			       "no Ethereum v3 key file: larger than %d bytes",
			       FM_V3_MAX);
	rc = fm_keyfile_parse(&root, text, err);
	if (rc)
		return rc;
	rc = read_root(out, root, err);
	fm_json_free(&root);
	return rc;
}

enum fm_code fm_v3_check(struct fm_span text, struct fm_err *err)
{
	struct fm_v3 v3;

	return fm_v3_read(&v3, text, err);
}
