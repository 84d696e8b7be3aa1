/* SPDX-License-Identifier: MIT */
#include "evm/revert.h"

#include <fourmica/system.h>

#include <stdio.h>
#include <string.h>

#define WORD 32
#define TEXT_MAX 8192
#define YEAR_9999_S 253402300799 /* the last second a time text can say */
#define PANIC_ARITHMETIC 0x11
#define CLOSED 2 /* status of a cycle */
#define IN_DEFAULT 3

/* clang-format off */
static const struct fm_revert_row rows[FM_REVERT_COUNT] = {
	[FM_REVERT_NONE] = { "", FM_OK, "", "", "" },
	[FM_REVERT_EMPTY] = { "", FM_OK, "network", "the contract refused without a reason",
			      "wrong address or version, value on a call that takes "
			      "none, or a certificate that cannot be decoded" },
#define ROW(id, signature, code, cause, message, hint) \
	[id] = { signature, code, cause, message, hint },
	FM_REVERTS(ROW)
#undef ROW
};
/* clang-format on */

/* ---- which one ---- */

const struct fm_revert_row *fm_revert_row(enum fm_revert revert)
{
	return &rows[revert];
}

const char *fm_revert_name(enum fm_revert revert)
{
	return rows[revert].signature;
}

/** Contracts written by hand do not always pad their text. */
static bool read_loose_text(struct fm_abi_value *out, struct fm_span args)
{
	struct fm_abi in = fm_abi_of(args);
	uint64_t len;

	if (!fm_abi_offset(&in, WORD) || !fm_abi_u64(&len, &in) || len > args.len - in.at)
		return false;
	*out = (struct fm_abi_value){ .kind = FM_ABI_STRING };
	out->bytes = (struct fm_span){ args.ptr + in.at, (size_t)len };
	return true;
}

static bool read_values(struct fm_abi_value *out, size_t *count, enum fm_revert revert,
			struct fm_span args)
{
	struct fm_span types = fm_signature_types(rows[revert].signature);

	*count = fm_abi_count(types);
	return fm_abi_decode(out, *count, types, args, NULL) ||
	       (revert == FM_REVERT_ERROR && read_loose_text(out, args));
}

enum fm_revert fm_revert_read(struct fm_abi_value out[static FM_REVERT_VALUES],
			      size_t *count, struct fm_span data)
{
	uint8_t selector[FM_SELECTOR];

	*count = 0;
	if (data.len < FM_SELECTOR)
		return data.len ? FM_REVERT_NONE : FM_REVERT_EMPTY;
	for (size_t i = FM_REVERT_EMPTY + 1; i < FM_REVERT_COUNT; i++) {
		struct fm_span args = { data.ptr + FM_SELECTOR, data.len - FM_SELECTOR };

		fm_selector(selector, rows[i].signature);
		if (memcmp(selector, data.ptr, FM_SELECTOR) != 0)
			continue;
		if (read_values(out, count, (enum fm_revert)i, args))
			return (enum fm_revert)i;
		*count = 0;
		return FM_REVERT_NONE;
	}
	return FM_REVERT_NONE;
}

/* ---- in words ---- */

/** What a text is filled from. */
struct filling {
	const struct fm_revert_context *context;
	enum fm_revert revert;
	const struct fm_abi_value *values;
	size_t count;
};

static bool put_amount(struct fm_buf *out, const struct filling *f,
		       const struct fm_u256 *base)
{
	char text[FM_AMOUNT_TEXT];
	struct fm_amount amount;

	if (f->context->asset) {
		amount = fm_amount_of(base, f->context->asset);
		fm_amount_text(text, &amount);
		return fm_buf_str(out, text);
	}
	fm_u256_dec(text, base);
	return fm_buf_fmt(out, "%s base units", text);
}

static bool put_time(struct fm_buf *out, const struct fm_u256 *unix_s)
{
	struct fm_u256 last = fm_u256_from_u64(YEAR_9999_S);
	char text[FM_U256_DEC];
	uint64_t seconds;

	if (fm_u256_cmp(unix_s, &last) <= 0 && fm_u256_to_u64(&seconds, unix_s)) {
		fm_time_text(text, (int64_t)seconds);
		return fm_buf_str(out, text);
	}
	fm_u256_dec(text, unix_s);
	return fm_buf_fmt(out, "second %s", text);
}

/** "2 d 3 h": the largest unit and the next. */
static bool put_left(struct fm_buf *out, int64_t seconds)
{
	long long s = seconds > 0 ? seconds : 0;

	if (s >= 86400)
		return fm_buf_fmt(out, "%lld d %lld h", s / 86400, s % 86400 / 3600);
	if (s >= 3600)
		return fm_buf_fmt(out, "%lld h %lld min", s / 3600, s % 3600 / 60);
	if (s >= 60)
		return fm_buf_fmt(out, "%lld min %lld s", s / 60, s % 60);
	return fm_buf_fmt(out, "%lld s", s);
}

static bool put_token(struct fm_buf *out, const struct filling *f,
		      const struct fm_abi_value *value)
{
	const struct fm_asset *asset = f->context->asset;

	if (asset && fm_addr_equal(&asset->address, &value->addr))
		return fm_buf_str(out, asset->symbol);
	fm_abi_show(out, value);
	return true;
}

/** A value of the error: "0", "amount:0". */
static bool put_value(struct fm_buf *out, const struct filling *f, struct fm_span name)
{
	size_t at = (size_t)(name.ptr[name.len - 1] - '0');
	const struct fm_abi_value *value = &f->values[at];
	char hex[FM_U256_HEX];

	if (at >= f->count)
		return false;
	name.len--;
	if (fm_span_is(name, "amount:"))
		return put_amount(out, f, &value->u);
	if (fm_span_is(name, "time:"))
		return put_time(out, &value->u);
	if (fm_span_is(name, "token:"))
		return put_token(out, f, value);
	if (fm_span_is(name, "hex:")) {
		fm_u256_hex(hex, &value->u);
		return fm_buf_str(out, hex);
	}
	fm_abi_show(out, value);
	return true;
}

static bool put_call(struct fm_buf *out, const struct filling *f, bool with_values)
{
	struct fm_span name = fm_signature_name(rows[f->revert].signature);

	fm_buf_add(out, name.ptr, name.len);
	for (size_t i = 0; with_values && i < f->count; i++) {
		fm_buf_str(out, i ? ", " : "(");
		fm_abi_show(out, &f->values[i]);
	}
	return !with_values || !f->count || fm_buf_chr(out, ')');
}

static bool put_known(struct fm_buf *out, const char *text)
{
	return text && fm_buf_str(out, text);
}

/** Who takes a token away in the call that was made. */
static const char *spender(const struct fm_revert_context *context)
{
	if (context->fn == FM_FN_DEPOSIT_TOKEN)
		return "the vault";
	return context->fn == FM_FN_PAY_DEBIT ? "the clearing house" : NULL;
}

/** What stands between braces. False: it is not known. */
static bool put_field(struct fm_buf *out, const struct filling *f, struct fm_span name)
{
	const struct fm_revert_context *c = f->context;
	struct fm_u256 unlock = fm_u256_from_u64((uint64_t)c->unlock_s);

	if (fm_span_is(name, "name") || fm_span_is(name, "call"))
		return put_call(out, f, fm_span_is(name, "call"));
	if (fm_span_is(name, "asset"))
		return put_known(out, c->asset ? c->asset->symbol : NULL);
	if (fm_span_is(name, "asked"))
		return c->asked && put_amount(out, f, c->asked);
	if (fm_span_is(name, "available"))
		return c->available && put_amount(out, f, c->available);
	if (fm_span_is(name, "unlock"))
		return c->unlock_s > 0 && put_time(out, &unlock);
	if (fm_span_is(name, "left"))
		return c->unlock_s > 0 && c->now_s > 0 &&
		       put_left(out, c->unlock_s - c->now_s);
	if (fm_span_is(name, "cycle"))
		return put_known(out, c->cycle);
	if (fm_span_is(name, "different"))
		return put_known(out, c->different);
	if (fm_span_is(name, "spender"))
		return put_known(out, spender(c));
	return put_value(out, f, name);
}

/** One alternative of a text. */
static bool fill(struct fm_buf *out, const struct filling *f, struct fm_span text)
{
	while (text.len) {
		const char *open = memchr(text.ptr, '{', text.len), *close;
		size_t plain = open ? (size_t)(open - text.ptr) : text.len;

		fm_buf_add(out, text.ptr, plain);
		if (!open)
			break;
		close = memchr(open, '}', text.len - plain);
		if (!put_field(out, f,
			       (struct fm_span){ open + 1, (size_t)(close - open) - 1 }))
			return false;
		text.len -= (size_t)(close - text.ptr) + 1;
		text.ptr = close + 1;
	}
	return fm_buf_ok(out);
}

/** The first alternative whose values are known; the last one always is. */
static void fill_first(struct fm_buf *out, const struct filling *f, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "|");

		fm_buf_clear(out);
		fm_buf_init(out, TEXT_MAX);
		if (fill(out, f, (struct fm_span){ text, len }))
			return;
		text += len + (text[len] == '|');
	}
}

/* ---- words that depend on the values ---- */

/** Contracts.md has three readings of one error. */
static void cycle_words(const char **message, const char **hint, const struct filling *f)
{
	uint64_t status;

	if (!fm_u256_to_u64(&status, &f->values[1].u))
		return;
	if (status == CLOSED) {
		*message = "the cycle is closed";
		*hint = "nothing left to do";
	} else if (status == IN_DEFAULT && f->context->fn == FM_FN_PAY_DEBIT) {
		*message = "the cycle is in default; payments are closed";
		*hint = "the debt is taken from collateral";
	} else if (status == IN_DEFAULT && f->context->fn == FM_FN_MARK_DEFAULTED) {
		*message = "a default was already recorded for this cycle";
		*hint = "only one can be recorded";
	}
}

static bool mentions(struct fm_span text, const char *word)
{
	size_t len = strlen(word);

	for (size_t at = 0; at + len <= text.len; at++)
		if (memcmp(text.ptr + at, word, len) == 0)
			return true;
	return false;
}

/** Older tokens say in words what newer ones have errors for. */
static const char *text_hint(struct fm_span text)
{
	if (mentions(text, "allowance"))
		return "approve the amount for {spender}|approve the amount first";
	if (mentions(text, "balance"))
		return "fund the wallet";
	return FM_REVERT_RAW;
}

/** Who lacks a balance may be the recipient: less arrived than was sent. */
static void balance_words(const char **message, const char **hint,
			  const struct filling *f)
{
	const struct fm_addr *payer = f->context->payer;

	if (!payer || fm_addr_equal(&f->values[0].addr, payer))
		return;
	*message = "the token keeps a part of what is sent: {amount:1} of {amount:2} "
		   "would arrive";
	*hint = "use another asset; fund nobody for this";
}

static void choose(const char **message, const char **hint, const struct filling *f)
{
	const struct fm_u256 arithmetic = fm_u256_from_u64(PANIC_ARITHMETIC);

	*message = rows[f->revert].message;
	*hint = rows[f->revert].hint;
	if (f->revert == FM_REVERT_CYCLE_STATUS)
		cycle_words(message, hint, f);
	else if (f->revert == FM_REVERT_BALANCE)
		balance_words(message, hint, f);
	else if (f->revert == FM_REVERT_ERROR)
		*hint = text_hint(f->values[0].bytes);
	else if (f->revert == FM_REVERT_PANIC &&
		 fm_u256_cmp(&f->values[0].u, &arithmetic) == 0)
		*hint = "balance or allowance too small, in plain tokens";
}

/** Bytes that no row has: the selector, or what there is of it. */
static enum fm_code explain_unknown(struct fm_err *err, enum fm_code code,
				    struct fm_span data)
{
	char digits[2 * FM_SELECTOR + 1] = "";
	size_t len = data.len < FM_SELECTOR ? data.len : FM_SELECTOR;

	fm_hex_write(digits, data.ptr, len);
	digits[2 * len] = '\0';
	fm_fail(err, code, "the contract refused with 0x%s", digits);
	fm_rule(err, "0x%s", digits);
	return fm_hint(err, "%s", FM_REVERT_RAW);
}

static const char *text_of(const struct fm_buf *buf)
{
	return fm_buf_ok(buf) && buf->ptr ? buf->ptr : "";
}

enum fm_code fm_revert_explain(struct fm_err *err, enum fm_code otherwise,
			       const struct fm_revert_context *context,
			       struct fm_span data)
{
	struct fm_abi_value values[FM_REVERT_VALUES] = { { .count = 0 } };
	struct filling f = { .context = context, .values = values };
	struct fm_buf message, hint;
	const char *words, *advice;
	enum fm_code code = otherwise;

	f.revert = fm_revert_read(values, &f.count, data);
	if (f.revert == FM_REVERT_NONE) {
		explain_unknown(err, otherwise, data);
		return otherwise;
	}
	if (otherwise == FM_E_REVERT && rows[f.revert].code)
		code = rows[f.revert].code;
	choose(&words, &advice, &f);
	fm_buf_init(&message, TEXT_MAX);
	fm_buf_init(&hint, TEXT_MAX);
	fill_first(&message, &f, words);
	fill_first(&hint, &f, advice);
	fm_fail(err, code, "%s", text_of(&message));
	if (hint.len)
		fm_hint(err, "%s", hint.ptr);
	if (err)
		fm_revert_code(err->cause, f.revert);
	if (f.revert != FM_REVERT_EMPTY)
		fm_rule(err, "%.*s", (int)strcspn(rows[f.revert].signature, "("),
			rows[f.revert].signature);
	fm_buf_clear(&message);
	fm_buf_clear(&hint);
	return code;
}
