/* SPDX-License-Identifier: MIT */
/* eth_signTypedData_v4 documents: {types, primaryType, domain, message}. A member missing
 * or too many is an error, because wallets that guess differ in what they sign. */
#include <evm/typed.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)1 << 20)
#define ARENA_MAX ((size_t)64 << 20)

enum fm_code fm_typed_fail(struct fm_typed_reader *r, const struct fm_json *node,
			   const char *fmt, ...)
{
	unsigned line, column;
	struct fm_buf shown;
	char what[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	fm_json_where(r->text, node, &line, &column);
	fm_buf_init(&shown, 1024);
	fm_text_escape(&shown, node->src, 64);
	fm_fail(r->err, FM_E_MALFORMED, "typed data, line %u, column %u: %s: %s", line,
		column, what, fm_buf_span(&shown).ptr);
	fm_buf_clear(&shown);
	return FM_E_MALFORMED;
}

/* The five members a domain may have, in the order of the standard. */
/* clang-format off */
static const struct fm_eip712_member domain_members[] = {
	{ .name = "name", .type_name = "string", .kind = FM_T_STRING },
	{ .name = "version", .type_name = "string", .kind = FM_T_STRING },
	{ .name = "chainId", .type_name = "uint256", .kind = FM_T_UINT, .bits = 256 },
	{ .name = "verifyingContract", .type_name = "address", .kind = FM_T_ADDRESS },
	{ .name = "salt", .type_name = "bytes32", .kind = FM_T_BYTESN, .bits = 256 },
};
/* clang-format on */

/* Libraries leave EIP712Domain out of `types`: then the members at hand make it. */
static enum fm_code implied_domain(struct fm_typed_reader *r,
				   const struct fm_eip712_type **out,
				   const struct fm_json *domain)
{
	const size_t most = sizeof(domain_members) / sizeof(domain_members[0]);
	struct fm_eip712_type *type = fm_arena_take(r->arena, 1, sizeof(*type));
	struct fm_eip712_member *made = fm_arena_take(r->arena, most, sizeof(*made));

	if (!type || !made)
		return fm_nomem(r->err);
	type->name = "EIP712Domain";
	type->members = made;
	for (size_t i = 0; i < most; i++)
		if (fm_json_get(domain, domain_members[i].name))
			made[type->count++] = domain_members[i];
	*out = type;
	return FM_OK;
}

static enum fm_code read_domain(struct fm_typed_reader *r, struct fm_typed *t)
{
	const struct fm_json *domain = fm_json_get(t->doc, "domain");
	enum fm_code rc = FM_OK;

	if (!domain)
		return fm_fail(r->err, FM_E_MALFORMED, "typed data: 'domain' is missing");
	t->domain_type = fm_typed_find(r, "EIP712Domain");
	if (!t->domain_type)
		rc = implied_domain(r, &t->domain_type, domain);
	if (!rc)
		rc = fm_typed_struct(r, &t->domain_values, t->domain_type, domain);
	return rc;
}

static enum fm_code read_message(struct fm_typed_reader *r, struct fm_typed *t)
{
	const struct fm_json *primary = fm_json_get(t->doc, "primaryType");
	const struct fm_json *message = fm_json_get(t->doc, "message");
	const char *name;

	if (!primary || !message)
		return fm_fail(r->err, FM_E_MALFORMED, "typed data: '%s' is missing",
			       primary ? "message" : "primaryType");
	name = fm_typed_text(r, primary);
	t->primary = name ? fm_typed_find(r, name) : NULL;
	if (!t->primary || strcmp(name, "EIP712Domain") == 0)
		return fm_typed_fail(r, primary,
				     "'primaryType' must name one of the types");
	return fm_typed_struct(r, &t->values, t->primary, message);
}

static enum fm_code hash_all(struct fm_typed *t, struct fm_err *err)
{
	enum fm_code rc;

	rc = fm_eip712_struct_hash(&t->domain_hash, t->domain_type, t->domain_values,
				   err);
	if (rc == FM_OK)
		rc = fm_eip712_struct_hash(&t->struct_hash, t->primary, t->values, err);
	if (rc == FM_OK)
		fm_eip712_digest(&t->digest, &t->domain_hash, &t->struct_hash);
	return rc;
}

static enum fm_code read_all(struct fm_typed *t, struct fm_span text, struct fm_err *err)
{
	struct fm_typed_reader r = { .text = text, .arena = t->arena, .err = err };
	enum fm_code rc;

	rc = fm_json_parse(&t->doc, text, false, err);
	if (rc)
		return rc;
	rc = fm_typed_types(&r, fm_json_get(t->doc, "types"));
	if (rc == FM_OK)
		rc = read_domain(&r, t);
	if (rc == FM_OK)
		rc = read_message(&r, t);
	if (rc == FM_OK)
		rc = hash_all(t, err);
	return rc;
}

enum fm_code fm_typed_parse(struct fm_typed **out, struct fm_span text,
			    struct fm_err *err)
{
	struct fm_typed *t;
	enum fm_code rc;

	if (text.len > TEXT_MAX)
		return fm_fail(err, FM_E_MALFORMED,
			       "typed data: %zu bytes, at most %zu are read", text.len,
			       TEXT_MAX);
	t = calloc(1, sizeof(*t));
	if (!t)
		return fm_nomem(err);
	t->arena = fm_arena_new(ARENA_MAX);
	rc = t->arena ? read_all(t, text, err) : fm_nomem(err);
	if (rc)
		fm_typed_free(&t);
	else
		*out = t;
	return rc;
}

void fm_typed_free(struct fm_typed **typed)
{
	struct fm_typed *old = *typed;

	if (!old)
		return;
	*typed = NULL;
	fm_json_free(&old->doc);
	fm_arena_free(old->arena);
	free(old);
}
