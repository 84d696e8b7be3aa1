/* SPDX-License-Identifier: MIT */
/* Texts of argv into the types of the table, and what to say when that fails. */
#include "line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_SHOWN 80 /* bytes of a wrong value that a message repeats */

/* ---- messages ---- */

/* The hint names the help of the command that was being read. */
enum fm_code line_usage(struct line *l, const char *fmt, ...)
{
	char text[256], name[CMD_NAME_MAX];
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	fm_fail(l->err, FM_E_USAGE, "%s", text);
	args_name(name, l->args, ' ');
	return fm_hint(l->err, "run: fourmica %s%s--help", name, *name ? " " : "");
}

static const char *param_text(char out[static OPTION_SHOWN], const struct param *p)
{
	if (!p->name)
		snprintf(out, OPTION_SHOWN, "%s", p->arg);
	else
		snprintf(out, OPTION_SHOWN, "--%s", p->name);
	return out;
}

const char *args_shown(struct fm_buf *buf, const char *word)
{
	fm_buf_init(buf, 4096);
	if (args_looks_secret(word))
		fm_buf_str(buf, "(a value that looks like a key)");
	else
		fm_text_escape(buf, fm_span_of(word), VALUE_SHOWN);
	return fm_buf_ok(buf) && buf->ptr ? buf->ptr : "";
}

static enum fm_code bad_value(struct line *l, const struct param *p, const char *value,
			      const char *rule)
{
	char name[OPTION_SHOWN];
	struct fm_buf text;

	if (p->traits & PARAM_SECRET)
		return line_usage(l, "%s: %s", param_text(name, p), rule);
	line_usage(l, "%s: '%s' %s", param_text(name, p), args_shown(&text, value), rule);
	fm_buf_clear(&text);
	return FM_E_USAGE;
}

/* ---- values ---- */

static bool read_number(uint64_t *out, const char *text)
{
	struct fm_u256 value;

	return fm_u256_from_dec(&value, fm_span_of(text)) && fm_u256_to_u64(out, &value);
}

/* "90s", or seconds as curl writes them: "2", "0.5". */
static bool read_duration(int64_t *ms, const char *text)
{
	struct fm_u256 units;
	uint64_t value;
	int64_t seconds;

	if (fm_duration_parse(&seconds, fm_span_of(text))) {
		if (seconds > INT64_MAX / 1000)
			return false;
		*ms = seconds * 1000;
		return true;
	}
	if (!fm_units_parse(&units, fm_span_of(text), 3) ||
	    !fm_u256_to_u64(&value, &units) || value > INT64_MAX)
		return false;
	*ms = (int64_t)value;
	return true;
}

static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = choices; *at;) {
		size_t one = strcspn(at, "|");

		if (one == len && memcmp(at, value, len) == 0)
			return true;
		at += one + (at[one] == '|');
	}
	return false;
}

static enum fm_code add_to_list(struct line *l, struct strings *list, const char *value)
{
	const char **more = realloc(list->items, (list->count + 1) * sizeof(*more));

	if (!more)
		return fm_nomem(l->err);
	list->items = more;
	list->items[list->count++] = value;
	return FM_OK;
}

/* The process list shows argv: keep a copy and overwrite what everybody can read. */
static enum fm_code hide(struct line *l, char **value)
{
	struct args *args = l->args;
	char **more = realloc(args->secrets, (args->secret_count + 1) * sizeof(*more));
	char *copy;

	if (!more)
		return fm_nomem(l->err);
	args->secrets = more;
	copy = strdup(*value);
	if (!copy)
		return fm_nomem(l->err);
	args->secrets[args->secret_count++] = copy;
	fm_wipe(*value, strlen(*value));
	*value = copy;
	return FM_OK;
}

static enum fm_code twice(struct line *l, const struct param *p)
{
	char name[OPTION_SHOWN];

	return line_usage(l, "%s was given twice", param_text(name, p));
}

static enum fm_code store_amount(struct line *l, const struct param *p,
				 struct fm_quantity *dest, const char *value)
{
	char name[OPTION_SHOWN];

	if (dest->unit[0])
		return twice(l, p);
	if (fm_quantity_parse(dest, value, l->err))
		return fm_within(l->err, "%s", param_text(name, p));
	return FM_OK;
}

static enum fm_code store_address(struct line *l, const struct param *p,
				  struct opt_addr *dest, const char *value)
{
	char name[OPTION_SHOWN];

	if (dest->set)
		return twice(l, p);
	if (args_looks_secret(value))
		return bad_value(l, p, value, "is no address");
	if (fm_addr_from_user(&dest->addr, value, l->err)) {
		fm_within(l->err, "%s", param_text(name, p));
		return l->err->hint[0]
			       ? FM_E_USAGE
			       : fm_hint(l->err, "copy it again from where it came");
	}
	dest->set = true;
	return FM_OK;
}

enum fm_code line_store(struct line *l, const struct param *p, char *base, char *value)
{
	void *dest = base + p->offset;

	if (p->traits & PARAM_SECRET && hide(l, &value))
		return FM_E_NOMEM;
	if (p->choices && !is_choice(p->choices, value)) {
		bad_value(l, p, value, "is not one of its values");
		return fm_hint(l->err, "one of: %s", p->choices);
	}
	switch (p->type) {
	case PARAM_FLAG:
		*(bool *)dest = true;
		return FM_OK;
	case PARAM_COUNT:
		++*(unsigned *)dest;
		return FM_OK;
	case PARAM_TEXT:
		*(const char **)dest = value;
		return FM_OK;
	case PARAM_LIST:
		return add_to_list(l, dest, value);
	case PARAM_NUMBER:
		return read_number(dest, value)
			       ? FM_OK
			       : bad_value(l, p, value, "is no whole number");
	case PARAM_DURATION:
		return read_duration(dest, value)
			       ? FM_OK
			       : bad_value(
					 l, p, value,
					 "is no length of time (90s, 15m, 2h, 1d, or seconds)");
	case PARAM_AMOUNT:
		return store_amount(l, p, dest, value);
	case PARAM_ADDRESS:
		return store_address(l, p, dest, value);
	}
	return FM_E_INTERNAL;
}
