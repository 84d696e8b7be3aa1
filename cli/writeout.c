/* SPDX-License-Identifier: MIT */
#include "writeout.h"

#include <stdio.h>
#include <string.h>

#define FORMAT_MAX 65536u
#define OUTPUT_MAX (1024u * 1024u)

struct variable {
	const char *name;
	void (*put)(struct fm_buf *out, const struct fm_paid *paid);
};

static void put_http_code(struct fm_buf *out, const struct fm_paid *paid)
{
	fm_buf_fmt(out, "%03d", paid->http_status);
}

static void put_size(struct fm_buf *out, const struct fm_paid *paid)
{
	fm_buf_fmt(out, "%llu", (unsigned long long)paid->body_bytes);
}

static void put_url(struct fm_buf *out, const struct fm_paid *paid)
{
	fm_buf_str(out, paid->url);
}

static void put_content_type(struct fm_buf *out, const struct fm_paid *paid)
{
	struct fm_span value;

	if (fm_head_get(&value, fm_buf_span(&paid->head), "Content-Type"))
		fm_text_escape(out, value,
			       value.len); /* the one text of the server's here */
}

static void put_status(struct fm_buf *out, const struct fm_paid *paid)
{
	fm_buf_str(out, paid->status);
}

static void put_payment_id(struct fm_buf *out, const struct fm_paid *paid)
{
	fm_buf_str(out, paid->authority.payment.id);
}

static void put_amount(struct fm_buf *out, const struct fm_paid *paid)
{
	char text[FM_U256_DEC];

	fm_u256_dec(text, &paid->authority.payment.amount);
	fm_buf_str(out, paid->authority.payment.id[0] ? text : "0");
}

static void put_scheme(struct fm_buf *out, const struct fm_paid *paid)
{
	fm_buf_str(out, paid->authority.payment.scheme);
}

static void put_evidence(struct fm_buf *out, const struct fm_paid *paid)
{
	fm_buf_str(out, paid->evidence);
}

static const struct variable variables[] = {
	{"http_code",      put_http_code   },
	{ "response_code", put_http_code	 },
	{ "size_download", put_size	    },
	{ "url_effective", put_url	   },
	{ "content_type",  put_content_type},
	{ "status",	    put_status      },
	{ "payment_id",	put_payment_id  },
	{ "amount",	    put_amount      },
	{ "scheme",	    put_scheme      },
	{ "evidence",      put_evidence	   },
};

static void put_variable(struct app *app, struct fm_buf *out, const char *name,
			 size_t len, const struct fm_paid *paid)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (strlen(variables[i].name) == len &&
		    !memcmp(variables[i].name, name, len)) {
			variables[i].put(out, paid);
			return;
		}
	out_warn(app->out, "unknown --write-out variable '%.*s'",
		 (int)(len < 64 ? len : 64), name);
}

static char escape_of(char c)
{
	return c == 'n'	   ? '\n'
	       : c == 'r'  ? '\r'
	       : c == 't'  ? '\t'
	       : c == '\\' ? '\\'
			   : '\0';
}

static void expand(struct app *app, struct fm_buf *out, const char *f,
		   const struct fm_paid *paid)
{
	while (*f) {
		const char *end = f[0] == '%' && f[1] == '{' ? strchr(f, '}') : NULL;
		if (end) {
			put_variable(app, out, f + 2, (size_t)(end - f) - 2, paid);
			f = end + 1;
		} else if (f[0] == '%' && f[1] == '%') {
			fm_buf_chr(out, '%');
			f += 2;
		} else if (f[0] == '\\' && escape_of(f[1])) {
			fm_buf_chr(out, escape_of(f[1]));
			f += 2;
		} else {
			fm_buf_chr(out, *f++);
		}
	}
}

enum fm_code writeout(struct app *app, const char *format, const struct fm_paid *paid,
		      struct fm_err *err)
{
	struct fm_buf file, text;
	enum fm_code rc = FM_OK;

	fm_buf_init(&file, FORMAT_MAX);
	fm_buf_init(&text, OUTPUT_MAX);
	if (format[0] == '@')
		rc = app_read_file(&file, format + 1, err);
	if (!rc) {
		expand(app, &text,
		       format[0] != '@' ? format
		       : file.ptr	? file.ptr
					: "",
		       paid);
		if (!fm_buf_ok(&text))
			rc = fm_nomem(err);
		else if (text.len && !out_raw(app->out, text.ptr, text.len))
			rc = fm_fail(err, FM_E_IO, "cannot write standard output");
	}
	fm_buf_clear(&file);
	fm_buf_clear(&text);
	return rc;
}
