/* SPDX-License-Identifier: MIT */
/** fourmica.quote/1: terms somebody looked at, kept so that exactly these are paid later.
 *
 *  The challenge is kept whole (base64 of its JSON), because the second envelope echoes more
 *  of it than the offer. The hash covers every member that decides anything, in the order in
 *  which digest() takes them; the members shown for people follow from those. */
#include "client/internal.h"

#include <stdio.h>
#include <string.h>

#define QUOTE_SCHEMA "fourmica.quote/1"
#define NO_WINDOW_S 300 /* design, Decision 13: 5 min when the seller names no window */

void fm_quote_file_init(struct fm_quote_file *file)
{
	memset(file, 0, sizeof(*file));
	fm_buf_init(&file->challenge, FM_X402_BODY_MAX);
}

void fm_quote_file_clear(struct fm_quote_file *file)
{
	fm_buf_clear(&file->challenge);
	fm_quote_file_init(file);
}

static void digest(struct fm_hash *out, const struct fm_quote_file *f)
{
	struct fm_sha256 sha;
	struct fm_hash part;
	uint8_t word[32];
	uint64_t numbers[4] = { (uint64_t)f->source, f->terms.chain_id,
				(uint64_t)f->time_s, (uint64_t)f->deadline_s };

	fm_sha256_init(&sha);
	fm_sha256_add(&sha, QUOTE_SCHEMA, sizeof(QUOTE_SCHEMA));
	fm_sha256_add(&sha, f->method, strlen(f->method) + 1);
	fm_sha256_add(&sha, f->url, strlen(f->url) + 1);
	fm_sha256_add(&sha, f->body_hash.b, sizeof(f->body_hash.b));
	fm_sha256(&part, f->challenge.ptr, f->challenge.len);
	fm_sha256_add(&sha, part.b, sizeof(part.b));
	fm_sha256_add(&sha, f->terms.scheme, strlen(f->terms.scheme) + 1);
	fm_u256_to_be(word, &f->terms.amount);
	fm_sha256_add(&sha, word, sizeof(word));
	fm_sha256_add(&sha, f->terms.asset.b, sizeof(f->terms.asset.b));
	fm_sha256_add(&sha, f->terms.pay_to.b, sizeof(f->terms.pay_to.b));
	for (size_t i = 0; i < 4; i++) {
		struct fm_u256 n = fm_u256_from_u64(numbers[i]);
		fm_u256_to_be(word, &n);
		fm_sha256_add(&sha, word, sizeof(word));
	}
	fm_sha256_end(out, &sha);
}

static void put_file(struct fm_buf *out, const struct fm_quote_file *f)
{
	char caip2[FM_CAIP2_TEXT];
	struct fm_buf b64;
	struct fm_jw w;

	fm_caip2_text(caip2, f->terms.chain_id);
	fm_buf_init(&b64, 2 * FM_X402_BODY_MAX);
	fm_base64_write(&b64, f->challenge.ptr, f->challenge.len);
	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_named_str(&w, "schema", QUOTE_SCHEMA);
	fm_jw_named_str(&w, "method", f->method);
	fm_jw_named_str(&w, "url", f->url);
	fm_jw_named_hash(&w, "body_sha256", &f->body_hash);
	fm_jw_named_str(&w, "source", f->source == FM_SOURCE_HEADER ? "header" : "body");
	fm_jw_key(&w, "challenge");
	fm_jw_str(&w, fm_buf_span(&b64));
	fm_jw_named_str(&w, "scheme", f->terms.scheme);
	fm_jw_named_str(&w, "network", caip2);
	fm_jw_named_u256(&w, "amount", &f->terms.amount);
	fm_jw_named_addr(&w, "asset", &f->terms.asset);
	fm_jw_named_addr(&w, "pay_to", &f->terms.pay_to);
	fm_jw_key(&w, "time");
	fm_jw_i64(&w, f->time_s);
	fm_jw_key(&w, "deadline");
	fm_jw_i64(&w, f->deadline_s);
	fm_jw_named_hash(&w, "hash", &f->hash);
	fm_jw_end(&w, '}');
	fm_buf_chr(out, '\n');
	if (!fm_buf_ok(&b64))
		out->failed = true;
	fm_buf_clear(&b64);
}

enum fm_code fm_quote_file_put(struct fm_buf *out, const struct fm_quote *quote,
			       const struct fm_wanted_request *request, int64_t now_s,
			       struct fm_err *err)
{
	const struct fm_offer *offer = quote->offer;
	struct fm_quote_file f;
	int64_t window_s;

	if (!offer || offer->stage < FM_OFFER_DENIED)
		return fm_fail(err, FM_E_USAGE, "there is no offer to save");
	fm_quote_file_init(&f);
	if (strlen(request->method) >= sizeof(f.method) ||
	    strlen(request->url) >= sizeof(f.url))
		return fm_fail(err, FM_E_USAGE,
			       "method or URL too long for a quote file");
	memcpy(f.method, request->method, strlen(request->method) + 1);
	memcpy(f.url, request->url, strlen(request->url) + 1);
	f.body_hash = request->body;
	f.source = quote->challenge->source;
	fm_buf_add(&f.challenge, quote->challenge->root->src.ptr,
		   quote->challenge->root->src.len);
	fm_terms_of(&f.terms, offer);
	window_s = fm_json_get(offer->src, "maxTimeoutSeconds") ? offer->max_timeout_s
								: NO_WINDOW_S;
	f.time_s = now_s;
	f.deadline_s = now_s + window_s;
	if (!fm_buf_ok(&f.challenge))
		return fm_nomem(err);
	digest(&f.hash, &f);
	put_file(out, &f);
	fm_quote_file_clear(&f);
	return fm_buf_ok(out) ? FM_OK : fm_nomem(err);
}

enum fm_code fm_quote_file_write(struct fm_buf *out, const struct fm_quote *quote,
				 const char *method, const char *url, struct fm_span body,
				 int64_t now_s, struct fm_err *err)
{
	struct fm_wanted_request request;

	fm_wanted_request(&request, method, url, body);
	return fm_quote_file_put(out, quote, &request, now_s, err);
}

static bool read_time(int64_t *out, const struct fm_json *node)
{
	uint64_t value;

	if (!fm_json_u64(&value, node) || value > INT64_MAX / 1000)
		return false;
	*out = (int64_t)value;
	return true;
}

static bool read_challenge(struct fm_quote_file *out, const struct fm_json *node)
{
	struct fm_buf text;
	bool ok;

	fm_buf_init(&text, 2 * FM_X402_BODY_MAX);
	ok = fm_json_str(&text, node) &&
	     fm_base64_read(&out->challenge, fm_buf_span(&text)) &&
	     fm_buf_ok(&out->challenge);
	fm_buf_clear(&text);
	return ok;
}

/** The first member that cannot be read; NULL when all can. */
static const char *read_members(struct fm_quote_file *out, const struct fm_json *doc)
{
	char network[FM_CAIP2_TEXT];
	const struct fm_json *source = fm_json_get(doc, "source");

	if (!fm_json_is(fm_json_get(doc, "schema"), QUOTE_SCHEMA))
		return "schema";
	if (!fm_json_cstr(out->method, sizeof(out->method), fm_json_get(doc, "method")))
		return "method";
	if (!fm_json_cstr(out->url, sizeof(out->url), fm_json_get(doc, "url")))
		return "url";
	if (!fm_json_hash(&out->body_hash, fm_json_get(doc, "body_sha256")))
		return "body_sha256";
	if (!fm_json_is(source, "header") && !fm_json_is(source, "body"))
		return "source";
	out->source = fm_json_is(source, "header") ? FM_SOURCE_HEADER : FM_SOURCE_BODY;
	if (!read_challenge(out, fm_json_get(doc, "challenge")))
		return "challenge";
	if (!fm_json_cstr(out->terms.scheme, sizeof(out->terms.scheme),
			  fm_json_get(doc, "scheme")))
		return "scheme";
	if (!fm_json_cstr(network, sizeof(network), fm_json_get(doc, "network")) ||
	    !fm_network_chain(&out->terms.chain_id, fm_span_of(network)))
		return "network";
	if (!fm_json_u256(&out->terms.amount, fm_json_get(doc, "amount")))
		return "amount";
	if (!fm_json_addr(&out->terms.asset, fm_json_get(doc, "asset")))
		return "asset";
	if (!fm_json_addr(&out->terms.pay_to, fm_json_get(doc, "pay_to")))
		return "pay_to";
	if (!read_time(&out->time_s, fm_json_get(doc, "time")))
		return "time";
	if (!read_time(&out->deadline_s, fm_json_get(doc, "deadline")))
		return "deadline";
	return fm_json_hash(&out->hash, fm_json_get(doc, "hash")) ? NULL : "hash";
}

enum fm_code fm_quote_file_read(struct fm_quote_file *out, struct fm_span text,
				struct fm_err *err)
{
	struct fm_json *doc = NULL;
	struct fm_hash want;
	enum fm_code rc = fm_json_parse(&doc, text, false, err);

	if (rc) {
		fm_within(err, "not a quote file");
		if (rc == FM_E_MALFORMED && err)
			err->code = FM_E_CONFIG;
		rc = rc == FM_E_MALFORMED ? FM_E_CONFIG : rc;
		goto out;
	}
	const char *bad = read_members(out, doc);
	if (bad) {
		rc = fm_fail(err, FM_E_CONFIG, "not a %s file: '%s' is missing or wrong",
			     QUOTE_SCHEMA, bad);
		goto out;
	}
	digest(&want, out);
	if (!fm_hash_equal(&want, &out->hash)) {
		fm_fail(err, FM_E_CONFIG,
			"the quote file was altered: its hash does not fit");
		rc = fm_hint(err, "ask for a new one: fourmica quote --save FILE URL");
	}
out:
	fm_json_free(&doc);
	return rc;
}

/* ---- a kept quote again ---- */

bool fm_terms_same(const struct fm_terms *a, const struct fm_terms *b)
{
	return strcmp(a->scheme, b->scheme) == 0 && a->chain_id == b->chain_id &&
	       fm_u256_cmp(&a->amount, &b->amount) == 0 &&
	       fm_addr_equal(&a->asset, &b->asset) &&
	       fm_addr_equal(&a->pay_to, &b->pay_to);
}

bool fm_quoted_response(struct fm_buf *head, struct fm_buf *body,
			const struct fm_quote_file *quote)
{
	fm_buf_str(head, "HTTP/1.1 402 Payment Required\r\n");
	if (quote->source == FM_SOURCE_HEADER) {
		fm_buf_str(head, "PAYMENT-REQUIRED: ");
		fm_base64_write(head, quote->challenge.ptr, quote->challenge.len);
		fm_buf_str(head, "\r\n");
	} else {
		fm_buf_add(body, quote->challenge.ptr, quote->challenge.len);
	}
	fm_buf_str(head, "\r\n");
	return fm_buf_ok(head) && !body->failed;
}

void fm_kept_wanted(struct fm_kept *out, const struct fm_quote_file *file)
{
	memset(out, 0, sizeof(*out));
	fm_addr_text(out->asset, &file->terms.asset);
	out->request =
		(struct fm_wanted_request){ file->method, file->url, file->body_hash };
	out->wanted = (struct fm_terms_wanted){
		.chain_id = file->terms.chain_id,
		.scheme = file->terms.scheme,
		.pay_to = &file->terms.pay_to,
		.asset = out->asset,
		.request = &out->request,
	};
}

enum fm_code fm_quote_kept(struct fm_quote *quote, struct fm_client *client,
			   const struct fm_quote_file *file, const struct fm_kept *kept,
			   struct fm_err *err)
{
	struct fm_buf head, body;
	struct fm_terms now;
	enum fm_code rc;

	fm_buf_init(&head, 2 * FM_X402_BODY_MAX);
	fm_buf_init(&body, FM_X402_BODY_MAX);
	rc = fm_quoted_response(&head, &body, file)
		     ? fm_quote_response(quote, client, 402, fm_buf_span(&head),
					 fm_buf_span(&body), false, file->url,
					 &kept->wanted, err)
		     : fm_nomem(err);
	fm_buf_clear(&head);
	fm_buf_clear(&body);
	if (rc || !quote->offer || quote->offer->stage < FM_OFFER_DENIED)
		return rc;
	fm_terms_of(&now, quote->offer);
	if (fm_terms_same(&now, &file->terms))
		return FM_OK;
	fm_fail(err, FM_E_QUOTE, "the quote file says other terms than its challenge");
	return fm_hint(err, "ask for a new one: fourmica quote --save FILE URL");
}
