/* SPDX-License-Identifier: MIT */
#include "policy/cursor.h"

#include <stdlib.h>
#include <string.h>

void fm_get_i64(int64_t *out, struct fm_cursor *c)
{
	if (!fm_column_i64(out, c->q, c->column++))
		c->bad = true;
}

void fm_get_text(char *out, size_t size, struct fm_cursor *c)
{
	if (!fm_column_text(out, size, c->q, c->column++))
		c->bad = true;
}

void fm_get_copy(char **out, struct fm_cursor *c)
{
	struct fm_span text = fm_column_span(c->q, c->column++);

	*out = NULL;
	if (!text.ptr)
		return;
	*out = malloc(text.len + 1);
	if (!*out) {
		c->no_memory = true;
		return;
	}
	memcpy(*out, text.ptr, text.len);
	(*out)[text.len] = '\0';
}

void fm_get_blob(void *out, size_t len, struct fm_cursor *c)
{
	if (!fm_column_blob(out, len, c->q, c->column++))
		c->bad = true;
}

void fm_get_hash(struct fm_hash *out, struct fm_cursor *c)
{
	if (!fm_column_null(c->q, c->column))
		fm_get_blob(out->b, sizeof(out->b), c);
	else
		c->column++;
}

void fm_get_u256(struct fm_u256 *out, struct fm_cursor *c)
{
	struct fm_hash bytes = { { 0 } };

	fm_get_hash(&bytes, c);
	*out = fm_u256_from_be(bytes.b);
}

void fm_get_u64(uint64_t *out, struct fm_cursor *c)
{
	int64_t value = 0;

	fm_get_i64(&value, c);
	*out = (uint64_t)value;
}

void fm_get_enum(int *out, int most, struct fm_cursor *c)
{
	int64_t value = -1;

	fm_get_i64(&value, c);
	if (value < 0 || value > most)
		c->bad = true;
	else
		*out = (int)value;
}

void fm_get_buf(struct fm_buf *out, size_t most, struct fm_cursor *c)
{
	struct fm_span bytes = fm_column_span(c->q, c->column++);

	fm_buf_init(out, most);
	if (!bytes.ptr || bytes.len > most)
		c->bad = true;
	else if (!fm_buf_add(out, bytes.ptr, bytes.len))
		c->no_memory = true;
}

enum fm_code fm_get_end(const struct fm_cursor *c, const char *damage, struct fm_err *err)
{
	if (c->no_memory)
		return fm_nomem(err);
	return c->bad ? fm_db_damaged(c->q->db, damage, err) : FM_OK;
}
