/* SPDX-License-Identifier: MIT */
/* Facts go into a tree shaped by the field table; the end of the run writes it. */
#include "tree.h"
#include "when.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MOST (16u << 20) /* bytes of one field */
#define WARNINGS_MOST (64u << 10)

/* ---- tree ---- */

struct scope *scope_new(const struct field *fields, struct scope *parent)
{
	struct scope *scope = calloc(1, sizeof(*scope));

	if (!scope)
		return NULL;
	scope->fields = fields;
	scope->parent = parent;
	while (fields && fields[scope->count].name)
		scope->count++;
	scope->values = calloc(scope->count + 1, sizeof(*scope->values));
	if (!scope->values) {
		free(scope);
		return NULL;
	}
	for (size_t i = 0; i < scope->count; i++) {
		fm_buf_init(&scope->values[i].text, VALUE_MOST);
		fm_buf_init(&scope->values[i].json, VALUE_MOST);
	}
	return scope;
}

/* As deep as the field tables, which are ours. */
void scope_free(struct scope **scope)
{
	struct scope *old = *scope;

	if (!old)
		return;
	for (size_t i = 0; i < old->count; i++) {
		for (size_t j = 0; j < old->values[i].count; j++)
			scope_free(&old->values[i].rows[j]);
		free(old->values[i].rows);
		fm_buf_clear(&old->values[i].text);
		fm_buf_clear(&old->values[i].json);
	}
	free(old->values);
	free(old);
	*scope = NULL;
}

/* NULL when the field is not declared: a defect of the command, found by its first test. */
static struct value *find(struct out *o, const char *name, const struct field **field)
{
	for (size_t i = 0; o->here && i < o->here->count; i++)
		if (strcmp(o->here->fields[i].name, name) == 0) {
			*field = &o->here->fields[i];
			return &o->here->values[i];
		}
	assert(!o->here && "a field that the command does not declare");
	return NULL;
}

static struct value *start(struct out *o, const char *name, enum field_kind kind)
{
	const struct field *field = NULL;
	struct value *value = find(o, name, &field);

	if (!value)
		return NULL;
	assert(field->kind == kind && "a field of another kind than declared");
	(void)kind;
	fm_buf_clear(&value->text);
	fm_buf_clear(&value->json);
	value->set = true;
	return value;
}

static void done(struct out *o, const struct value *value)
{
	if (value && (!fm_buf_ok(&value->text) || !fm_buf_ok(&value->json)))
		o->nomem = true;
}

static void enter(struct out *o, const char *name, enum field_kind kind, bool again)
{
	const struct field *field = NULL;
	struct value *value = find(o, name, &field);
	struct scope **more;

	if (!value)
		return;
	assert(field->kind == kind && "a field of another kind than declared");
	(void)kind;
	if (again && value->count) {
		o->here = value->rows[0];
		return;
	}
	more = realloc(value->rows, (value->count + 1) * sizeof(struct scope *));
	if (more) {
		value->rows = more;
		more[value->count] = scope_new(field->sub, o->here);
	}
	if (!more || !more[value->count]) {
		/* Later facts land in the wrong place, but are never shown. */
		o->nomem = true;
		return;
	}
	value->set = true;
	o->here = more[value->count++];
}

void out_object(struct out *o, const char *field)
{
	enter(o, field, FIELD_OBJECT, true);
}

void out_row(struct out *o, const char *list)
{
	enter(o, list, FIELD_LIST, false);
}

void out_end(struct out *o)
{
	if (o->here && o->here->parent)
		o->here = o->here->parent;
	else
		assert(o->nomem && "out_end without its beginning");
}

void out_record(struct out *o, const struct field *fields)
{
	struct scope *record = scope_new(fields, o->here);

	if (record)
		o->here = record;
	else
		o->nomem = true;
}

void out_record_end(struct out *o, const char *event)
{
	struct scope *record = o->here;

	if (o->nomem || !record)
		return;
	assert(record->parent && "a record's end without its beginning");
	o->here = record->parent;
	if (o->options.form == OUT_JSONL)
		stream_record(o, event, record);
	scope_free(&record);
}

/* ---- scalars ---- */

bool is_json(const struct out *o)
{
	return o->options.form != OUT_TEXT;
}

bool is_kept(const struct out *o)
{
	return is_json(o) || o->options.keep;
}

bool out_is_json(const struct out *o)
{
	return is_json(o);
}

static void put_string(struct out *o, struct value *value, struct fm_span text)
{
	struct fm_jw w;

	if (!value)
		return;
	if (is_kept(o)) {
		fm_jw_init(&w, &value->json);
		fm_jw_str(&w, text);
	}
	if (!is_json(o))
		fm_buf_add(&value->text, text.ptr, text.len);
	done(o, value);
}

void out_span(struct out *o, const char *field, struct fm_span text)
{
	put_string(o, start(o, field, FIELD_TEXT), text);
}

void out_text(struct out *o, const char *field, const char *text)
{
	const struct field *row = NULL;
	struct value *value;

	if (text) {
		out_span(o, field, fm_span_of(text));
		return;
	}
	value = find(o, field, &row);
	if (value)
		value->set = false;
}

void out_number(struct out *o, const char *field, int64_t value)
{
	struct value *v = start(o, field, FIELD_NUMBER);

	if (v && is_kept(o))
		fm_buf_fmt(&v->json, "%lld", (long long)value);
	if (v && !is_json(o))
		fm_buf_fmt(&v->text, "%lld", (long long)value);
	done(o, v);
}

void out_bool(struct out *o, const char *field, bool value)
{
	struct value *v = start(o, field, FIELD_BOOL);

	if (v && is_kept(o))
		fm_buf_str(&v->json, value ? "true" : "false");
	if (v && !is_json(o))
		fm_buf_str(&v->text, value ? "yes" : "no");
	done(o, v);
}

static void amount_json(struct fm_buf *buf, const struct fm_amount *amount,
			const char *display)
{
	const struct fm_asset *asset = fm_amount_asset(amount);
	struct fm_u256 base = fm_amount_base(amount);
	char digits[FM_U256_DEC], address[FM_ADDR_TEXT];
	struct fm_jw w;

	fm_u256_dec(digits, &base);
	fm_addr_text(address, &asset->address);
	fm_jw_init(&w, buf);
	fm_jw_object(&w);
	fm_jw_key(&w, "amount");
	fm_jw_cstr(&w, digits);
	fm_jw_key(&w, "decimals");
	fm_jw_u64(&w, asset->decimals);
	fm_jw_key(&w, "symbol");
	fm_jw_cstr(&w, asset->symbol[0] ? asset->symbol : NULL);
	fm_jw_key(&w, "asset");
	fm_jw_cstr(&w, address);
	fm_jw_key(&w, "display");
	fm_jw_cstr(&w, display);
	fm_jw_end(&w, '}');
}

void out_amount(struct out *o, const char *field, const struct fm_amount *amount)
{
	struct value *value = start(o, field, FIELD_AMOUNT);
	char display[FM_AMOUNT_TEXT];

	if (!value)
		return;
	fm_amount_text(display, amount);
	if (is_kept(o))
		amount_json(&value->json, amount, display);
	if (!is_json(o))
		fm_buf_str(&value->text, display);
	done(o, value);
}

void out_address(struct out *o, const char *field, const struct fm_addr *addr)
{
	char text[FM_ADDR_TEXT];

	fm_addr_text(text, addr);
	put_string(o, start(o, field, FIELD_ADDRESS), fm_span_of(text));
}

void out_hash(struct out *o, const char *field, const struct fm_hash *hash)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	put_string(o, start(o, field, FIELD_HASH), fm_span_of(text));
}

void out_u256(struct out *o, const char *field, const struct fm_u256 *value)
{
	char text[FM_U256_DEC];

	fm_u256_dec(text, value);
	put_string(o, start(o, field, FIELD_U256), fm_span_of(text));
}

void out_time(struct out *o, const char *field, int64_t unix_s)
{
	char text[FM_TIME_TEXT];

	fm_time_text(text, unix_s);
	put_string(o, start(o, field, FIELD_TIME), fm_span_of(text));
}

void out_when(struct out *o, const char *field, int64_t unix_s)
{
	char text[FM_TIME_TEXT], when[WHEN_TEXT], both[FM_TIME_TEXT + WHEN_TEXT + 4];
	const struct field *row = NULL;
	struct value *value;

	out_time(o, field, unix_s);
	value = find(o, field, &row);
	if (is_json(o) || !value)
		return;
	fm_time_text(text, unix_s);
	when_from(when, unix_s, fm_wall_s(&fm_system_clock));
	snprintf(both, sizeof(both), "%s (%s)", text, when);
	fm_buf_clear(&value->text);
	fm_buf_str(&value->text, both);
	done(o, value);
}

/* A number in JSON, words for people. */
static void put_number(struct out *o, struct value *value, int64_t number,
		       const char *words)
{
	if (value && is_kept(o))
		fm_buf_fmt(&value->json, "%lld", (long long)number);
	if (value && !is_json(o))
		fm_buf_str(&value->text, words);
	done(o, value);
}

void out_duration(struct out *o, const char *field, int64_t seconds)
{
	char text[WHEN_TEXT];

	when_span(text, seconds);
	put_number(o, start(o, field, FIELD_DURATION), seconds, text);
}

void out_gauge(struct out *o, const char *field, const struct fm_u256 *part,
	       const struct fm_u256 *whole)
{
	int percent = gauge_percent(part, whole);
	char text[WHEN_TEXT];

	if (percent < 0)
		return;
	gauge_text(text, percent);
	put_number(o, start(o, field, FIELD_GAUGE), percent, text);
}

/* Without the white space between tokens: a document of --jsonl is one line. */
static void put_compact(struct fm_buf *out, struct fm_span json)
{
	bool quoted = false;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.ptr[i];

		if (!quoted && strchr(" \t\r\n", c))
			continue;
		if (quoted && c == '\\' && i + 1 < json.len)
			fm_buf_chr(out, json.ptr[i++]);
		else if (c == '"')
			quoted = !quoted;
		fm_buf_chr(out, json.ptr[i]);
	}
}

void out_json(struct out *o, const char *field, struct fm_span json)
{
	struct value *value = start(o, field, FIELD_JSON);

	if (value && is_kept(o))
		put_compact(&value->json, json);
	if (value && !is_json(o))
		put_compact(&value->text, json);
	done(o, value);
}

/* ---- the run ---- */

void out_status(struct out *o, const char *word)
{
	snprintf(o->status, sizeof(o->status), "%s", word);
}

void out_spent(struct out *o, enum fm_spent spent)
{
	if (spent > o->spent)
		o->spent = spent;
}

void out_silence(struct out *o, bool show_errors)
{
	o->silent = true;
	o->show_errors = show_errors;
}

void out_said(struct out *o)
{
	o->said = true;
}

void out_told(struct out *o)
{
	o->told = true;
}

struct out *out_new(const struct out_options *options)
{
	struct out *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->options = *options;
	fm_buf_init(&o->warnings, WARNINGS_MOST);
	stream_start(o);
	return o;
}

void out_free(struct out **o)
{
	if (!*o)
		return;
	scope_free(&(*o)->root);
	fm_buf_clear(&(*o)->warnings);
	free(*o);
	*o = NULL;
}

void out_begin(struct out *o, const struct cmd *cmd, const char *name)
{
	scope_free(&o->root);
	o->cmd = cmd;
	snprintf(o->name, sizeof(o->name), "%s", name ? name : "");
	o->root = o->here = scope_new(cmd ? cmd->fields : NULL, NULL);
	o->nomem = !o->root;
	o->status[0] = '\0';
	o->spent = FM_SPENT_NO;
	o->seq = 1;
	progress_begin(o);
}

bool out_color(const struct out *o)
{
	return o->out_color && !is_json(o);
}
