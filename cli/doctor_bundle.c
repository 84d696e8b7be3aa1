/* SPDX-License-Identifier: MIT */
/* The report a person sends to support: what is public about a failure, and nothing else. */
#include "doctor.h"

#include "sys.h"

#include <string.h>

#define REPORT_MOST (1u << 20)
#define WORDS_MOST 4096
#define RUN_MOST 42 /* an address: what is longer could be a key, a token or a header */

/* ---- words of others ---- */

static bool is_key_like(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '+' || c == '/' || c == '=' || c == '_' ||
	       c == '-';
}

/** Bytes of what looks like one word of a key, token or header. A path is none: its pieces are. */
static size_t run_of(struct fm_span text, size_t at)
{
	size_t len = 0;

	while (at + len < text.len && is_key_like(text.ptr[at + len]))
		len++;
	return len;
}

static const char url_ends[] = " \t\n\"'<>,;)";

/** Bytes of a URL's query; 0: none begins here. */
static size_t query_at(struct fm_span text, size_t at)
{
	size_t len = 0;

	if (text.ptr[at] != '?')
		return 0;
	while (at + len < text.len && !strchr(url_ends, text.ptr[at + len]))
		len++;
	return len > 1 ? len : 0;
}

/** Bytes of "//" and of the user and password behind it; 0: there are none. */
static size_t user_at(struct fm_span text, size_t at)
{
	size_t sign = 0;

	if (text.len - at < 3 || memcmp(text.ptr + at, "//", 2) != 0)
		return 0;
	for (size_t i = at + 2;
	     i < text.len && !strchr(url_ends, text.ptr[i]) && text.ptr[i] != '/'; i++)
		if (text.ptr[i] == '@')
			sign = i - at;
	return sign;
}

/** Bytes of the home directory's name, which often is a person's. */
static size_t home_at(struct fm_span text, size_t at)
{
	const char *home = sys_env("HOME");
	size_t len = home ? strlen(home) : 0;

	return len > 1 && text.len - at >= len && memcmp(text.ptr + at, home, len) == 0
		       ? len
		       : 0;
}

/** Append `text` without what may be secret in it. */
static void redact(struct fm_buf *out, const char *words)
{
	struct fm_span text = fm_span_of(words);

	for (size_t at = 0; at < text.len;) {
		size_t query = query_at(text, at), user = user_at(text, at),
		       home = home_at(text, at), run = run_of(text, at);

		if (home) {
			fm_buf_chr(out, '~');
			at += home;
		} else if (query) {
			fm_buf_str(out, "?[cut]");
			at += query;
		} else if (user) {
			fm_buf_str(out, "//[cut]");
			at += user;
		} else if (run > RUN_MOST) {
			fm_buf_fmt(out, "[%zu characters cut]", run);
			at += run;
		} else {
			fm_buf_add(out, text.ptr + at, run ? run : 1);
			at += run ? run : 1;
		}
	}
}

static void put_words(struct fm_jw *w, const char *name, const char *words)
{
	struct fm_buf text;

	fm_buf_init(&text, WORDS_MOST * 4);
	if (words && *words)
		redact(&text, words);
	fm_jw_named_str(w, name, fm_buf_ok(&text) && text.len ? text.ptr : NULL);
	fm_buf_clear(&text);
}

static void put_time(struct fm_jw *w, const char *name, int64_t unix_s)
{
	char text[FM_TIME_TEXT];

	fm_time_text(text, unix_s);
	fm_jw_named_str(w, name, unix_s > 0 ? text : NULL);
}

static void put_amount(struct fm_jw *w, const char *name, const struct fm_u256 *base,
		       const struct fm_asset *asset)
{
	struct fm_amount amount = fm_amount_of(base, asset);
	char text[FM_AMOUNT_TEXT];

	fm_amount_text(text, &amount);
	fm_jw_named_str(w, name, text);
}

/* ---- parts ---- */

static void put_network(struct fm_jw *w, const struct doctor *d)
{
	char caip2[FM_CAIP2_TEXT];

	if (!d->network)
		return;
	fm_caip2_text(caip2, d->network->chain_id);
	fm_jw_named_str(w, "network", caip2);
	fm_jw_named_str(w, "network_name", d->network->name);
	if (d->has_wallet)
		fm_jw_named_addr(w, "wallet", &d->app->wallet.address);
	if (d->facts && d->facts->has_vault)
		fm_jw_named_addr(w, "vault", &d->facts->vault);
	fm_jw_named_str(w, "core",
			d->facts && d->facts->core.asked ? d->facts->core.name : NULL);
	fm_jw_named_str(w, "facilitator", d->facilitator ? d->facilitator->name : NULL);
}

static void put_assets(struct fm_jw *w, const struct doctor *d)
{
	fm_jw_key(w, "assets");
	fm_jw_array(w);
	for (size_t i = 0; d->facts && i < d->facts->position.count; i++) {
		const struct fm_holding *h = &d->facts->position.holdings[i];

		if (h->broken || fm_u256_is_zero(&h->withdrawable))
			continue;
		fm_jw_object(w);
		fm_jw_named_str(w, "symbol", h->asset.symbol);
		fm_jw_named_addr(w, "address", &h->asset.address);
		put_amount(w, "in_vault", &h->withdrawable, &h->asset);
		put_amount(w, "free", &h->free, &h->asset);
		fm_jw_end(w, '}');
	}
	fm_jw_end(w, ']');
}

static void put_checks(struct fm_jw *w, const struct doctor *d)
{
	fm_jw_key(w, "checks");
	fm_jw_array(w);
	for (size_t i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		fm_jw_object(w);
		fm_jw_named_str(w, "name", f->name);
		fm_jw_named_str(w, "result", outcome_word(f->outcome));
		put_words(w, "text", f->text);
		put_words(w, "hint", f->hint);
		fm_jw_key(w, "exit");
		fm_jw_u64(w, (uint64_t)fm_code_info(f->code)->exit_status);
		fm_jw_end(w, '}');
	}
	fm_jw_end(w, ']');
}

static void put_open(struct fm_jw *w, struct doctor *d)
{
	struct fm_tx_row *rows = NULL;
	struct fm_err ignored;
	size_t count = 0;

	fm_err_init(&ignored);
	fm_jw_key(w, "open_transactions");
	fm_jw_array(w);
	if (d->book && d->has_wallet &&
	    fm_ledger_tx_open(&rows, &count, d->book, &d->app->wallet.address,
			      d->network->chain_id, &ignored))
		count = 0;
	for (size_t i = 0; i < count; i++) {
		fm_jw_object(w);
		fm_jw_named_hash(w, "hash", &rows[i].hash);
		fm_jw_named_str(w, "purpose", rows[i].purpose);
		fm_jw_key(w, "nonce");
		fm_jw_u64(w, rows[i].nonce);
		put_time(w, "signed_at", rows[i].created_ms / 1000);
		fm_jw_end(w, '}');
	}
	fm_jw_end(w, ']');
	fm_tx_rows_free(&rows, count);
}

/* ---- the payment ---- */

static void put_terms(struct fm_jw *w, const struct app *app, const struct fm_payment *p)
{
	const struct fm_asset *known = app_asset(app, p->chain_id, &p->asset);
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, p->chain_id);
	fm_jw_named_str(w, "scheme", p->scheme);
	fm_jw_named_str(w, "network", caip2);
	fm_jw_named_addr(w, "asset", &p->asset);
	fm_jw_named_u256(w, "amount_base_units", &p->amount);
	if (known)
		put_amount(w, "amount", &p->amount, known);
	fm_jw_named_addr(w, "payer", &p->payer);
	fm_jw_named_addr(w, "pay_to", &p->pay_to);
}

static void put_payment(struct fm_jw *w, const struct app *app,
			const struct fm_payment *p)
{
	fm_jw_object(w);
	fm_jw_named_str(w, "id", p->id);
	fm_jw_named_str(w, "method", p->method);
	fm_jw_named_str(w, "origin", p->origin);
	fm_jw_named_str(w, "route", p->route);
	put_terms(w, app, p);
	fm_jw_named_u256(w, "request_id", &p->req_id);
	fm_jw_named_hash(w, "identity", &p->identity);
	fm_jw_named_str(w, "cycle", p->cycle_hint[0] ? p->cycle_hint : NULL);
	fm_jw_named_str(w, "state", fm_pay_state_word(p->state));
	fm_jw_named_str(w, "evidence", p->evidence[0] ? p->evidence : NULL);
	fm_jw_named_str(w, "error_code", p->error_code[0] ? p->error_code : NULL);
	put_words(w, "error", p->reason);
	fm_jw_key(w, "http_status");
	fm_jw_u64(w, p->http_status > 0 ? (uint64_t)p->http_status : 0);
	put_time(w, "reserved_at", p->created_ms / 1000);
	put_time(w, "signed_at", p->signed_ms / 1000);
	put_time(w, "sent_at", p->sent_ms / 1000);
	put_time(w, "ended_at", p->ended_ms / 1000);
	fm_jw_end(w, '}');
}

/** What should have come of it, and what did. */
static void put_expected(struct fm_jw *w, const struct doctor *d,
			 const struct fm_payment *p)
{
	const struct finding *first = NULL;

	for (size_t i = 0; i < d->count && !first; i++)
		if (d->findings[i].outcome == OUTCOME_FAIL)
			first = &d->findings[i];
	fm_jw_named_str(w, "expected",
			p ? "the payment is accepted, and proof of it comes"
			  : "every check is ok");
	if (p)
		fm_jw_named_str(w, "actual",
				p->error_code[0] ? p->error_code
						 : fm_pay_state_word(p->state));
	else
		put_words(w, "actual", first ? first->text : "every check is ok");
}

static enum fm_code find_payment(struct fm_payment *p, struct doctor *d,
				 struct fm_err *err)
{
	bool found = false;
	enum fm_code rc = FM_OK;

	if (d->ledger.code || !d->app->client)
		return fm_fail(err, FM_E_LEDGER, "--payment: the ledger cannot be read");
	rc = fm_client_ledger(&d->book, d->app->client, false, err);
	if (!rc && d->book)
		rc = fm_ledger_find(p, &found, d->book, d->args->payment, err);
	if (rc || found)
		return rc;
	return fm_fail(err, FM_E_USAGE, "--payment: the ledger has no payment '%.80s'",
		       d->args->payment);
}

static void put_report(struct fm_jw *w, struct doctor *d, const struct fm_payment *p)
{
	fm_jw_object(w);
	fm_jw_named_str(w, "schema", "fourmica.report/1");
	fm_jw_named_str(w, "program", "fourmica " FM_VERSION);
	fm_jw_named_str(w, "role", "buyer");
	put_time(w, "time", fm_wall_s(&fm_system_clock));
	put_network(w, d);
	put_expected(w, d, p);
	fm_jw_key(w, "payment");
	if (p)
		put_payment(w, d->app, p);
	else
		fm_jw_null(w);
	put_assets(w, d);
	put_open(w, d);
	put_checks(w, d);
	fm_jw_end(w, '}');
}

enum fm_code doctor_bundle(struct doctor *d, struct fm_err *err)
{
	struct fm_payment payment = { .header = NULL };
	struct fm_buf text;
	struct fm_jw w;
	enum fm_code rc = FM_OK;

	fm_buf_init(&text, REPORT_MOST);
	fm_jw_init(&w, &text);
	if (d->args->payment)
		rc = find_payment(&payment, d, err);
	if (rc)
		goto out;
	put_report(&w, d, d->args->payment ? &payment : NULL);
	fm_buf_chr(&text, '\n');
	rc = fm_buf_ok(&text) ? fm_file_write(d->args->bundle, fm_buf_span(&text),
					      FM_FILE_CREATE, err)
			      : fm_nomem(err);
	if (rc)
		goto out;
	out_text(d->app->out, "bundle", d->args->bundle);
	out_note(d->app->out, "Read the report before you send it: it names wallets, "
			      "sellers and amounts.");
out:
	fm_payment_clear(&payment);
	fm_buf_clear(&text);
	return rc;
}
