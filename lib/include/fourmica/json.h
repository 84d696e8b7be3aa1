/* SPDX-License-Identifier: MIT */
/** Strict JSON (RFC 8259, no extensions) with the source bytes of every value at hand.
 *
 *  What is accepted: UTF-8 only, depth at most FM_JSON_DEPTH, no unescaped control character,
 *  no lone surrogate, no duplicate member name anywhere (compared after decoding escapes),
 *  nothing behind the value. Numbers keep their text; nothing passes through a double. */
#ifndef FOURMICA_JSON_H
#define FOURMICA_JSON_H

#include <fourmica/bytes.h>

#define FM_JSON_DEPTH 64

enum fm_json_type {
	FM_JSON_NULL,
	FM_JSON_FALSE,
	FM_JSON_TRUE,
	FM_JSON_NUMBER,
	FM_JSON_STRING,
	FM_JSON_ARRAY,
	FM_JSON_OBJECT,
};

/** One value. Nodes of a document lie in one array in source order; `skip` is the distance to
 *  the node behind this one's last descendant. An object's children alternate name, value. */
struct fm_json {
	enum fm_json_type type;
	uint32_t skip;
	uint32_t count; /**< elements of an array, members of an object; 1 for a string
			     *   with escapes */
	struct fm_span src; /**< source bytes, quotes and braces included; borrowed */
};

/** Parse `text`. The nodes belong to the caller (fm_json_free); they point into `text`, which
 *  must outlive them. `bom` allows one leading byte order mark.
 *  Errors: FM_E_MALFORMED with line and column; FM_E_NOMEM. */
FM_API enum fm_code fm_json_parse(struct fm_json **out, struct fm_span text, bool bom,
				  struct fm_err *err) FM_MUST_USE;
FM_API void fm_json_free(struct fm_json **root);

/** Value of a member by its decoded name; NULL when absent or `object` is no object (or NULL). */
FM_API const struct fm_json *fm_json_get(const struct fm_json *object, const char *name);
/** First child (element; for objects the first member's NAME), NULL when none. */
FM_API const struct fm_json *fm_json_first(const struct fm_json *parent);
/** The child behind `child`, NULL at the end. For objects: name -> value -> next name. */
FM_API const struct fm_json *fm_json_next(const struct fm_json *parent,
					  const struct fm_json *child);

/** Is it a string whose decoded value equals `text`? */
FM_API bool fm_json_is(const struct fm_json *node, const char *text) FM_MUST_USE;
/** Append the decoded value of a string. False when node is NULL, no string, or over the cap. */
FM_API bool fm_json_str(struct fm_buf *out, const struct fm_json *node) FM_MUST_USE;
/** Decode into a C string; false also when it does not fit or holds a NUL. */
FM_API bool fm_json_cstr(char *out, size_t size, const struct fm_json *node) FM_MUST_USE;
/** Does the decoded string hold a control character (U+0000-001F, U+007F)? */
FM_API bool fm_json_has_control(const struct fm_json *node) FM_MUST_USE;
/** Integer literal without sign, fraction or exponent, at most 2^64-1. */
FM_API bool fm_json_u64(uint64_t *out, const struct fm_json *node) FM_MUST_USE;
FM_API bool fm_json_bool(bool *out, const struct fm_json *node) FM_MUST_USE;
/** Wire integers of Core, facilitator and tab answers: string (dec or 0x hex) or integer
 *  token up to 2^64-1. Rule: vectors/u256.json. */
FM_API bool fm_json_u256(struct fm_u256 *out, const struct fm_json *node) FM_MUST_USE;
/** NULL, or a JSON null. */
FM_API bool fm_json_absent(const struct fm_json *node) FM_MUST_USE;

/** Line and column (both from 1) of a node in the text it was parsed from. */
FM_API void fm_json_where(struct fm_span text, const struct fm_json *node, unsigned *line,
			  unsigned *column);

/** Compact writer. Commas are its affair; nesting at most FM_JSON_DEPTH. */
struct fm_jw {
	struct fm_buf *buf;
	uint64_t comma; /**< bit d: the container at depth d already has an element */
	unsigned depth;
	bool after_key;
};

FM_API void fm_jw_init(struct fm_jw *w, struct fm_buf *buf);
FM_API void fm_jw_object(struct fm_jw *w);
FM_API void fm_jw_array(struct fm_jw *w);
FM_API void fm_jw_end(struct fm_jw *w, char bracket); /**< '}' or ']' */
FM_API void fm_jw_key(struct fm_jw *w, const char *name);
/** A string; invalid UTF-8 becomes U+FFFD, so the output is always JSON. */
FM_API void fm_jw_str(struct fm_jw *w, struct fm_span text);
FM_API void fm_jw_cstr(struct fm_jw *w, const char *text); /**< NULL writes null */
FM_API void fm_jw_u64(struct fm_jw *w, uint64_t value);
FM_API void fm_jw_i64(struct fm_jw *w, int64_t value);
FM_API void fm_jw_bool(struct fm_jw *w, bool value);
FM_API void fm_jw_null(struct fm_jw *w);
/** Bytes that are JSON already. */
FM_API void fm_jw_raw(struct fm_jw *w, struct fm_span json);

/** A string that is an address (in any case), a hash ("0x", 64 digits). False when
 *  the node is absent or no such value. */
FM_API bool fm_json_addr(struct fm_addr *out, const struct fm_json *node) FM_MUST_USE;
FM_API bool fm_json_hash(struct fm_hash *out, const struct fm_json *node) FM_MUST_USE;

/** A member with its name: text (NULL writes null), EIP-55 address, hash, decimal string. */
FM_API void fm_jw_named_str(struct fm_jw *w, const char *name, const char *text);
FM_API void fm_jw_named_addr(struct fm_jw *w, const char *name,
			     const struct fm_addr *addr);
FM_API void fm_jw_named_hash(struct fm_jw *w, const char *name,
			     const struct fm_hash *hash);
FM_API void fm_jw_named_u256(struct fm_jw *w, const char *name,
			     const struct fm_u256 *value);
/** "0x" and lower-case hex; null for no bytes. */
FM_API void fm_jw_named_hex(struct fm_jw *w, const char *name, struct fm_span bytes);

#endif
