/* SPDX-License-Identifier: MIT */
#include "vectors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)16 << 20)

/* Texts handed to a case, freed behind it. */
struct text {
	struct text *next;
	size_t len;
	char bytes[];
};

static void free_texts(struct vectors *v)
{
	while (v->texts) {
		struct text *text = v->texts;

		v->texts = text->next;
		free(text);
	}
}

struct fm_span vector_keep(struct vectors *v, const void *bytes, size_t len)
{
	struct text *text = malloc(sizeof(*text) + len + 1);

	if (!text)
		abort();
	if (len)
		memcpy(text->bytes, bytes, len);
	text->bytes[len] = '\0';
	text->len = len;
	text->next = v->texts;
	v->texts = text;
	return (struct fm_span){ text->bytes, len };
}

const struct fm_json *vector_get(const struct fm_json *c, const char *path)
{
	char name[128];

	while (c && *path) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		c = fm_json_get(c, name);
		path += len + (path[len] == '.');
	}
	return c;
}

struct fm_span vector_str(struct vectors *v, const struct fm_json *c, const char *path)
{
	const struct fm_json *node = vector_get(c, path);
	struct fm_span span = { NULL, 0 };
	struct fm_buf buf;

	if (!node || node->type != FM_JSON_STRING)
		return span;
	fm_buf_init(&buf, node->src.len);
	if (fm_json_str(&buf, node))
		span = vector_keep(v, buf.ptr, buf.len);
	fm_buf_clear(&buf);
	return span;
}

struct fm_span vector_need(struct vectors *v, const struct fm_json *c, const char *path)
{
	struct fm_span span = vector_str(v, c, path);

	if (!span.ptr) {
		vector_fail(v, "the case has no text '%s'", path);
		span = vector_keep(v, "", 0);
	}
	return span;
}

struct fm_span vector_hex(struct vectors *v, const struct fm_json *c, const char *path)
{
	struct fm_span hex = fm_hex_strip(vector_need(v, c, path));
	struct fm_span bytes = vector_keep(v, hex.ptr, hex.len / 2);

	/* The copy is only room of the right size. */
	if (!fm_hex_read(((struct text *)v->texts)->bytes, hex.len / 2, hex))
		vector_fail(v, "'%s' is not hex", path);
	return bytes;
}

bool vector_is(const struct fm_json *c, const char *path, const char *text)
{
	return fm_json_is(vector_get(c, path), text);
}

bool vector_accepts(const struct fm_json *c)
{
	return !fm_json_get(c, "expect") || vector_is(c, "expect", "accept");
}

static void complain(struct vectors *v, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

static void complain(struct vectors *v, const char *fmt, va_list args)
{
	fprintf(stderr, "%s: %s[%zu]: ", v->file, v->list, v->index);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

bool vector_fail(struct vectors *v, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(v, fmt, args);
	va_end(args);
	return false;
}

bool expect(struct vectors *v, bool holds, const char *fmt, ...)
{
	va_list args;

	if (holds)
		return true;
	va_start(args, fmt);
	complain(v, fmt, args);
	va_end(args);
	return false;
}

bool expect_str(struct vectors *v, const struct fm_json *c, const char *path,
		const char *got)
{
	struct fm_span want = vector_need(v, c, path);

	return expect(v, fm_span_is(want, got), "%s: got '%s', want '%s'", path, got,
		      want.ptr);
}

static bool read_file(struct fm_buf *out, const char *path)
{
	char part[65536];
	FILE *file = fopen(path, "rb");
	size_t len;

	if (!file)
		return false;
	fm_buf_init(out, FILE_MAX);
	while ((len = fread(part, 1, sizeof(part), file)) > 0)
		fm_buf_add(out, part, len);
	if (ferror(file) || !fm_buf_ok(out)) {
		fprintf(stderr, "%s: cannot be read\n", path);
		fm_buf_clear(out);
	}
	fclose(file);
	return true;
}

static void run_case(struct vectors *v, vector_check *check, const struct fm_json *c)
{
	if (check(v, c))
		v->passed++;
	else
		v->failed++;
	free_texts(v);
}

static void run_list(struct vectors *v, const struct vector_list *list)
{
	const struct fm_json *cases = vector_get(v->root, list->list), *at;

	v->list = list->list;
	v->index = 0;
	if (!*list->list) {
		run_case(v, list->check, cases);
		return;
	}
	for (at = fm_json_first(cases); at; at = fm_json_next(cases, at)) {
		if (cases->type == FM_JSON_OBJECT)
			at++;
		run_case(v, list->check, at);
		v->index++;
	}
}

/* All lists of one file; *next is set behind them. Returns false when anything failed. */
static bool run_file(const char *dir, const struct vector_list *lists,
		     const struct vector_list **next)
{
	struct vectors v = { .file = lists->file };
	struct fm_json *doc = NULL;
	struct fm_err err;
	struct fm_buf text;
	char path[4096];
	bool there;

	fm_err_init(&err);
	snprintf(path, sizeof(path), "%s/%s", dir, lists->file);
	there = read_file(&text, path);
	if (there && fm_json_parse(&doc, fm_buf_span(&text), false, &err))
		fprintf(stderr, "%s: %s\n", path, err.msg);
	v.root = doc;
	for (*next = lists; (*next)->file && strcmp((*next)->file, v.file) == 0; ++*next)
		if (doc)
			run_list(&v, *next);
	fm_json_free(&doc);
	if (!there) {
		printf("%s: absent\n", v.file);
		return true;
	}
	fm_buf_clear(&text);
	printf("%s: %u passed, %u failed, %u cases\n", v.file, v.passed, v.failed,
	       v.passed + v.failed);
	return v.passed && !v.failed;
}

int vectors_run(int argc, char **argv, const struct vector_list *lists)
{
	const char *dir = argc > 1 ? argv[1] : "tests/vectors";
	bool good = true;

	while (lists->file)
		if (!run_file(dir, lists, &lists))
			good = false;
	return good ? 0 : 1;
}
