/* SPDX-License-Identifier: MIT */
/* What a whole paid request does with the answers of x402-after-payment.json: how often the payment is
 * sent and with which bytes, how many signatures are made, what the exit status, the ledger and the
 * delivered body say. That the answers are read right is vec_x402's part. */
#include <fourmica/fourmica.h>

#include "support/pay_world.h"
#include "support/vectors.h"

#include <string.h>

#define URL "https://api.example.com/data"
#define BODY "order=17"
#define KEY "purchase"
#define TEXT_MAX 65536
#define SENDINGS_MOST 4 /* the first and x402's three more */

/* x402, section 7, the table; conventions, exit codes. */
static const struct row {
	const char *name;
	int exit_status;
	enum fm_pay_state state;
	int again; /* exit status of the same command run once more */
} rows[] = {
	{"paid",		  0,  FM_PAY_PAID,	  0 },
	{ "served",	    42, FM_PAY_PAID,     0 },
	{ "settle_pending",  50, FM_PAY_IN_DOUBT, 50},
	{ "settle_failed",   40, FM_PAY_REFUSED,  40},
	{ "rejected_stale",  40, FM_PAY_REFUSED,	40},
	{ "rejected",	      40, FM_PAY_REFUSED,  40},
	{ "new_terms",       40, FM_PAY_REFUSED,  40},
	{ "unknown",	     50, FM_PAY_IN_DOUBT, 50},
	{ "needs_allowance", 40, FM_PAY_REFUSED,	 40},
	{ "bad_payment",	 40, FM_PAY_REFUSED,  40},
	{ "conflict",	      40, FM_PAY_REFUSED,  40},
	{ "refused",	     40, FM_PAY_REFUSED,	 40},
	{ "paid_not_served", 41, FM_PAY_PAID,     0 },
};

static const struct row *row_of(const struct fm_json *c)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (vector_is(c, "expected.class", rows[i].name))
			return &rows[i];
	return NULL;
}

/* ---- the seller: asks for the terms that were sent, then always gives the case's answer ---- */

struct seller {
	struct pay_world *world;
	bool v1;
	struct fm_buf challenge; /* header lines, or the body of version 1 */
	struct fm_buf headers;
	struct fm_span body;
	int status;
};

static const char *payment_name(const struct seller *s)
{
	return s->v1 ? "X-PAYMENT" : "PAYMENT-SIGNATURE";
}

static bool respond(void *ctx, struct fake_reply *reply,
		    const struct fake_request *request)
{
	struct seller *s = ctx;
	char payment[TEXT_MAX];

	if (!fake_http_header(payment, sizeof(payment), request, payment_name(s))) {
		*reply = (struct fake_reply){ .status = 402 };
		if (s->v1) {
			reply->body = s->challenge.ptr;
			reply->body_len = s->challenge.len;
		} else {
			reply->headers = s->challenge.ptr;
		}
		return true;
	}
	*reply = (struct fake_reply){ .status = s->status,
				      .headers = s->headers.ptr,
				      .body = s->body.ptr,
				      .body_len = s->body.len };
	return true;
}

static void make_challenge(struct seller *s, const struct vectors *v)
{
	struct fm_span accepted = vector_get(v->root, "sent.accepted")->src;
	struct fm_buf json;

	fm_buf_init(&json, TEXT_MAX);
	fm_buf_fmt(&json, "{\"x402Version\":%d,", s->v1 ? 1 : 2);
	if (!s->v1)
		fm_buf_str(&json, "\"resource\":{\"url\":\"" URL "\"},");
	fm_buf_str(&json, "\"accepts\":[");
	fm_buf_add(&json, accepted.ptr, accepted.len);
	fm_buf_str(&json, "]}");
	fm_buf_init(&s->challenge, TEXT_MAX);
	if (s->v1) {
		fm_buf_add(&s->challenge, json.ptr, json.len);
	} else {
		fm_buf_str(&s->challenge, "PAYMENT-REQUIRED: ");
		fm_base64_write(&s->challenge, json.ptr, json.len);
		fm_buf_str(&s->challenge, "\r\n");
	}
	fm_buf_clear(&json);
}

static bool make_answer(struct seller *s, struct vectors *v, const struct fm_json *c)
{
	const struct fm_json *headers = vector_get(c, "response.headers");
	uint64_t status = 0;

	fm_buf_init(&s->headers, TEXT_MAX);
	fm_buf_str(&s->headers, "");
	for (const struct fm_json *pair = fm_json_first(headers); pair;
	     pair = fm_json_next(headers, pair)) {
		const struct fm_json *name = fm_json_first(pair);
		struct fm_span key = vector_need(v, name, "");
		struct fm_span value = vector_need(v, fm_json_next(pair, name), "");
		fm_buf_fmt(&s->headers, "%s: %s\r\n", key.ptr, value.ptr);
	}
	s->body = vector_str(v, c, "response.body");
	if (!fm_json_u64(&status, vector_get(c, "response.status")))
		return vector_fail(v, "no status");
	s->status = (int)status;
	return true;
}

/* ---- what must hold ---- */

/* Every request but the first carries the same payment, and is otherwise the first again. */
static bool same_bytes(struct vectors *v, const struct seller *s, unsigned sendings)
{
	const struct fake_http *fake = &s->world->fake;
	const struct fake_request *first = &fake->requests[1];

	if (!expect(v, fake->count == sendings + 1, "%zu requests, not 1 and %u paid",
		    fake->count, sendings))
		return false;
	for (unsigned i = 1; i <= sendings; i++) {
		const struct fake_request *r = &fake->requests[i];
		char payment[TEXT_MAX];

		if (!expect(v,
			    !strcmp(r->headers, first->headers) && !strcmp(r->url, URL) &&
				    !strcmp(r->method, "POST") &&
				    !strcmp(r->body, BODY) && !r->follow,
			    "sending %u is another request", i))
			return false;
		if (!expect(v,
			    fake_http_header(payment, sizeof(payment), r,
					     payment_name(s)) &&
				    !fake_http_header(payment, sizeof(payment), r,
						      s->v1 ? "PAYMENT-SIGNATURE"
							    : "X-PAYMENT"),
			    "sending %u has no payment header, or both", i))
			return false;
	}
	return true;
}

static bool ledger_says(struct vectors *v, struct pay_world *w, const struct row *row,
			unsigned sendings)
{
	struct fm_payment p;
	bool good = expect(v, pay_world_find(&p, w, KEY), "not in the ledger") &&
		    expect(v, p.state == row->state, "the ledger says %s",
			   fm_pay_state_word(p.state)) &&
		    expect(v, p.retries == sendings - 1, "%u retries", p.retries);

	fm_payment_clear(&p);
	return good;
}

/* The user gets the answer that was the last word, once, whatever its receipt was. */
static bool delivered(struct vectors *v, const struct seller *s,
		      const struct fm_paid *paid)
{
	struct fm_span got = fm_buf_span(&s->world->body);

	return expect(v, got.len == s->body.len && !memcmp(got.ptr, s->body.ptr, got.len),
		      "delivered: '%.*s'", (int)got.len, got.ptr) &&
	       expect(v, s->world->heads == 1, "%u heads", s->world->heads) &&
	       expect(v, paid->http_status == s->status, "status %d", paid->http_status);
}

static bool told(struct vectors *v, const struct row *row, enum fm_code rc,
		 const struct fm_err *err)
{
	enum fm_spent spent = row->exit_status == 50 ? FM_SPENT_MAYBE : FM_SPENT_YES;
	int status = fm_code_info(rc)->exit_status;

	if (!expect(v, status == row->exit_status, "exit %d: %s", status,
		    rc ? err->msg : "") ||
	    !rc)
		return status == row->exit_status;
	return expect(v, err->spent == spent, "spent is %d", err->spent) &&
	       expect(v, err->msg[0] && err->hint[0], "no words or no advice");
}

/* The next process with the same key neither asks nor signs. */
static bool run_again(struct vectors *v, const struct seller *s, const struct row *row)
{
	struct pay_world *w = s->world;
	size_t requests = w->fake.count;
	struct fm_paid paid;
	struct fm_err err;
	enum fm_code rc;

	pay_world_restart(w);
	rc = pay_world_pay(&paid, w, KEY, URL, BODY, &err);
	bool good = expect(v, fm_code_info(rc)->exit_status == row->again,
			   "again: exit %d", fm_code_info(rc)->exit_status) &&
		    expect(v, w->fake.count == requests, "again: a request was sent") &&
		    (rc || expect(v, !strcmp(paid.status, "already_paid"), "again: %s",
				  paid.status));

	fm_paid_clear(&paid);
	return good &&
	       expect(v, w->unlocked == 1, "the wallet was opened %u times", w->unlocked);
}

static bool check_after(struct vectors *v, const struct fm_json *c)
{
	struct seller s = { .v1 = !strncmp(vector_need(v, c, "name").ptr, "v1-", 3) };
	const struct row *row = row_of(c);
	struct fm_paid paid;
	struct fm_err err;
	bool resend = false;

	if (!expect(v, row, "a class that the table does not have") ||
	    !expect(v, fm_json_bool(&resend, vector_get(c, "expected.resendSameBytes")),
		    "the case says nothing of sending again"))
		return false;
	unsigned sendings = resend ? SENDINGS_MOST : 1;
	s.world = pay_world_new(NULL);
	s.world->fake.respond = respond;
	s.world->fake.respond_ctx = &s;
	make_challenge(&s, v);
	bool good = make_answer(&s, v, c);
	enum fm_code rc = pay_world_pay(&paid, s.world, KEY, URL, BODY, &err);
	good = good && told(v, row, rc, &err) && same_bytes(v, &s, sendings) &&
	       delivered(v, &s, &paid) && ledger_says(v, s.world, row, sendings);
	fm_paid_clear(&paid);
	good = good && run_again(v, &s, row);
	pay_world_free(s.world);
	fm_buf_clear(&s.challenge);
	fm_buf_clear(&s.headers);
	return good;
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"x402-after-payment.json", "vectors", check_after },
		{ 0		    },
	};

	return vectors_run(argc, argv, lists);
}
