/* SPDX-License-Identifier: MIT */
/* The document of --json: one envelope, `data` with every declared field every time. */
#include "tree.h"

#include <string.h>

static void put_scope(struct fm_jw *w, const struct scope *scope);

static void put_value(struct fm_jw *w, const struct field *field,
		      const struct value *value)
{
	if (field->kind == FIELD_LIST) {
		fm_jw_array(w);
		for (size_t i = 0; i < value->count; i++)
			put_scope(w, value->rows[i]);
		fm_jw_end(w, ']');
	} else if (!value->set) {
		fm_jw_null(w);
	} else if (field->kind == FIELD_OBJECT) {
		put_scope(w, value->rows[0]);
	} else {
		fm_jw_raw(w, fm_buf_span(&value->json));
	}
}

void document_members(struct fm_jw *w, const struct scope *scope)
{
	for (size_t i = 0; scope && i < scope->count; i++) {
		fm_jw_key(w, scope->fields[i].name);
		put_value(w, &scope->fields[i], &scope->values[i]);
	}
}

static void put_scope(struct fm_jw *w, const struct scope *scope)
{
	fm_jw_object(w);
	document_members(w, scope);
	fm_jw_end(w, '}');
}

static const char *spent_word(enum fm_spent spent)
{
	switch (spent) {
	case FM_SPENT_NO:
		return "no";
	case FM_SPENT_MAYBE:
		return "maybe";
	case FM_SPENT_YES:
		return "yes";
	}
	return "maybe";
}

static void put_text(struct fm_jw *w, const char *name, const char *text)
{
	fm_jw_key(w, name);
	fm_jw_cstr(w, text[0] ? text : NULL);
}

static void put_error(struct fm_jw *w, enum fm_code rc, const struct fm_err *err)
{
	const struct fm_code_info *info = fm_code_info(rc);

	fm_jw_object(w);
	put_text(w, "code", info->word);
	put_text(w, "category", fm_err_cause(rc, err));
	put_text(w, "message", err->msg[0] ? err->msg : info->text);
	put_text(w, "rule", err->rule);
	put_text(w, "hint", err->hint);
	fm_jw_key(w, "retryable");
	fm_jw_bool(w, info->retryable);
	put_text(w, "spent", spent_word(err->spent));
	put_text(w, "seller_reason", err->seller_reason);
	put_text(w, "cause_code", err->cause);
	fm_jw_end(w, '}');
}

/* The buyer words of the user documents; the detail is in error.code. */
const char *status_word(enum fm_code rc)
{
	const struct fm_code_info *info = fm_code_info(rc);

	if (info->exit_status == fm_code_info(FM_E_PAYMENT)->exit_status &&
	    rc != FM_E_REFUSED_COLLATERAL)
		return fm_code_info(FM_E_PAYMENT)->word;
	return info->word;
}

static void put_schema(struct fm_jw *w, const struct out *o)
{
	char schema[sizeof(o->name) + 16];
	size_t len = strlen(o->name);

	memcpy(schema, "fourmica.", 9);
	memcpy(schema + 9, o->name, len);
	/* A line that names no command has no more than the program's own name. */
	memcpy(schema + (len ? 9 + len : 8), "/1", 3);
	fm_jw_key(w, "schema");
	fm_jw_cstr(w, schema);
}

void out_document(struct out *o, struct fm_buf *buf, enum fm_code rc,
		  const struct fm_err *err)
{
	document_write(buf, o, rc, err);
}

void document_write(struct fm_buf *buf, const struct out *o, enum fm_code rc,
		    const struct fm_err *err)
{
	struct fm_jw w;

	fm_jw_init(&w, buf);
	fm_jw_object(&w);
	put_schema(&w, o);
	fm_jw_key(&w, "ok");
	fm_jw_bool(&w, rc == FM_OK);
	fm_jw_key(&w, "status");
	fm_jw_cstr(&w, o->status[0] ? o->status : status_word(rc));
	fm_jw_key(&w, "exit");
	fm_jw_i64(&w, fm_code_info(rc)->exit_status);
	fm_jw_key(&w, "data");
	put_scope(&w, o->root);
	fm_jw_key(&w, "error");
	if (rc)
		put_error(&w, rc, err);
	else
		fm_jw_null(&w);
	fm_jw_key(&w, "warnings");
	fm_jw_array(&w);
	if (o->warnings.len)
		fm_jw_raw(&w, fm_buf_span(&o->warnings));
	fm_jw_end(&w, ']');
	fm_jw_end(&w, '}');
	fm_buf_chr(buf, '\n');
}
