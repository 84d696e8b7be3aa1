/* SPDX-License-Identifier: MIT */
/* A question to Core or the facilitator, and what its answer's status says. 4mica.md,
 * section 2. */
#include "credit/ask.h"
#include "x402/header.h"

#include <fourmica/cause.h>

#include <string.h>

#define ANSWER_MAX 65536u
#define BODY_MAX 16384u
#define BEARER_MAX (FM_BEARER_MAX + sizeof("Bearer "))
#define WORDS_MAX 120 /* bytes of a plain text answer that are repeated */

void fm_core_ask_init(struct fm_core_ask *ask)
{
	memset(ask, 0, sizeof(*ask));
	fm_http_job_init(&ask->job, ANSWER_MAX);
	fm_buf_init(&ask->url, FM_X402_URL_MAX);
	fm_buf_init(&ask->body, BODY_MAX);
	fm_buf_init(&ask->bearer, BEARER_MAX);
}

void fm_core_ask_clear(struct fm_core_ask *ask)
{
	fm_http_job_clear(&ask->job);
	fm_buf_clear(&ask->url);
	fm_buf_wipe(&ask->body);
	fm_buf_wipe(&ask->bearer);
	fm_core_ask_init(ask);
}

static void add_header(struct fm_core_ask *ask, const char *name, const char *value)
{
	ask->headers[ask->job.request.header_count++] = (struct fm_header){ name, value };
}

enum fm_code fm_core_ask_path(struct fm_core_ask *ask, const char *base, const char *path,
			      const struct fm_http_options *options, struct fm_err *err)
{
	size_t len = strlen(base);
	struct fm_url url;

	fm_core_ask_clear(ask);
	fm_buf_add(&ask->url, base, len && base[len - 1] == '/' ? len - 1 : len);
	if (!fm_buf_str(&ask->url, path))
		return fm_fail(err, FM_E_CONFIG, "the URL of Core is too long");
	if (!fm_url_parse(&url, fm_buf_span(&ask->url)))
		return fm_fail(err, FM_E_CONFIG, "the URL of Core is no http address");
	if (options)
		ask->options = *options;
	ask->job.request = (struct fm_http_request){
		.method = "GET",
		.url = ask->url.ptr,
		.headers = ask->headers,
		.options = &ask->options,
	};
	add_header(ask, "accept", "application/json");
	return FM_OK;
}

enum fm_code fm_core_ask_post(struct fm_core_ask *ask, struct fm_err *err)
{
	if (!fm_buf_ok(&ask->body))
		return fm_nomem(err);
	ask->job.request.method = "POST";
	ask->job.request.body = fm_buf_span(&ask->body);
	add_header(ask, "content-type", "application/json");
	return FM_OK;
}

bool fm_bearer_ok(struct fm_span token)
{
	static const char marks[] = "-._~+/=";

	for (size_t i = 0; i < token.len; i++) {
		char c = token.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || (c && strchr(marks, c))))
			return false;
	}
	return token.len > 0 && token.len < FM_BEARER_MAX;
}

bool fm_core_url_private(const char *base)
{
	struct fm_url url;

	return fm_url_parse(&url, fm_span_of(base)) &&
	       (strcmp(url.scheme, "https") == 0 || fm_url_is_loopback(&url));
}

enum fm_code fm_core_ask_bearer(struct fm_core_ask *ask, struct fm_span token,
				struct fm_err *err)
{
	bool again = ask->bearer.len > 0;

	if (!fm_bearer_ok(token))
		return fm_fail(err, FM_E_CONFIG,
			       "the access token for 4Mica Core is no bearer token");
	if (!fm_core_url_private(ask->url.ptr)) {
		fm_fail(err, FM_E_CONFIG,
			"an access token is not sent to a 4Mica Core without TLS");
		return fm_hint(err, "name Core with an https:// address");
	}
	fm_buf_wipe(&ask->bearer);
	fm_buf_str(&ask->bearer, "Bearer ");
	if (!fm_buf_add(&ask->bearer, token.ptr, token.len))
		return fm_nomem(err);
	if (again)
		ask->job.request.header_count--;
	add_header(ask, "authorization", ask->bearer.ptr);
	return FM_OK;
}

enum fm_code fm_core_ask_alone(struct fm_core_ask *ask, struct fm_http *http,
			       struct fm_err *err)
{
	struct fm_http_job *const jobs[] = { &ask->job };

	return fm_http_together(http, jobs, 1, err);
}

/* ---- what came back ------------------------------------------------------------------------ */

static void url_show(struct fm_buf *out, const struct fm_core_ask *ask)
{
	fm_buf_init(out, FM_X402_URL_MAX);
	fm_url_shown(out, ask->url.ptr ? ask->url.ptr : "", true);
}

static const char *shown(const struct fm_buf *url)
{
	return fm_buf_ok(url) && url->len ? url->ptr : "Core";
}

void fm_core_words(char out[static 256], const struct fm_core_ask *ask)
{
	struct fm_span body = fm_buf_span(&ask->job.body);
	struct fm_json *doc = NULL;
	struct fm_err ignored;
	struct fm_buf text;

	out[0] = '\0';
	fm_err_init(&ignored);
	if (fm_json_parse(&doc, body, false, &ignored) == FM_OK)
		fm_reason_show(out, 256, doc);
	fm_json_free(&doc);
	if (out[0])
		return;
	fm_buf_init(&text, WORDS_MAX * 10 + 4);
	if (fm_text_escape(&text, body, WORDS_MAX) && text.len) {
		size_t len = text.len < 200 ? text.len : 200;
		while (((unsigned char)text.ptr[len] & 0xc0) == 0x80)
			len--; /* not inside a UTF-8 sequence */
		memcpy(out, text.ptr, len);
		out[len] = '\0';
	}
	fm_buf_clear(&text);
}

/** Core says with 401 what an access token is not good for, too: a token of the same wallet
 *  would be told the same. 4mica.md, 13, row 5. */
static bool is_final(const char *words)
{
	static const char *const parts[] = { "scope", "does not match", "role", "denied",
					     "suspended" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(words, parts[i]))
			return true;
	return false;
}

enum fm_core_access fm_core_access(const struct fm_core_ask *ask)
{
	const struct fm_http_job *job = &ask->job;
	char words[256];

	if (job->rc || (job->reply.status != 401 && job->reply.status != 403))
		return FM_CORE_ACCESS;
	if (job->reply.status == 403)
		return FM_CORE_ACCESS_DENIED;
	fm_core_words(words, ask);
	return is_final(words) ? FM_CORE_ACCESS_DENIED : FM_CORE_ACCESS_RENEW;
}

static enum fm_code refused(const struct fm_core_ask *ask, struct fm_err *err)
{
	const struct fm_http_job *job = &ask->job;
	char words[256];
	struct fm_buf url;

	url_show(&url, ask);
	fm_core_words(words, ask);
	fm_fail(err, FM_E_CORE, "%.200s answered %d%s%.200s", shown(&url),
		job->reply.status, words[0] ? ": " : "", words);
	fm_buf_clear(&url);
	fm_err_because(err, words, NULL);
	switch (fm_core_access(ask)) {
	case FM_CORE_ACCESS:
		break;
	case FM_CORE_ACCESS_RENEW:
		fm_rule(err, "core-token");
		break;
	case FM_CORE_ACCESS_DENIED:
		fm_rule(err, "core-access");
		fm_hint(err, "the operator of 4Mica Core decides what a wallet may ask");
		break;
	}
	return FM_E_CORE;
}

enum fm_code fm_core_answer_from(const struct fm_core_ask *ask, enum fm_code rc,
				 struct fm_err *err)
{
	struct fm_buf url;

	if (rc != FM_E_CORE)
		return rc;
	url_show(&url, ask);
	fm_within(err, "%.200s", shown(&url));
	fm_buf_clear(&url);
	return rc;
}

/** FM_OK when there is a body to read. */
static enum fm_code check_status(const struct fm_core_ask *ask, int also,
				 struct fm_err *err)
{
	const struct fm_http_job *job = &ask->job;

	if (job->rc == FM_E_TOO_LARGE) {
		fm_fail(err, FM_E_CORE, "the answer has more than %zu bytes",
			job->body.cap);
		return fm_core_answer_from(ask, FM_E_CORE, err);
	}
	if (job->rc) {
		if (err)
			*err = job->err;
		return job->rc;
	}
	if (job->reply.status == 200 || (also && job->reply.status == also))
		return FM_OK;
	return refused(ask, err);
}

enum fm_code fm_core_body(struct fm_span *body, const struct fm_core_ask *ask, int also,
			  struct fm_err *err)
{
	enum fm_code rc = check_status(ask, also, err);

	if (!rc)
		*body = fm_buf_span(&ask->job.body);
	return rc;
}

enum fm_code fm_core_other_chain(const struct fm_core_ask *ask, uint64_t is,
				 uint64_t want, struct fm_err *err)
{
	struct fm_buf url;

	url_show(&url, ask);
	fm_fail(err, FM_E_CORE, "%.200s serves chain %llu, not chain %llu", shown(&url),
		(unsigned long long)is, (unsigned long long)want);
	fm_buf_clear(&url);
	return FM_E_CORE;
}

enum fm_code fm_core_json(struct fm_json **doc, const char *what, struct fm_span json,
			  struct fm_err *err)
{
	struct fm_err detail;
	enum fm_code rc;

	fm_err_init(&detail);
	rc = fm_json_parse(doc, json, false, &detail);
	if (rc == FM_E_NOMEM)
		return fm_nomem(err);
	return rc ? fm_fail(err, FM_E_CORE, "%s: %s", what, detail.msg) : FM_OK;
}

enum fm_code fm_core_bad(struct fm_err *err, const char *what, const char *name,
			 const struct fm_json *node, const char *rule)
{
	char value[96];

	if (fm_json_absent(node))
		return fm_fail(err, FM_E_CORE, "%s: %s is missing", what, name);
	fm_node_show(value, sizeof(value), node);
	return fm_fail(err, FM_E_CORE, "%s: %s is \"%s\": %s", what, name, value, rule);
}
