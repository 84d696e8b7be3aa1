/* SPDX-License-Identifier: MIT */
/* The report for people: "Label:  value" lines, lists as tables, everything escaped. */
#include "flow.h"
#include "tree.h"
#include "width.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MOST 65536u /* bytes of one value that a report shows */
#define SENTENCE 24u /* columns: narrower than this, words are not broken into lines */
#define FOLDED 4u    /* columns that what did not fit on a row's line stands further in */

/** How what is shown shall look. */
struct look {
	bool color;
	size_t width; /* columns of the terminal; 0: lines are as long as they are */
};

/* ---- JSON for people ---- */

struct layout {
	struct fm_buf *buf;
	size_t indent, depth;
};

static void new_line(struct layout *l)
{
	fm_buf_chr(l->buf, '\n');
	for (size_t i = 0; i < l->indent + 2 * l->depth; i++)
		fm_buf_chr(l->buf, ' ');
}

/* Length of the string token at the start of `text`, quotes included. */
static size_t string_len(struct fm_span text)
{
	size_t at = 1;

	while (at < text.len && text.ptr[at] != '"')
		at += text.ptr[at] == '\\' ? 2 : 1;
	return at < text.len ? at + 1 : text.len;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool opens(char c)
{
	return c == '{' || c == '[';
}

/* Is the container that opens at `at` empty? Then both brackets stay on one line. */
static size_t empty_to(struct fm_span json, size_t at)
{
	size_t end = at + 1;

	while (end < json.len && is_blank(json.ptr[end]))
		end++;
	return end < json.len && (json.ptr[end] == '}' || json.ptr[end] == ']') ? end : 0;
}

static void put_punctuation(struct layout *l, char c)
{
	if (c == '}' || c == ']') {
		l->depth -= l->depth > 0;
		new_line(l);
	}
	fm_buf_chr(l->buf, c);
	if (opens(c))
		l->depth++;
	if (opens(c) || c == ',')
		new_line(l);
	if (c == ':')
		fm_buf_chr(l->buf, ' ');
}

/* Only white space is added; the JSON is valid already, so tokens need no checking. */
void report_json(struct fm_buf *buf, struct fm_span json, size_t indent)
{
	struct layout l = { .buf = buf, .indent = indent };

	for (size_t at = 0; at < json.len; at++) {
		char c = json.ptr[at];
		size_t end = opens(c) ? empty_to(json, at) : 0;

		if (is_blank(c))
			continue;
		if (c == '"') {
			size_t len = string_len(
				(struct fm_span){ json.ptr + at, json.len - at });

			fm_text_escape(buf, (struct fm_span){ json.ptr + at, len }, len);
			at += len - 1;
		} else if (end) {
			fm_buf_chr(buf, c);
			fm_buf_chr(buf, json.ptr[end]);
			at = end;
		} else if (strchr("{}[],:", c)) {
			put_punctuation(&l, c);
		} else {
			fm_text_escape(buf, (struct fm_span){ json.ptr + at, 1 }, 1);
		}
	}
}

/* ---- values ---- */

static bool is_scalar(const struct field *field)
{
	return field->kind != FIELD_OBJECT && field->kind != FIELD_LIST &&
	       field->kind != FIELD_JSON;
}

static bool is_shown(const struct field *field, const struct value *value)
{
	return field->label && value->set;
}

static void put_plain(struct fm_buf *buf, const struct value *value)
{
	fm_text_escape(buf, fm_buf_span(&value->text), TEXT_MOST);
}

static void pad(struct fm_buf *buf, size_t count)
{
	while (count--)
		fm_buf_chr(buf, ' ');
}

/* ---- a list as a table ---- */

static bool column_used(const struct value *list, size_t column)
{
	const struct field *field = &list->rows[0]->fields[column];

	if (!field->label || !is_scalar(field))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (list->rows[i]->values[column].set)
			return true;
	return false;
}

/* How a column is laid out. Numbers stand below each other by their last digit, amounts by their
 * point: `lead` columns before it, `tail` from it to the unit. */
struct column {
	bool used, number, amount;
	bool words; /* some cell has several */
	size_t width, lead, tail;
};

/* The point, or where one would be, and the end of the digits of "0.05 USDC". */
static void find_point(size_t *point, size_t *end, struct fm_span text)
{
	for (*end = 0; *end < text.len && text.ptr[*end] != ' '; ++*end)
		;
	for (*point = 0; *point < *end && text.ptr[*point] != '.'; ++*point)
		;
}

/* The cell as it is shown, into a buffer that is started here. */
static struct fm_span cell_text(struct fm_buf *buf, const struct value *value)
{
	fm_buf_init(buf, 8 * TEXT_MOST);
	put_plain(buf, value);
	return fm_buf_span(buf);
}

static void grow(size_t *most, size_t one)
{
	*most = one > *most ? one : *most;
}

static void measure_cell(struct column *c, size_t *unit, const struct value *value)
{
	size_t point, end;
	struct fm_buf buf;
	struct fm_span text = cell_text(&buf, value);

	if (c->amount && text.len) {
		find_point(&point, &end, text);
		grow(&c->lead, point);
		grow(&c->tail, end - point);
		grow(unit, width_of((struct fm_span){ text.ptr + end, text.len - end }));
	} else {
		grow(&c->width, width_of(text));
		c->words = c->words || (text.len && memchr(text.ptr, ' ', text.len));
	}
	fm_buf_clear(&buf);
}

static void measure(struct column *columns, const struct value *list)
{
	for (size_t i = 0; i < list->rows[0]->count; i++) {
		const struct field *field = &list->rows[0]->fields[i];
		struct column *c = &columns[i];
		size_t unit = 0;

		c->used = column_used(list, i);
		if (!c->used)
			continue;
		c->number = field->kind == FIELD_NUMBER || field->kind == FIELD_U256;
		c->amount = field->kind == FIELD_AMOUNT;
		for (size_t row = 0; row < list->count; row++)
			measure_cell(c, &unit, &list->rows[row]->values[i]);
		grow(&c->width, c->lead + c->tail + unit);
		grow(&c->width, width_of(fm_span_of(field->label)));
	}
}

/* A text in its column, `due` blanks before it; returns the blanks due before the next one. */
static size_t put_cell(struct fm_buf *buf, const struct column *c, size_t due,
		       struct fm_span text, bool heading)
{
	size_t point = 0, end = text.len, before = 0, gap = 0, width = width_of(text);

	if (!text.len)
		return due + c->width + 2;
	if (c->number)
		before = c->width - width;
	if (c->amount && !heading) {
		find_point(&point, &end, text);
		before = c->lead - point;
		gap = end < text.len ? c->tail - (end - point) : 0;
	}
	pad(buf, due + before);
	fm_buf_add(buf, text.ptr, end);
	pad(buf, gap);
	fm_buf_add(buf, text.ptr + end, text.len - end);
	return c->width - before - gap - width + 2;
}

/** A table as it is laid out. On a terminal that is too narrow for it, a column of sentences is
 *  broken into lines of its own where there is room for them, and the columns behind the last one
 *  that fits come below their row, named. */
struct table {
	struct fm_buf *buf;
	const struct scope *const *rows;
	size_t row_count, column_count, indent;
	struct look look;
	struct column *columns;
	size_t fit;    /* columns before this one are on the row's line */
	size_t broken; /* the column of sentences; column_count: none */
	size_t below;  /* where the rest begins */
};

static bool has_sentences(const struct table *t, size_t column)
{
	return t->columns[column].words && t->rows[0]->fields[column].kind == FIELD_TEXT;
}

static void fit(struct table *t)
{
	size_t at = t->indent;

	t->broken = t->column_count;
	t->below = t->indent + FOLDED;
	for (t->fit = 0; t->fit < t->column_count; t->fit++) {
		const struct column *c = &t->columns[t->fit];
		size_t begin = at > t->indent ? at + 2 : at;

		if (!c->used)
			continue;
		/* The first one names the row. */
		if (t->look.width && at > t->indent && begin + c->width > t->look.width) {
			if (!has_sentences(t, t->fit) || begin + SENTENCE > t->look.width)
				return;
			t->broken = t->fit++;
			t->below = begin;
			return;
		}
		at = begin + c->width;
	}
}

/* One line of the table: the heading when `row` is NULL. */
static void put_line(const struct table *t, const struct scope *row)
{
	size_t at = t->indent; /* where the column begins */
	size_t due = at;       /* blanks before the next text, if one comes */
	bool bold = t->look.color && !row;

	if (bold)
		fm_buf_str(t->buf, "\033[1m");
	for (size_t i = 0; i < t->fit; i++) {
		const char *label = t->rows[0]->fields[i].label;
		const struct column *c = &t->columns[i];
		struct fm_span cell;
		struct fm_buf text;

		if (!c->used)
			continue;
		if (!row) {
			due = put_cell(t->buf, c, due, fm_span_of(label), true);
			continue;
		}
		cell = cell_text(&text, &row->values[i]);
		if (i == t->broken && cell.len) {
			struct flow f = { t->buf, t->look.width, at, at, false };

			pad(t->buf, due);
			flow_words(&f, cell);
		} else {
			due = put_cell(t->buf, c, due, cell, false);
		}
		at += c->width + 2;
		fm_buf_clear(&text);
	}
	if (bold)
		fm_buf_str(t->buf, "\033[0m");
	fm_buf_chr(t->buf, '\n');
}

/* What had no room on the row's line. */
static void put_rest(const struct table *t, const struct scope *row)
{
	struct flow f = { t->buf, t->look.width, t->below, t->below, false };

	for (size_t i = t->fit; i < t->column_count; i++) {
		struct fm_buf text;
		struct fm_span cell;

		if (!t->columns[i].used)
			continue;
		cell = cell_text(&text, &row->values[i]);
		if (cell.len && !f.open)
			pad(t->buf, t->below);
		if (cell.len)
			flow_pair(&f, row->fields[i].label, cell, t->look.color);
		fm_buf_clear(&text);
	}
	if (f.open)
		fm_buf_chr(t->buf, '\n');
}

static void put_table(struct fm_buf *buf, const struct value *list, size_t indent,
		      struct look look)
{
	struct table t = { .buf = buf, .indent = indent, .look = look };

	if (!list->count)
		return;
	t.rows = (const struct scope *const *)list->rows;
	t.row_count = list->count;
	t.column_count = list->rows[0]->count;
	t.columns = calloc(t.column_count, sizeof(*t.columns));
	if (!t.columns) {
		fm_buf_grow(buf, SIZE_MAX); /* makes the failure stick */
		return;
	}
	measure(t.columns, list);
	fit(&t);
	put_line(&t, NULL);
	for (size_t i = 0; i < t.row_count; i++) {
		put_line(&t, t.rows[i]);
		put_rest(&t, t.rows[i]);
	}
	free(t.columns);
}

/* ---- a scope ---- */

static size_t label_width(const struct scope *scope)
{
	size_t width = 0;

	for (size_t i = 0; i < scope->count; i++) {
		const struct field *field = &scope->fields[i];

		if (is_shown(field, &scope->values[i]) && is_scalar(field) &&
		    strlen(field->label) > width)
			width = strlen(field->label);
	}
	return width;
}

static void put_label(struct fm_buf *buf, const char *label, size_t indent, bool color)
{
	pad(buf, indent);
	fm_buf_fmt(buf, color ? "\033[1m%s:\033[0m" : "%s:", label);
}

/* Behind the label, in lines of its own below each other where it is longer than one. */
static void put_value(struct fm_buf *buf, const struct value *value, size_t at,
		      struct look look)
{
	struct flow f = { buf, look.width, at, at, false };
	struct fm_buf text;
	struct fm_span shown = cell_text(&text, value);

	if (look.width < at + SENTENCE || at + width_of(shown) <= look.width)
		fm_buf_add(buf, shown.ptr, shown.len);
	else
		flow_words(&f, shown);
	if (!fm_buf_ok(&text))
		fm_buf_grow(buf, SIZE_MAX);
	fm_buf_clear(&text);
	fm_buf_chr(buf, '\n');
}

static void put_scope(struct fm_buf *buf, const struct scope *scope, size_t indent,
		      struct look look)
{
	size_t width = label_width(scope);

	for (size_t i = 0; i < scope->count; i++) {
		const struct field *field = &scope->fields[i];
		const struct value *value = &scope->values[i];

		if (!is_shown(field, value))
			continue;
		if (is_scalar(field)) {
			put_label(buf, field->label, indent, look.color);
			pad(buf, width + 2 - strlen(field->label));
			put_value(buf, value, indent + width + 3, look);
			continue;
		}
		/* A list alone is a table without a title. */
		if (scope->count > 1) {
			put_label(buf, field->label, indent, look.color);
			fm_buf_chr(buf, '\n');
		}
		if (field->kind == FIELD_JSON) {
			pad(buf, indent + 2);
			report_json(buf, fm_buf_span(&value->text), indent + 2);
			fm_buf_chr(buf, '\n');
		} else if (field->kind == FIELD_OBJECT) {
			put_scope(buf, value->rows[0], indent + 2, look);
		} else {
			put_table(buf, value, scope->count > 1 ? indent + 2 : indent,
				  look);
		}
	}
}

void report_write(struct fm_buf *buf, const struct out *o, bool color, size_t width)
{
	if (o->root)
		put_scope(buf, o->root, 0, (struct look){ color, width });
}
