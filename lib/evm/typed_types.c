/* SPDX-License-Identifier: MIT */
/* The `types` of a typed-data document, checked and turned into descriptions. The names
 * end up inside the hashed type text, so nothing but identifiers may pass. */
#include <evm/typed.h>

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 128
#define MEMBERS_MAX 128
#define SUFFIXES_MAX 8
#define LENGTH_MAX 65536

static bool identifier(const char *text, bool of_type)
{
	size_t len = strlen(text);

	if (!len || len > NAME_MAX_LEN || (text[0] >= '0' && text[0] <= '9'))
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		/* A colon is not in the standard, but in type names that are in use. */
		if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '$' &&
		    !(of_type && c == ':'))
			return false;
	}
	return true;
}

/* 1 to `most`, no leading zero; 0 when the text is anything else. */
static unsigned small_number(const char *text, size_t len, unsigned most)
{
	struct fm_u256 value;
	uint64_t number;

	if (!fm_u256_from_dec(&value, (struct fm_span){ text, len }) ||
	    !fm_u256_to_u64(&number, &value) || number > most)
		return 0;
	return (unsigned)number;
}

/* "uint8" .. "uint256", "int8" .. "int256", "bytes1" .. "bytes32". */
static bool sized(struct fm_eip712_member *m, const char *text, const char *word,
		  enum fm_eip712_kind kind)
{
	size_t len = strlen(word);
	unsigned size;

	if (strncmp(text, word, len) != 0)
		return false;
	size = small_number(text + len, strlen(text + len),
			    kind == FM_T_BYTESN ? 32 : 256);
	if (!size || (kind != FM_T_BYTESN && size % 8))
		return false;
	m->kind = kind;
	m->bits = kind == FM_T_BYTESN ? size * 8 : size;
	return true;
}

static bool atomic(struct fm_eip712_member *m, const char *text)
{
	static const struct {
		const char *name;
		enum fm_eip712_kind kind;
	} plain[] = {
		{"address", FM_T_ADDRESS},
		{ "bool",	  FM_T_BOOL   },
		{ "bytes",  FM_T_BYTES  },
		{ "string", FM_T_STRING },
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (strcmp(text, plain[i].name) == 0) {
			m->kind = plain[i].kind;
			return true;
		}
	}
	return sized(m, text, "uint", FM_T_UINT) || sized(m, text, "int", FM_T_INT) ||
	       sized(m, text, "bytes", FM_T_BYTESN);
}

/* "uint" and "int" alone are words of Solidity, not of EIP-712: reading them as a
 * struct's name would let two readers disagree about one document. */
static bool reserved(const char *name)
{
	struct fm_eip712_member ignored;

	return strcmp(name, "uint") == 0 || strcmp(name, "int") == 0 ||
	       atomic(&ignored, name);
}

const struct fm_eip712_type *fm_typed_find(const struct fm_typed_reader *r,
					   const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->types[i].name, name) == 0)
			return &r->types[i];
	return NULL;
}

static char *copy(struct fm_typed_reader *r, const char *text, size_t len)
{
	char *to = fm_arena_take(r->arena, len + 1, 1);

	if (to)
		memcpy(to, text, len);
	return to;
}

/* One "[]" or "[n]" at `text`: its end, and the length in *m. */
static const char *suffix(struct fm_eip712_member *m, const char *text)
{
	const char *end = strchr(text, ']');

	if (text[0] != '[' || !end)
		return NULL;
	m->kind = FM_T_ARRAY;
	m->length = -1;
	if (end > text + 1) {
		m->length = small_number(text + 1, (size_t)(end - text) - 1, LENGTH_MAX);
		if (!m->length)
			return NULL;
	}
	return end + 1;
}

/* Base type first, then one array around it for every suffix: T[2][] is many T[2]. */
static enum fm_code member_type(struct fm_typed_reader *r, struct fm_eip712_member *out,
				const char *text, const struct fm_json *node)
{
	const char *at = text + strcspn(text, "[");
	struct fm_eip712_member m = { .type_name = copy(r, text, (size_t)(at - text)) };

	if (!m.type_name)
		return fm_nomem(r->err);
	if (!atomic(&m, m.type_name)) {
		m.kind = FM_T_STRUCT;
		m.type = fm_typed_find(r, m.type_name);
		if (!m.type)
			return fm_typed_fail(r, node, "type that is not described");
	}
	for (unsigned depth = 0; *at; depth++) {
		struct fm_eip712_member *element =
			fm_arena_take(r->arena, 1, sizeof(*element));

		if (!element)
			return fm_nomem(r->err);
		*element = m;
		m = (struct fm_eip712_member){ .element = element };
		at = depth < SUFFIXES_MAX ? suffix(&m, at) : NULL;
		if (!at)
			return fm_typed_fail(r, node, "array length that cannot be read");
		m.type_name = copy(r, text, (size_t)(at - text));
		if (!m.type_name)
			return fm_nomem(r->err);
	}
	*out = m;
	return FM_OK;
}

/* {"name": ..., "type": ...} and nothing else. */
static enum fm_code member(struct fm_typed_reader *r, struct fm_eip712_member *out,
			   const struct fm_json *node)
{
	const struct fm_json *name = fm_json_get(node, "name"),
			     *type = fm_json_get(node, "type");
	const char *name_text, *type_text;
	enum fm_code rc;

	if (node->type != FM_JSON_OBJECT || node->count != 2 || !name || !type)
		return fm_typed_fail(r, node,
				     "a member needs a name and a type, nothing else");
	name_text = fm_typed_text(r, name);
	if (!name_text || !identifier(name_text, false))
		return fm_typed_fail(r, name, "member name that is no identifier");
	type_text = fm_typed_text(r, type);
	if (!type_text)
		return fm_typed_fail(r, type, "type that is no text");
	rc = member_type(r, out, type_text, type);
	out->name = name_text;
	return rc;
}

static enum fm_code members(struct fm_typed_reader *r, struct fm_eip712_type *type,
			    const struct fm_json *list)
{
	struct fm_eip712_member *made;
	const struct fm_json *node;
	enum fm_code rc;

	if (list->type != FM_JSON_ARRAY || list->count > MEMBERS_MAX)
		return fm_typed_fail(r, list, "a type is a list of at most %d members",
				     MEMBERS_MAX);
	made = fm_arena_take(r->arena, list->count, sizeof(*made));
	if (!made)
		return fm_nomem(r->err);
	type->members = made;
	for (node = fm_json_first(list); node; node = fm_json_next(list, node)) {
		rc = member(r, &made[type->count], node);
		if (rc)
			return rc;
		for (size_t i = 0; i < type->count; i++)
			if (strcmp(made[i].name, made[type->count].name) == 0)
				return fm_typed_fail(r, node, "member named twice");
		type->count++;
	}
	return FM_OK;
}

/* All names before any member, because a type may be used before it is described. */
enum fm_code fm_typed_types(struct fm_typed_reader *r, const struct fm_json *types)
{
	const struct fm_json *name;
	enum fm_code rc = FM_OK;
	size_t i = 0;

	if (!types || types->type != FM_JSON_OBJECT || types->count > FM_EIP712_TYPES)
		return fm_fail(
			r->err, FM_E_MALFORMED,
			"typed data: 'types' must be an object of at most %d types",
			FM_EIP712_TYPES);
	r->types = fm_arena_take(r->arena, types->count + 1, sizeof(*r->types));
	if (!r->types)
		return fm_nomem(r->err);
	for (name = fm_json_first(types); name; name = fm_json_next(types, name + 1)) {
		const char *text = fm_typed_text(r, name);

		if (!text || !identifier(text, true) || reserved(text))
			return fm_typed_fail(r, name, "type name that is no identifier");
		r->types[r->count++].name = text;
	}
	for (name = fm_json_first(types); name && !rc;
	     name = fm_json_next(types, name + 1))
		rc = members(r, &r->types[i++], name + 1);
	return rc;
}
