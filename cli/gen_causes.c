/* SPDX-License-Identifier: MIT */
/* The failure table inside a page that is written by hand. */
#include "gen.h"

#include <fourmica/cause.h>

#include <string.h>

#define BEGIN ".\\\" The failure table: made by fourmica-gen, do not edit.\n"
#define END ".\\\" End of the failure table.\n"

static const char *const causes[] = { "network",   "collateral", "policy",	"seller",
				      "signature", "request_id", "facilitator", "local" };

static void put_row(struct fm_buf *out, const struct fm_cause *row)
{
	fm_buf_str(out, ".It Li ");
	mdoc_word(out, row->code, strlen(row->code));
	fm_buf_chr(out, '\n');
	mdoc_sentence(out, row->meaning);
	mdoc_sentence(out, row->remedy);
}

static bool seen_before(const struct fm_cause *row, size_t index)
{
	struct fm_cause other;

	for (size_t i = 0; i < index && fm_cause_at(&other, i); i++)
		if (strcmp(other.code, row->code) == 0)
			return true;
	return false;
}

static void put_cause(struct fm_buf *out, const char *cause)
{
	struct fm_cause row;

	fm_buf_fmt(out, ".Ss Cause: %s\n.Bl -tag -width Ds -compact\n", cause);
	for (size_t i = 0; fm_cause_at(&row, i); i++)
		if (strcmp(row.cause, cause) == 0 && !seen_before(&row, i))
			put_row(out, &row);
	fm_buf_str(out, ".El\n");
}

static const char *find(struct fm_span page, const char *mark)
{
	size_t len = strlen(mark);

	for (size_t i = 0; i + len <= page.len; i++)
		if (memcmp(page.ptr + i, mark, len) == 0)
			return page.ptr + i;
	return NULL;
}

bool gen_causes(struct fm_buf *out, struct fm_span page)
{
	const char *begin = find(page, BEGIN), *end = find(page, END);

	if (!begin || !end || end < begin)
		return false;
	begin += strlen(BEGIN);
	fm_buf_add(out, page.ptr, (size_t)(begin - page.ptr));
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		put_cause(out, causes[i]);
	return fm_buf_add(out, end, page.len - (size_t)(end - page.ptr));
}
