/* SPDX-License-Identifier: MIT */
/* Values trusted on first use. */
#include "policy/cursor.h"
#include "policy/ledger.h"

#include <fourmica/json.h>

#include <string.h>

#define PIN_MAX (48u * 1024u) /* fits into a journal record */

enum fm_code fm_pin_get(struct fm_buf *value, int64_t *at_s, bool *found,
			struct fm_ledger *ledger, const char *kind, const char *key,
			struct fm_err *err)
{
	struct fm_span stored;
	struct fm_query q;
	int64_t at_ms = 0;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_PIN_GET, err);

	*found = false;
	if (rc)
		return rc;
	fm_query_text(&q, kind);
	fm_query_text(&q, key);
	rc = fm_query_step(&q, found, err);
	if (rc || !*found)
		goto out;
	stored = fm_column_span(&q, 0);
	if (!stored.ptr || !fm_column_i64(&at_ms, &q, 1))
		rc = fm_db_damaged(ledger->db, "a pin is unreadable", err);
	else if (!fm_buf_add(value, stored.ptr, stored.len))
		rc = fm_nomem(err);
	if (at_s)
		*at_s = at_ms / 1000;
out:
	fm_query_close(&q);
	return rc;
}

static enum fm_code store(struct fm_ledger *ledger, const char *kind, const char *key,
			  struct fm_span value, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_PIN_SET, err);

	if (rc)
		return rc;
	fm_query_text(&q, kind);
	fm_query_text(&q, key);
	fm_query_span(&q, value);
	fm_query_i64(&q, ledger->now_ms);
	return fm_query_run(&q, err);
}

void fm_pin_subject(struct fm_buf *out, const char *kind, const char *key)
{
	fm_buf_init(out, 2 * PIN_MAX);
	fm_buf_fmt(out, "pin %s ", kind);
	fm_buf_str(out, key);
}

enum fm_code fm_pin_record(struct fm_ledger *ledger, const char *kind, const char *key,
			   struct fm_span value, struct fm_err *err)
{
	struct fm_buf body, id;
	struct fm_jw w;
	enum fm_code rc;

	fm_pin_subject(&id, kind, key);
	fm_buf_init(&body, 8 * PIN_MAX);
	fm_jw_init(&w, &body);
	fm_jw_object(&w);
	fm_jw_key(&w, "event");
	fm_jw_cstr(&w, "pin");
	fm_jw_key(&w, "id");
	fm_jw_cstr(&w, id.ptr);
	fm_jw_key(&w, "kind");
	fm_jw_cstr(&w, kind);
	fm_jw_key(&w, "key");
	fm_jw_cstr(&w, key);
	fm_jw_key(&w, "value");
	if (value.ptr)
		fm_jw_str(&w, value);
	else
		fm_jw_null(&w);
	fm_jw_end(&w, '}');
	rc = fm_buf_ok(&body) && fm_buf_ok(&id)
		     ? fm_journal_add(&ledger->head, ledger->db, ledger->now_ms, id.ptr,
				      fm_buf_span(&body), err)
		     : fm_nomem(err);
	fm_buf_clear(&id);
	fm_buf_clear(&body);
	return rc;
}

enum fm_code fm_pin_row_read(struct fm_pin_row *out, const struct fm_query *q,
			     struct fm_err *err)
{
	struct fm_cursor c = { .q = q };
	enum fm_code rc;

	fm_get_text(out->kind, sizeof(out->kind), &c);
	fm_get_buf(&out->key, PIN_MAX, &c);
	fm_get_buf(&out->value, PIN_MAX, &c);
	fm_get_i64(&out->at_ms, &c);
	if (!out->key.len || memchr(out->key.ptr, 0, out->key.len))
		c.bad = true;
	rc = fm_get_end(&c, "a pin is unreadable", err);
	if (rc)
		fm_pin_row_clear(out);
	return rc;
}

void fm_pin_row_clear(struct fm_pin_row *row)
{
	fm_buf_clear(&row->key);
	fm_buf_clear(&row->value);
}

static enum fm_code check_size(const struct fm_pin_change *change, struct fm_err *err)
{
	if (change->after.len <= PIN_MAX && strlen(change->key) <= PIN_MAX)
		return FM_OK;
	return fm_fail(err, FM_E_INTERNAL, "a pin of more than %u bytes", PIN_MAX);
}

static enum fm_code set(struct fm_ledger *ledger, const struct fm_pin_change *change,
			struct fm_err *err)
{
	enum fm_code rc = store(ledger, change->kind, change->key, change->after, err);

	return rc ? rc
		  : fm_pin_record(ledger, change->kind, change->key, change->after, err);
}

enum fm_code fm_pin_set(struct fm_ledger *ledger, const char *kind, const char *key,
			struct fm_span value, struct fm_err *err)
{
	const struct fm_pin_change change = { .kind = kind, .key = key, .after = value };
	enum fm_code rc = check_size(&change, err);

	if (!rc)
		rc = fm_ledger_begin(ledger, true, err);
	if (rc)
		return rc;
	rc = set(ledger, &change, err);
	return fm_ledger_end(ledger, rc, err);
}

/** Is the pin still what it was when the change was thought out? */
static enum fm_code is_before(bool *out, struct fm_ledger *ledger,
			      const struct fm_pin_change *change, struct fm_err *err)
{
	struct fm_buf value;
	bool found = false;
	enum fm_code rc;

	fm_buf_init(&value, PIN_MAX);
	rc = fm_pin_get(&value, NULL, &found, ledger, change->kind, change->key, err);
	*out = found == (change->before.ptr != NULL) &&
	       (!found || (value.len == change->before.len &&
			   memcmp(value.ptr, change->before.ptr, value.len) == 0));
	fm_buf_clear(&value);
	return rc;
}

enum fm_code fm_pin_change(bool *done, struct fm_ledger *ledger,
			   const struct fm_pin_change *changes, size_t count,
			   struct fm_err *err)
{
	bool same = true;
	enum fm_code rc = FM_OK;

	*done = false;
	for (size_t i = 0; i < count && !rc; i++)
		rc = check_size(&changes[i], err);
	if (!rc)
		rc = fm_ledger_begin(ledger, true, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < count && !rc && same; i++)
		rc = is_before(&same, ledger, &changes[i], err);
	for (size_t i = 0; i < count && !rc && same; i++)
		rc = set(ledger, &changes[i], err);
	rc = fm_ledger_end(ledger, rc, err);
	*done = !rc && same;
	return rc;
}
