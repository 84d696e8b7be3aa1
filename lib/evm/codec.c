/* SPDX-License-Identifier: MIT */
/* Solidity contract ABI by type texts. The texts come from this program's own tables. */
#include "evm/codec.h"

#include <stdio.h>
#include <string.h>

#define WORD 32
#define SHOWN_MAX 160 /* bytes of a text or of bytes that a message repeats */

/* ---- values ---- */

struct fm_abi_value fm_abi_of_u256(const struct fm_u256 *value)
{
	return (struct fm_abi_value){ .kind = FM_ABI_UINT, .u = *value };
}

struct fm_abi_value fm_abi_of_u64(uint64_t value)
{
	return (struct fm_abi_value){ .kind = FM_ABI_UINT, .u = fm_u256_from_u64(value) };
}

struct fm_abi_value fm_abi_of_bool(bool value)
{
	return (struct fm_abi_value){ .kind = FM_ABI_BOOL, .u = fm_u256_from_u64(value) };
}

struct fm_abi_value fm_abi_of_addr(const struct fm_addr *addr)
{
	return (struct fm_abi_value){ .kind = FM_ABI_ADDR, .addr = *addr };
}

struct fm_abi_value fm_abi_of_hash(const struct fm_hash *hash)
{
	return (struct fm_abi_value){ .kind = FM_ABI_HASH, .hash = *hash };
}

struct fm_abi_value fm_abi_of_bytes(struct fm_span bytes)
{
	return (struct fm_abi_value){ .kind = FM_ABI_BYTES, .bytes = bytes };
}

struct fm_abi_value fm_abi_of_hashes(const struct fm_hash *hashes, size_t count)
{
	return (struct fm_abi_value){ .kind = FM_ABI_ARRAY,
				      .hashes = hashes,
				      .count = count };
}

/* ---- type texts ---- */

static struct fm_span skip(struct fm_span text, size_t len)
{
	return (struct fm_span){ text.ptr + len, text.len - len };
}

/** How many characters are before one of `stops`, or before the end. */
static size_t until(struct fm_span text, const char *stops)
{
	size_t len = 0;

	while (len < text.len && !strchr(stops, text.ptr[len]))
		len++;
	return len;
}

/** Length of the tuple that begins here, its brackets included. */
static size_t tuple_len(struct fm_span text)
{
	size_t depth = 0, len = 0;

	do {
		depth += text.ptr[len] == '(';
		depth -= text.ptr[len] == ')';
		len++;
	} while (depth && len < text.len);
	return len;
}

static bool starts(struct fm_span text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && memcmp(text.ptr, with, len) == 0;
}

static unsigned digits(struct fm_span text)
{
	unsigned value = 0;

	for (size_t i = 0; i < text.len; i++)
		value = value * 10 + (unsigned)(text.ptr[i] - '0');
	return value;
}

static bool read_word(struct fm_abi_type *out, struct fm_span word)
{
	static const struct {
		const char *word;
		enum fm_abi_kind kind;
	} plain[] = {
		{"address",  FM_ABI_ADDR	 },
		     { "bool",    FM_ABI_BOOL  },
		{ "bytes32", FM_ABI_HASH	 },
		     { "bytes",	FM_ABI_BYTES },
		{ "string",  FM_ABI_STRING},
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (fm_span_is(word, plain[i].word)) {
			out->kind = plain[i].kind;
			return true;
		}
	out->kind = FM_ABI_UINT;
	out->bits = 64;
	if (starts(word, "uint"))
		out->bits = digits(skip(word, 4));
	else if (starts(word, "enum"))
		out->below = digits(skip(word, 4));
	else
		return false;
	return out->bits >= 8 && out->bits <= 256;
}

/** What stands between types: commas, blanks, brackets of tuples that are no arrays, and the names
 *  of those. */
static void skip_between(struct fm_span *types)
{
	while (types->len && strchr("(), ", types->ptr[0])) {
		bool closes = types->ptr[0] == ')';

		if (types->ptr[0] == '(' && starts(skip(*types, tuple_len(*types)), "[]"))
			return;
		*types = skip(*types, closes ? until(*types, ",(") : 1);
	}
}

bool fm_abi_next(struct fm_abi_type *out, struct fm_span *types)
{
	struct fm_span word;
	size_t len;
	bool known = true;

	*out = (struct fm_abi_type){ 0 };
	skip_between(types);
	if (!types->len)
		return false;
	len = types->ptr[0] == '(' ? tuple_len(*types) : until(*types, " ,()[");
	word = (struct fm_span){ types->ptr, len };
	*types = skip(*types, len);
	if (starts(*types, "[]")) {
		out->kind = FM_ABI_ARRAY;
		out->item = word;
		out->words = fm_abi_count(word);
		known = out->words > 0;
		*types = skip(*types, 2);
	} else {
		known = read_word(out, word);
	}
	if (starts(*types, " ")) {
		*types = skip(*types, 1);
		out->name = (struct fm_span){ types->ptr, until(*types, ",()") };
		*types = skip(*types, out->name.len);
	}
	return known;
}

size_t fm_abi_count(struct fm_span types)
{
	struct fm_abi_type type;
	size_t count = 0;

	while (fm_abi_next(&type, &types))
		count++;
	return count;
}

static bool is_dynamic(enum fm_abi_kind kind)
{
	return kind == FM_ABI_BYTES || kind == FM_ABI_STRING || kind == FM_ABI_ARRAY;
}

/* ---- one word ---- */

static bool fits(const struct fm_u256 *value, const struct fm_abi_type *type)
{
	struct fm_u256 below = fm_u256_from_u64(type->below);
	uint8_t bytes[WORD];

	if (type->below)
		return fm_u256_cmp(value, &below) < 0;
	fm_u256_to_be(bytes, value);
	for (size_t i = 0; i < WORD - type->bits / 8; i++)
		if (bytes[i])
			return false;
	return true;
}

/** NULL, or what is wrong with the word. */
static const char *read_static(struct fm_abi_value *out, const struct fm_abi_type *type,
			       struct fm_abi *in)
{
	static const struct fm_abi_type flag = { .below = 2 };

	*out = (struct fm_abi_value){ .kind = type->kind };
	switch (type->kind) {
	case FM_ABI_UINT:
		if (!fm_abi_u256(&out->u, in) || !fits(&out->u, type))
			return "is out of its range";
		return NULL;
	case FM_ABI_BOOL:
		if (!fm_abi_u256(&out->u, in) || !fits(&out->u, &flag))
			return "is neither 0 nor 1";
		return NULL;
	case FM_ABI_ADDR:
		return fm_abi_addr(&out->addr, in) ? NULL : "is no address";
	case FM_ABI_HASH:
		return fm_abi_hash(&out->hash, in) ? NULL : "is no word";
	case FM_ABI_BYTES:
	case FM_ABI_STRING:
	case FM_ABI_ARRAY:
		break;
	}
	return "is no word";
}

/** Values that lie one behind the other, a word each. */
static const char *read_row(struct fm_abi_value *out, size_t count, struct fm_span types,
			    struct fm_abi *in)
{
	struct fm_abi_type type;
	const char *wrong = NULL;

	for (size_t i = 0; i < count && !wrong; i++)
		wrong = fm_abi_next(&type, &types) ? read_static(&out[i], &type, in)
						   : "has no type";
	return wrong;
}

/* ---- writing ---- */

/** Can every element be read back? */
static bool items_hold(const struct fm_abi_type *type, const struct fm_abi_value *value)
{
	struct fm_abi in = fm_abi_of((struct fm_span){
		(const char *)value->hashes, value->count * type->words * WORD });
	struct fm_abi_value got;
	struct fm_abi_type item;

	if (value->count > FM_ABI_ITEMS_MAX)
		return false;
	for (size_t i = 0; i < value->count; i++) {
		struct fm_span rest = type->item;
		while (fm_abi_next(&item, &rest))
			if (read_static(&got, &item, &in))
				return false;
	}
	return true;
}

static bool put_static(struct fm_buf *out, const struct fm_abi_type *type,
		       const struct fm_abi_value *value)
{
	struct fm_abi_type flag = { .below = 2 };

	if (type->kind == FM_ABI_ADDR)
		fm_abi_put_addr(out, &value->addr);
	else if (type->kind == FM_ABI_HASH)
		fm_abi_put_hash(out, &value->hash);
	else if (fits(&value->u, type->kind == FM_ABI_BOOL ? &flag : type))
		fm_abi_put_u256(out, &value->u);
	else
		return false;
	return true;
}

static bool put_dynamic(struct fm_buf *tail, const struct fm_abi_type *type,
			const struct fm_abi_value *value)
{
	if (type->kind != FM_ABI_ARRAY) {
		fm_abi_put_bytes(tail, value->bytes);
		return true;
	}
	if (!items_hold(type, value))
		return false;
	fm_abi_put_u64(tail, value->count);
	fm_buf_add(tail, value->hashes, value->count * type->words * WORD);
	return true;
}

bool fm_abi_encode(struct fm_buf *out, struct fm_span types,
		   const struct fm_abi_value *values, size_t count)
{
	size_t head = fm_abi_count(types) * WORD;
	struct fm_abi_type type;
	struct fm_buf tail;
	bool good = head == count * WORD;

	fm_buf_init(&tail, out->cap);
	for (size_t i = 0; i < count && good; i++) {
		good = fm_abi_next(&type, &types) && type.kind == values[i].kind;
		if (good && is_dynamic(type.kind)) {
			fm_abi_put_u64(out, head + tail.len);
			good = put_dynamic(&tail, &type, &values[i]);
		} else if (good) {
			good = put_static(out, &type, &values[i]);
		}
	}
	if (!fm_buf_ok(&tail))
		good = false;
	else if (tail.len)
		fm_buf_add(out, tail.ptr, tail.len);
	fm_buf_clear(&tail);
	return good && fm_buf_ok(out);
}

/* ---- reading ---- */

static const char *read_bytes(struct fm_abi_value *out, struct fm_abi *tail)
{
	const char *end;

	if (!fm_abi_bytes(&out->bytes, tail))
		return "is longer than the data";
	end = out->bytes.ptr + out->bytes.len;
	for (const char *at = end; at < (const char *)tail->ptr + tail->at; at++)
		if (*at)
			return "has something behind its end";
	return NULL;
}

static const char *read_array(struct fm_abi_value *out, const struct fm_abi_type *type,
			      struct fm_abi *tail)
{
	uint64_t count;

	if (!fm_abi_u64(&count, tail) || count > FM_ABI_ITEMS_MAX)
		return "has too many elements";
	if (count > (tail->len - tail->at) / (type->words * WORD))
		return "is longer than the data";
	/* words of 32 bytes without any alignment are what fm_hash is */
	out->hashes = (const struct fm_hash *)(const void *)(tail->ptr + tail->at);
	out->count = (size_t)count;
	tail->at += out->count * type->words * WORD;
	return items_hold(type, out) ? NULL : "holds an element that is out of its range";
}

static const char *read_value(struct fm_abi_value *out, const struct fm_abi_type *type,
			      struct fm_abi *head, struct fm_abi *tail)
{
	if (!is_dynamic(type->kind))
		return read_static(out, type, head);
	*out = (struct fm_abi_value){ .kind = type->kind };
	if (!fm_abi_offset(head, tail->at))
		return "is not where it belongs";
	return type->kind == FM_ABI_ARRAY ? read_array(out, type, tail)
					  : read_bytes(out, tail);
}

static void name_fault(char *why, const struct fm_abi_type *type, size_t at,
		       const char *wrong)
{
	if (!why)
		return;
	if (type->name.len)
		snprintf(why, FM_ABI_WHY, "%.*s %s", (int)type->name.len, type->name.ptr,
			 wrong);
	else
		snprintf(why, FM_ABI_WHY, "value %zu %s", at + 1, wrong);
}

static bool wrong_size(char *why, size_t got, size_t want)
{
	if (why)
		snprintf(why, FM_ABI_WHY, "%zu bytes, not %zu", got, want);
	return false;
}

bool fm_abi_decode(struct fm_abi_value *out, size_t count, struct fm_span types,
		   struct fm_span data, char *why)
{
	struct fm_abi head = fm_abi_of(data), tail = head;
	struct fm_abi_type type;

	if (fm_abi_count(types) != count) {
		if (why)
			snprintf(why, FM_ABI_WHY, "%zu values asked for", count);
		return false;
	}
	tail.at = count * WORD;
	if (data.len < tail.at)
		return wrong_size(why, data.len, tail.at);
	for (size_t i = 0; i < count; i++) {
		const char *wrong = fm_abi_next(&type, &types)
					    ? read_value(&out[i], &type, &head, &tail)
					    : "has no type";
		if (wrong) {
			name_fault(why, &type, i, wrong);
			return false;
		}
	}
	return tail.at == data.len || wrong_size(why, data.len, tail.at);
}

bool fm_abi_item(struct fm_abi_value *out, size_t count, const struct fm_abi_type *array,
		 const struct fm_abi_value *value, size_t at)
{
	struct fm_abi in;

	if (array->kind != FM_ABI_ARRAY || value->kind != FM_ABI_ARRAY ||
	    count != array->words || at >= value->count)
		return false;
	in = fm_abi_of((struct fm_span){ (const char *)(value->hashes + at * count),
					 count * WORD });
	return !read_row(out, count, array->item, &in);
}

/* ---- showing ---- */

static void show_hex(struct fm_buf *out, struct fm_span bytes)
{
	size_t len = bytes.len < SHOWN_MAX ? bytes.len : SHOWN_MAX;
	char *digits_at;

	fm_buf_str(out, "0x");
	digits_at = fm_buf_grow(out, 2 * len);
	if (digits_at && len)
		fm_hex_write(digits_at, bytes.ptr, len);
	if (len < bytes.len)
		fm_buf_str(out, "...");
}

void fm_abi_show(struct fm_buf *out, const struct fm_abi_value *value)
{
	char text[FM_U256_DEC];

	switch (value->kind) {
	case FM_ABI_UINT:
		fm_u256_dec(text, &value->u);
		fm_buf_str(out, text);
		return;
	case FM_ABI_BOOL:
		fm_buf_str(out, fm_u256_is_zero(&value->u) ? "false" : "true");
		return;
	case FM_ABI_ADDR:
		fm_addr_text(text, &value->addr);
		fm_buf_str(out, text);
		return;
	case FM_ABI_HASH:
		fm_hash_text(text, &value->hash);
		fm_buf_str(out, text);
		return;
	case FM_ABI_BYTES:
		show_hex(out, value->bytes);
		return;
	case FM_ABI_STRING:
		fm_text_escape(out, value->bytes, SHOWN_MAX);
		return;
	case FM_ABI_ARRAY:
		fm_buf_fmt(out, "[%zu]", value->count);
		return;
	}
}
