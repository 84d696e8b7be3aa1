/* SPDX-License-Identifier: MIT */
/* extra.tabEndpoint: asking the seller for a request id. 4mica.md, section 4.1. Its answer
 * decides nothing but that id; every failure means that we draw our own. */
#include "credit/members.h"
#include "x402/header.h"

#include <string.h>

#define ANSWER_MAX 65536u
#define TIMEOUT_MS 10000

bool fm_tab_endpoint(struct fm_buf *out, const struct fm_offer *offer)
{
	const struct fm_json *node = fm_json_get(offer->extra, "tabEndpoint");
	if (fm_json_absent(node) || fm_json_has_control(node) || fm_json_is(node, ""))
		return false;
	return node->src.len <= FM_X402_URL_MAX && fm_json_str(out, node);
}

bool fm_tab_allowed(const char *endpoint, const char *request_url)
{
	struct fm_url to, from;
	if (!fm_url_parse(&to, fm_span_of(endpoint)) ||
	    !fm_url_parse(&from, fm_span_of(request_url)))
		return false;
	/* A seller elsewhere must not send us to services of this machine. */
	if (fm_url_is_loopback(&to))
		return fm_url_is_loopback(&from);
	return strcmp(to.scheme, "https") == 0 && strcmp(to.host, from.host) == 0;
}

static bool write_request(struct fm_buf *out, const struct fm_addr *payer,
			  const struct fm_challenge *challenge,
			  const struct fm_offer *offer, int guarantee_version)
{
	char address[FM_ADDR_TEXT];
	struct fm_jw w;
	fm_addr_text(address, payer);
	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_key(&w, "guaranteeVersion");
	fm_jw_u64(&w, guarantee_version == 2 ? 2 : 1);
	fm_jw_key(&w, "userAddress");
	fm_jw_cstr(&w, address);
	fm_jw_key(&w, "paymentRequirements");
	fm_jw_raw(&w, offer->src->src);
	if (challenge->resource) {
		fm_jw_key(&w, "resource");
		fm_jw_raw(&w, challenge->resource->src);
	}
	fm_jw_end(&w, '}');
	return fm_buf_ok(out);
}

/* The first name that is there decides, also when its value is no number. */
static enum fm_code read_id(struct fm_u256 *out, const struct fm_json *root,
			    struct fm_err *err)
{
	static const char *const names[] = { "nextReqId", "next_req_id", "reqId",
					     "req_id" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct fm_json *node = fm_json_get(root, names[i]);
		if (fm_json_absent(node))
			continue;
		if (!fm_json_u256(out, node))
			return fm_fail(err, FM_E_CORE, "tab endpoint: %s is no number",
				       names[i]);
		if (fm_u256_is_zero(out))
			return fm_fail(err, FM_E_CORE,
				       "tab endpoint: request id 0 is not used");
		return FM_OK;
	}
	return fm_fail(err, FM_E_CORE, "tab endpoint: the answer names no request id");
}

static enum fm_code read_answer(struct fm_u256 *out, struct fm_span body,
				const struct fm_addr *payer, struct fm_err *err)
{
	struct fm_json *doc = NULL;
	struct fm_addr user;
	struct fm_err detail;
	fm_err_init(&detail);
	enum fm_code rc = fm_json_parse(&doc, body, false, &detail);
	if (rc == FM_E_NOMEM)
		return fm_nomem(err);
	if (rc)
		return fm_fail(err, FM_E_CORE, "tab endpoint: %s", detail.msg);
	const struct fm_json *node = fm_member(doc, "user_address", "userAddress");
	if (!fm_member_addr(&user, node) || !fm_addr_equal(&user, payer))
		rc = fm_fail(err, FM_E_CORE,
			     "tab endpoint: the answer is for another user");
	else
		rc = read_id(out, doc, err);
	fm_json_free(&doc);
	return rc;
}

static enum fm_code post(struct fm_buf *answer, struct fm_http *http,
			 const char *endpoint, struct fm_span body,
			 const struct fm_http_options *options, struct fm_err *err)
{
	static const struct fm_header headers[] = {
		{"accept",	    "application/json"},
		{ "content-type", "application/json"},
	};
	struct fm_http_options own = { .timeout_ms = 0 };
	if (options)
		own = *options;
	if (own.timeout_ms <= 0 || own.timeout_ms > TIMEOUT_MS)
		own.timeout_ms = TIMEOUT_MS;
	own.user = NULL; /* meant for the seller's resource, not for this */
	const struct fm_http_request request = {
		.method = "POST",
		.url = endpoint,
		.headers = headers,
		.header_count = 2,
		.body = body,
		.options = &own,
	};
	struct fm_http_reply reply;
	fm_http_reply_init(&reply);
	enum fm_code rc = fm_http_collect(http, &reply, answer, &request, NULL, err);
	if (rc == FM_E_TOO_LARGE)
		rc = fm_fail(err, FM_E_CORE, "tab endpoint: more than %u bytes",
			     ANSWER_MAX);
	else if (!rc && (reply.status < 200 || reply.status > 299))
		rc = fm_fail(err, FM_E_CORE, "tab endpoint: status %d", reply.status);
	fm_http_reply_clear(&reply);
	return rc;
}

enum fm_code fm_tab_request(struct fm_u256 *req_id, struct fm_http *http,
			    const char *endpoint, const struct fm_addr *payer,
			    const struct fm_challenge *challenge,
			    const struct fm_offer *offer, int guarantee_version,
			    const struct fm_http_options *options, struct fm_err *err)
{
	struct fm_buf body, answer;
	enum fm_code rc;
	fm_buf_init(&body, 2 * FM_X402_BODY_MAX);
	fm_buf_init(&answer, ANSWER_MAX);
	if (!write_request(&body, payer, challenge, offer, guarantee_version))
		rc = fm_nomem(err);
	else
		rc = post(&answer, http, endpoint, fm_buf_span(&body), options, err);
	if (!rc)
		rc = read_answer(req_id, fm_buf_span(&answer), payer, err);
	fm_buf_clear(&body);
	fm_buf_clear(&answer);
	return rc;
}
