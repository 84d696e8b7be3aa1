/* SPDX-License-Identifier: MIT */
/** `quote`: what would be asked, and what the policy says to it. Nothing is signed. */
#include "request.h"
#include "terms.h"

#include <string.h>

struct quote {
	const char *url, *response, *saved_url, *save, *diff;
	struct http_args http;
	struct terms_args terms;
};

/* clang-format off */
static const struct param params[] = {
	ARGX(struct quote, url, "URL", "address to ask", .known = KNOWN_SELLER),
	OPTX(struct quote, response, "response", 0, "FILE",
	     "judge a saved response (curl -i) instead of asking; - for standard input",
	     .traits = PARAM_FILE),
	OPT(struct quote, saved_url, "url", 0, "URL", "with --response: the address it came from"),
	OPTX(struct quote, save, "save", 0, "FILE", "keep the terms for pay --quote",
	     .traits = PARAM_FILE),
	OPTX(struct quote, diff, "diff", 0, "FILE", "compare with kept terms; 38 when they differ",
	     .traits = PARAM_FILE),
	TERMS_PARAMS(struct quote),
	HTTP_PARAMS(struct quote),
	{ 0 },
};

static const struct field change_fields[] = {
	{ "member", "Changed", FIELD_TEXT, "which of the terms", NULL },
	{ "was", "From", FIELD_TEXT, "in the kept quote", NULL },
	{ "is", "To", FIELD_TEXT, "now", NULL },
	{ 0 },
};

static const struct field fields[] = {
	QUOTE_FIELDS,
	{ "saved", "Saved", FIELD_TEXT, "quote file written", NULL },
	{ "deadline", "Good until", FIELD_TIME, "when the kept terms expire", NULL },
	{ "changes", "Changes", FIELD_LIST, "terms that differ from --diff FILE", change_fields },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica quote https://api.example.com/data", "what does it cost, and may it be paid?" },
	{ "curl -si https://api.example.com/data | fourmica quote --response - "
	  "--url https://api.example.com/data",
	  "judge an answer without asking again" },
	{ "fourmica quote --save q.json URL && fourmica pay --quote q.json URL",
	  "look first, then pay exactly that" },
	{ 0 },
};
/* clang-format on */

static enum fm_code judge(struct fm_quote *quote, struct request *request,
			  struct app *app, const struct quote *args,
			  struct fm_terms_wanted *wanted, struct fm_err *err)
{
	const char *url = args->response ? args->saved_url : args->url;
	struct fm_wanted_request asked;
	enum fm_code rc;

	if (args->response && args->url)
		return fm_fail(err, FM_E_USAGE,
			       "--response takes its address from --url");
	if (!args->response && args->saved_url)
		return fm_fail(err, FM_E_USAGE, "--url goes with --response");
	if (!url)
		return fm_fail(err, FM_E_USAGE,
			       args->response ? "--response needs --url URL"
					      : "quote needs a URL");
	rc = request_make(request, app, url, &args->http, err);
	if (rc)
		return rc;
	wanted->insecure = args->http.insecure;
	if (!args->response)
		return fm_quote_request(quote, app->client, &request->http, wanted, err);
	fm_wanted_request(&asked, request->http.method, request->url.ptr,
			  request->http.body);
	wanted->request = &asked;
	rc = terms_saved(quote, app, args->response, request->url.ptr, wanted, err);
	wanted->request = NULL;
	return rc;
}

static enum fm_code save(struct app *app, const struct fm_quote *quote,
			 const struct request *request, const char *path,
			 struct fm_err *err)
{
	struct fm_quote_file file;
	struct fm_buf text;
	enum fm_code rc;

	fm_quote_file_init(&file);
	fm_buf_init(&text, APP_QUOTE_MAX);
	rc = fm_quote_file_write(&text, quote, request->http.method, request->url.ptr,
				 request->http.body, fm_wall_s(&fm_system_clock), err);
	if (!rc)
		rc = fm_file_write(path, fm_buf_span(&text), FM_FILE_REPLACE, err);
	if (!rc)
		rc = fm_quote_file_read(&file, fm_buf_span(&text), err);
	if (!rc) {
		out_text(app->out, "saved", path);
		out_when(app->out, "deadline", file.deadline_s);
	}
	fm_buf_clear(&text);
	fm_quote_file_clear(&file);
	return rc;
}

static void change(struct out *o, size_t *count, const char *member, const char *was,
		   const char *is)
{
	if (strcmp(was, is) == 0)
		return;
	(*count)++;
	out_row(o, "changes");
	out_text(o, "member", member);
	out_text(o, "was", was);
	out_text(o, "is", is);
	out_end(o);
}

static size_t compare(struct out *o, const struct fm_terms *was,
		      const struct fm_terms *is)
{
	char a[FM_U256_DEC], b[FM_U256_DEC];
	size_t count = 0;

	change(o, &count, "scheme", was->scheme, is->scheme);
	fm_caip2_text(a, was->chain_id);
	fm_caip2_text(b, is->chain_id);
	change(o, &count, "network", a, b);
	fm_u256_dec(a, &was->amount);
	fm_u256_dec(b, &is->amount);
	change(o, &count, "amount", a, b);
	fm_addr_text(a, &was->asset);
	fm_addr_text(b, &is->asset);
	change(o, &count, "asset", a, b);
	fm_addr_text(a, &was->pay_to);
	fm_addr_text(b, &is->pay_to);
	change(o, &count, "pay_to", a, b);
	return count;
}

static enum fm_code diff(struct app *app, const struct fm_quote *quote, const char *path,
			 struct fm_err *err)
{
	struct fm_quote_file file;
	struct fm_terms now;
	enum fm_code rc;

	fm_quote_file_init(&file);
	rc = app_read_quote(&file, path, err);
	if (rc)
		goto out;
	if (!quote->offer || quote->offer->stage < FM_OFFER_DENIED) {
		rc = fm_fail(err, FM_E_QUOTE,
			     "there is no offer any more to compare with");
		goto out;
	}
	fm_terms_of(&now, quote->offer);
	size_t changes = compare(app->out, &file.terms, &now);
	if (changes)
		rc = fm_fail(err, FM_E_QUOTE, "%zu of the terms differ from %s", changes,
			     path);
out:
	fm_quote_file_clear(&file);
	return rc;
}

static enum fm_code run(struct app *app, const void *values, struct fm_err *err)
{
	const struct quote *args = values;
	struct request request = { 0 };
	struct fm_quote quote;
	struct terms terms;
	enum fm_code rc;

	fm_quote_init(&quote);
	rc = terms_make(&terms, app, &args->terms, err);
	if (!rc)
		rc = judge(&quote, &request, app, args, &terms.wanted, err);
	if (rc)
		goto out;
	terms_report(app, &quote);
	if (args->save)
		rc = save(app, &quote, &request, args->save, err);
	if (!rc && args->diff)
		rc = diff(app, &quote, args->diff, err);
	if (!rc && quote.outcome) {
		*err = quote.why;
		rc = err->code;
		if (args->save && fm_quote_approvable(&quote))
			fm_hint(err,
				"to allow exactly this once: "
				"fourmica budget approve %s",
				args->save);
	}
	if (!rc && quote.cover.covered == FM_COVER_LITTLE) {
		*err = quote.cover.why;
		rc = err->code;
	}
	if (!rc)
		out_status(app->out, quote.challenge ? "payable" : "free");
out:
	request_clear(&request);
	fm_quote_clear(&quote);
	return rc;
}

const struct cmd cmd_quote = {
	.name = "quote",
	.summary = "show what a URL asks to be paid, and what the policy says to it",
	.details =
		"Asks for the URL without paying, reads the 402 answer, chooses the offer that "
		"would be paid and judges it by the policy and by what the ledger has counted "
		"so far. Nothing is signed and nothing is reserved.\n\n"
		"The exit status is 0 when the offer would be paid, or nothing is to pay; else that "
		"of the verdict or of what is wrong with the answer. Every offer that was not "
		"chosen is listed with the reason.\n\n"
		"For an allowed 4mica-credit offer the free collateral of the wallet is looked "
		"for, as pay does: too little of it is status 36, whatever the policy says. A "
		"saved response is compared only with what a payment found out within the last "
		"ten minutes, and before anything was paid or deposited from here it is unknown.",
	.params = params,
	.size = sizeof(struct quote),
	.fields = fields,
	.examples = examples,
	.needs = WALLET_IF_ANY | NEED_POLICY | NEED_LEDGER | NEED_HTTP,
	.run = run,
};
