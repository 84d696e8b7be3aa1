/* SPDX-License-Identifier: MIT */
/** Reading the columns of a row one after another; what is wrong is told once, at the end. */
#ifndef FOURMICA_POLICY_CURSOR_H
#define FOURMICA_POLICY_CURSOR_H

#include "policy/db.h"

struct fm_cursor {
	const struct fm_query *q;
	int column;
	bool bad, no_memory;
};

void fm_get_i64(int64_t *out, struct fm_cursor *c);
/** Stored as the signed number of the same bits. */
void fm_get_u64(uint64_t *out, struct fm_cursor *c);
/** 0 ... most. */
void fm_get_enum(int *out, int most, struct fm_cursor *c);
/** NULL is "". */
void fm_get_text(char *out, size_t size, struct fm_cursor *c);
/** A copy the caller frees; NULL is NULL. */
void fm_get_copy(char **out, struct fm_cursor *c);
void fm_get_blob(void *out, size_t len, struct fm_cursor *c);
/** NULL is zero. */
void fm_get_hash(struct fm_hash *out, struct fm_cursor *c);
void fm_get_u256(struct fm_u256 *out, struct fm_cursor *c);
/** Of any length up to `most`. Owner: fm_buf_clear, also after a failure. */
void fm_get_buf(struct fm_buf *out, size_t most, struct fm_cursor *c);
/** FM_E_LEDGER with `damage` when a column was wrong. */
enum fm_code fm_get_end(const struct fm_cursor *c, const char *damage,
			struct fm_err *err) FM_MUST_USE;

#endif
