/* SPDX-License-Identifier: MIT */
/* A key file's text: fourmica-keystore(5). */
#include "keystore/text.h"

#include <fourmica/json.h>

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define FORMAT "fourmica.key/1"
#define WATCH "fourmica.watch/1"
#define KDF "argon2id"
#define CIPHER "xchacha20poly1305"

/* Only these are accepted from a file: what a stranger's file may cost is decided
 * here. */
static const struct fm_kdf_cost costs[] = {
	[FM_KDF_NONE] = {0,  0		       },
	[FM_KDF_INTERACTIVE] = { 2, (size_t)64 << 20  },
	[FM_KDF_MODERATE] = { 3, (size_t)256 << 20 },
	[FM_KDF_SENSITIVE] = { 4, (size_t)1024 << 20},
};

const struct fm_kdf_cost *fm_kdf_cost(enum fm_kdf kdf)
{
	assert((size_t)kdf < sizeof(costs) / sizeof(costs[0]));
	return &costs[kdf];
}

static void add_hex(struct fm_buf *out, const uint8_t *bytes, size_t len)
{
	char *at = fm_buf_grow(out, 2 * len);

	if (at)
		fm_hex_write(at, bytes, len);
}

#define BUILTIN "builtin"

static void add_ledger(struct fm_buf *out, const struct fm_spending *spending)
{
	add_hex(out, spending->ledger.b, sizeof(spending->ledger.b));
}

static void add_policy(struct fm_buf *out, const struct fm_spending *spending)
{
	if (spending->builtin)
		fm_buf_str(out, BUILTIN);
	else
		add_hex(out, spending->policy.b, sizeof(spending->policy.b));
}

void fm_keyfile_header(struct fm_buf *out, const struct fm_keyfile *file)
{
	const struct fm_wallet *wallet = &file->wallet;
	const struct fm_kdf_cost *cost = fm_kdf_cost(wallet->kdf);
	char address[FM_ADDR_TEXT];

	fm_addr_lower(address, &wallet->address);
	fm_buf_fmt(out, "%s\nname %s\naddress %s\ncreated %" PRId64 "\n",
		   wallet->watch ? WATCH : FORMAT, wallet->name, address,
		   wallet->created_s);
	if (wallet->watch)
		return;
	if (wallet->kdf == FM_KDF_NONE) {
		fm_buf_str(out, "kdf none\n");
	} else {
		fm_buf_fmt(out, "kdf " KDF " %" PRIu64 " %zu ", cost->passes,
			   cost->bytes);
		add_hex(out, file->salt, sizeof(file->salt));
		fm_buf_chr(out, '\n');
	}
	fm_buf_str(out, "cipher " CIPHER "\n");
	if (!wallet->spending.bound)
		return;
	fm_buf_str(out, "spending ");
	add_ledger(out, &wallet->spending);
	fm_buf_chr(out, ' ');
	add_policy(out, &wallet->spending);
	fm_buf_chr(out, '\n');
}

/* Over header, nonce and ciphertext: tells a damaged file from a wrong passphrase without
 * either. It protects against nothing but accidents. */
static bool checksum(struct fm_hash *out, const struct fm_keyfile *file)
{
	struct fm_buf all;
	bool ok;

	fm_buf_init(&all, FM_KEYFILE_MAX);
	fm_keyfile_header(&all, file);
	if (!file->wallet.watch) {
		fm_buf_add(&all, file->nonce, sizeof(file->nonce));
		fm_buf_add(&all, file->box, sizeof(file->box));
	}
	ok = fm_buf_ok(&all);
	if (ok)
		fm_sha256(out, all.ptr, all.len);
	fm_buf_wipe(&all);
	return ok;
}

static void write_kdf(struct fm_buf *out, const struct fm_keyfile *file)
{
	const struct fm_kdf_cost *cost = fm_kdf_cost(file->wallet.kdf);

	if (file->wallet.kdf == FM_KDF_NONE) {
		fm_buf_str(out, "  \"kdf\": {\"name\": \"none\"},\n");
		return;
	}
	fm_buf_fmt(out,
		   "  \"kdf\": {\"name\": \"" KDF "\", \"opslimit\": %" PRIu64
		   ", \"memlimit\": %zu, \"salt\": \"",
		   cost->passes, cost->bytes);
	add_hex(out, file->salt, sizeof(file->salt));
	fm_buf_str(out, "\"},\n");
}

static void write_spending(struct fm_buf *out, const struct fm_spending *spending)
{
	if (!spending->bound)
		return;
	fm_buf_str(out, "  \"spending\": {\"ledger\": \"");
	add_ledger(out, spending);
	fm_buf_str(out, "\", \"policy\": \"");
	add_policy(out, spending);
	fm_buf_str(out, "\"},\n");
}

static void write_key(struct fm_buf *out, const struct fm_keyfile *file)
{
	write_spending(out, &file->wallet.spending);
	write_kdf(out, file);
	fm_buf_str(out, "  \"cipher\": {\"name\": \"" CIPHER "\", \"nonce\": \"");
	add_hex(out, file->nonce, sizeof(file->nonce));
	fm_buf_str(out, "\"},\n  \"ciphertext\": \"");
	add_hex(out, file->box, sizeof(file->box));
	fm_buf_str(out, "\",\n");
}

void fm_keyfile_write(struct fm_buf *out, const struct fm_keyfile *file)
{
	char address[FM_ADDR_TEXT];
	struct fm_hash sum = { { 0 } };

	fm_addr_text(address, &file->wallet.address);
	if (!checksum(&sum, file)) {
		fm_buf_grow(out, SIZE_MAX); /* makes the failure stick */
		return;
	}
	fm_buf_fmt(out,
		   "{\n  \"format\": \"%s\",\n  \"name\": \"%s\",\n"
		   "  \"address\": \"%s\",\n  \"created\": %" PRId64 ",\n",
		   file->wallet.watch ? WATCH : FORMAT, file->wallet.name, address,
		   file->wallet.created_s);
	if (!file->wallet.watch)
		write_key(out, file);
	fm_buf_str(out, "  \"checksum\": \"");
	add_hex(out, sum.b, sizeof(sum.b));
	fm_buf_str(out, "\"\n}\n");
}

/* ---- reading ---- */

enum fm_code fm_keyfile_bad(struct fm_err *err, const char *member, const char *rule)
{
	return fm_fail(err, FM_E_CONFIG, "damaged key file: '%s' %s", member, rule);
}

/* With the parser's refusal of duplicates: the same names and count. */
enum fm_code fm_keyfile_members(const struct fm_json *object, const char *where,
				const char *const *names, struct fm_err *err)
{
	uint32_t count = 0;

	if (!object || object->type != FM_JSON_OBJECT)
		return fm_keyfile_bad(err, where, "is no object");
	for (; names[count]; count++)
		if (!fm_json_get(object, names[count]))
			return fm_keyfile_bad(err, names[count], "is missing");
	if (object->count != count)
		return fm_keyfile_bad(err, where,
				      "has a member that does not belong there");
	return FM_OK;
}

/* Exactly 2 * len lower-case hex digits, nothing escaped. */
static bool read_hex(uint8_t *out, size_t len, const struct fm_json *node)
{
	if (!node || node->type != FM_JSON_STRING || node->src.len != 2 * len + 2)
		return false;
	for (size_t i = 1; i <= 2 * len; i++)
		if (node->src.ptr[i] >= 'A' && node->src.ptr[i] <= 'F')
			return false;
	return fm_hex_read(out, len, (struct fm_span){ node->src.ptr + 1, 2 * len });
}

static enum fm_code read_kdf(struct fm_keyfile *out, const struct fm_json *kdf,
			     struct fm_err *err)
{
	static const char *const none[] = { "name", NULL };
	static const char *const all[] = { "name", "opslimit", "memlimit", "salt", NULL };
	bool bare = fm_json_is(fm_json_get(kdf, "name"), "none");
	uint64_t passes, bytes;
	enum fm_code rc = fm_keyfile_members(kdf, "kdf", bare ? none : all, err);

	out->wallet.kdf = FM_KDF_NONE;
	if (rc || bare)
		return rc;
	if (!fm_json_is(fm_json_get(kdf, "name"), KDF))
		return fm_keyfile_bad(err, "kdf.name", "must be '" KDF "' or 'none'");
	if (!fm_json_u64(&passes, fm_json_get(kdf, "opslimit")) ||
	    !fm_json_u64(&bytes, fm_json_get(kdf, "memlimit")))
		return fm_keyfile_bad(err, "kdf", "has a cost that is no whole number");
	for (size_t i = FM_KDF_INTERACTIVE; i < sizeof(costs) / sizeof(costs[0]); i++)
		if (costs[i].passes == passes && costs[i].bytes == bytes)
			out->wallet.kdf = (enum fm_kdf)i;
	if (out->wallet.kdf == FM_KDF_NONE)
		return fm_fail(err, FM_E_CONFIG,
			       "damaged key file: 'kdf' asks for %" PRIu64
			       " passes over %" PRIu64
			       " bytes, which is none of the accepted costs",
			       passes, bytes);
	if (!read_hex(out->salt, sizeof(out->salt), fm_json_get(kdf, "salt")))
		return fm_keyfile_bad(err, "kdf.salt",
				      "must be 32 lower-case hex digits");
	return FM_OK;
}

static enum fm_code read_cipher(struct fm_keyfile *out, const struct fm_json *root,
				struct fm_err *err)
{
	static const char *const names[] = { "name", "nonce", NULL };
	const struct fm_json *cipher = fm_json_get(root, "cipher");
	enum fm_code rc = fm_keyfile_members(cipher, "cipher", names, err);

	if (rc)
		return rc;
	if (!fm_json_is(fm_json_get(cipher, "name"), CIPHER))
		return fm_keyfile_bad(err, "cipher.name", "must be '" CIPHER "'");
	if (!read_hex(out->nonce, sizeof(out->nonce), fm_json_get(cipher, "nonce")))
		return fm_keyfile_bad(err, "cipher.nonce",
				      "must be 48 lower-case hex digits");
	if (!read_hex(out->box, sizeof(out->box), fm_json_get(root, "ciphertext")))
		return fm_keyfile_bad(err, "ciphertext",
				      "must be 96 lower-case hex digits");
	return FM_OK;
}

/* Optional: a wallet that never spent has none. */
static enum fm_code read_spending(struct fm_spending *out, const struct fm_json *spending,
				  struct fm_err *err)
{
	static const char *const names[] = { "ledger", "policy", NULL };
	const struct fm_json *policy = fm_json_get(spending, "policy");
	enum fm_code rc =
		spending ? fm_keyfile_members(spending, "spending", names, err) : FM_OK;

	if (rc || !spending)
		return rc;
	out->bound = true;
	if (!read_hex(out->ledger.b, sizeof(out->ledger.b),
		      fm_json_get(spending, "ledger")))
		return fm_keyfile_bad(err, "spending.ledger",
				      "must be 64 lower-case hex digits");
	/* Its one spelling, as everything here that has quotes around it. */
	out->builtin =
		policy->src.len == sizeof(BUILTIN) + 1 && fm_json_is(policy, BUILTIN);
	if (!out->builtin && !read_hex(out->policy.b, sizeof(out->policy.b), policy))
		return fm_keyfile_bad(err, "spending.policy",
				      "must be '" BUILTIN
				      "' or 64 lower-case hex digits");
	return FM_OK;
}

static enum fm_code read_wallet(struct fm_wallet *out, const struct fm_json *root,
				struct fm_err *err)
{
	char address[FM_ADDR_TEXT];
	enum fm_addr_case how;
	uint64_t created;

	if (!fm_json_cstr(out->name, sizeof(out->name), fm_json_get(root, "name")) ||
	    !fm_wallet_name_ok(out->name))
		return fm_keyfile_bad(err, "name", "must be a wallet name");
	if (!fm_json_cstr(address, sizeof(address), fm_json_get(root, "address")) ||
	    !fm_addr_parse(&out->address, &how, fm_span_of(address)) ||
	    how == FM_ADDR_MISCASED)
		return fm_keyfile_bad(err, "address", "must be an EIP-55 address");
	if (!fm_json_u64(&created, fm_json_get(root, "created")) || created > INT64_MAX)
		return fm_keyfile_bad(err, "created", "must be seconds since 1970");
	out->created_s = (int64_t)created;
	return FM_OK;
}

static enum fm_code read_root(struct fm_keyfile *out, const struct fm_json *root,
			      struct fm_err *err)
{
	static const char *const names[] = { "format",	   "name",     "address",
					     "created",	   "kdf",      "cipher",
					     "ciphertext", "checksum", NULL };
	static const char *const spent[] = { "format",	 "name", "address", "created",
					     "spending", "kdf",	 "cipher",  "ciphertext",
					     "checksum", NULL };
	static const char *const watched[] = { "format",  "name",     "address",
					       "created", "checksum", NULL };
	const struct fm_json *format = fm_json_get(root, "format");
	const struct fm_json *spending = fm_json_get(root, "spending");
	struct fm_hash sum, stated;
	enum fm_code rc;

	out->wallet.watch = fm_json_is(format, WATCH);
	if (!out->wallet.watch && !fm_json_is(format, FORMAT))
		return fm_fail(err, FM_E_CONFIG,
			       "not a key file of this program: 'format' must "
			       "be '" FORMAT "' or '" WATCH "'");
	rc = fm_keyfile_members(root, "the file",
				out->wallet.watch ? watched
				: spending	  ? spent
						  : names,
				err);
	if (!rc)
		rc = read_wallet(&out->wallet, root, err);
	if (!rc && !out->wallet.watch)
		rc = read_spending(&out->wallet.spending, spending, err);
	if (!rc && !out->wallet.watch)
		rc = read_kdf(out, fm_json_get(root, "kdf"), err);
	if (!rc && !out->wallet.watch)
		rc = read_cipher(out, root, err);
	if (rc)
		return rc;
	if (!read_hex(stated.b, sizeof(stated.b), fm_json_get(root, "checksum")))
		return fm_keyfile_bad(err, "checksum",
				      "must be 64 lower-case hex digits");
	if (!checksum(&sum, out))
		return fm_nomem(err);
	if (!fm_hash_equal(&sum, &stated))
		return fm_keyfile_bad(err, "checksum",
				      "does not fit the rest of the file");
	return FM_OK;
}

enum fm_code fm_keyfile_parse(struct fm_json **root, struct fm_span text,
			      struct fm_err *err)
{
	enum fm_code rc = fm_json_parse(root, text, false, err);

	if (rc != FM_E_MALFORMED)
		return rc;
	fm_within(err, "damaged key file");
	if (err)
		err->code = FM_E_CONFIG;
	return FM_E_CONFIG;
}

enum fm_code fm_keyfile_read(struct fm_keyfile *out, struct fm_span text,
			     struct fm_err *err)
{
	struct fm_json *root = NULL;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	if (text.len > FM_KEYFILE_MAX)
		return fm_fail(err, FM_E_CONFIG, "not a key file: larger than %d bytes",
			       FM_KEYFILE_MAX);
	rc = fm_keyfile_parse(&root, text, err);
	if (rc)
		return rc;
	rc = read_root(out, root, err);
	fm_json_free(&root);
	return rc;
}
