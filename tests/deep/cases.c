/* SPDX-License-Identifier: MIT */
#include "cases.h"

#include <fourmica/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "cases: not usable: %s\n", what);
	exit(2);
}

static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static struct fm_span read_hex(const struct fm_json *node, const char *what)
{
	struct fm_span text, out = { NULL, 0 };

	if (!node)
		return out;
	must(node->type == FM_JSON_STRING && node->src.len % 2 == 0, what);
	text = fm_hex_strip((struct fm_span){ node->src.ptr + 1, node->src.len - 2 });
	out.len = text.len / 2;
	/* Exactly as many bytes as there are, so that reading past them is noticed. */
	char *bytes = need(malloc(out.len ? out.len : 1));
	must(fm_hex_read(bytes, out.len, text), what);
	out.ptr = bytes;
	return out;
}

static void read_addr(struct fm_addr *out, const struct fm_json *node)
{
	char text[FM_ADDR_TEXT];

	must(fm_json_cstr(text, sizeof(text), node) &&
		     fm_addr_parse(out, NULL, fm_span_of(text)),
	     "an address");
}

static void read_hash(struct fm_hash *out, const struct fm_json *node)
{
	char text[FM_HASH_TEXT];

	must(fm_json_cstr(text, sizeof(text), node) &&
		     fm_hash_parse(out, fm_span_of(text)),
	     "a hash");
}

static uint64_t read_u64(const struct fm_json *node)
{
	struct fm_u256 wide;
	uint64_t out = 0;

	must(fm_json_u256(&wide, node) && fm_u256_to_u64(&out, &wide), "a number");
	return out;
}

/* ---- what is trusted ---- */

static void read_key(struct fm_bls_key *out, const struct fm_json *node)
{
	struct fm_span bytes = read_hex(node, "a key");

	must(fm_cert_key_read(out, bytes, NULL) == FM_CERT_VERIFIED,
	     "a trusted key is refused");
	free((void *)(uintptr_t)bytes.ptr);
}

static void read_version(struct case_trust *t, int version, const struct fm_json *node,
			 bool usual)
{
	struct fm_trust_version *v = &t->is.version[version - 1];
	const struct fm_json *enabled = fm_json_first(fm_json_get(node, "enabled"));
	const struct fm_json *domain = fm_json_first(fm_json_get(node, "domains"));
	struct fm_hash formula;

	if (version == 2) {
		enabled = fm_json_next(fm_json_get(node, "enabled"), enabled);
		domain = fm_json_next(fm_json_get(node, "domains"), domain);
	}
	must(fm_json_bool(&v->enabled, enabled), "enabled");
	v->has_domain = true;
	read_hash(&v->domain, domain);
	fm_cert_domain(&formula, version, t->is.chain_id, &t->is.vault);
	must(!usual || fm_hash_equal(&formula, &v->domain), "fm_cert_domain differs");
}

static void read_trust(struct case_trust *out, const struct fm_json *node)
{
	const struct fm_json *registries = fm_json_get(node, "registries");
	bool usual = false;

	out->is.anchor = FM_ANCHOR_GIVEN;
	read_key(&out->is.key, fm_json_get(node, "key"));
	out->is.chain_id = read_u64(fm_json_get(node, "chain_id"));
	read_addr(&out->is.vault, fm_json_get(node, "vault"));
	must(fm_json_bool(&out->legacy, fm_json_get(node, "legacy")) &&
		     fm_json_bool(&usual, fm_json_get(node, "usual")),
	     "a flag");
	read_version(out, 1, node, true);
	read_version(out, 2, node, usual);
	for (const struct fm_json *at = fm_json_first(registries); at;
	     at = fm_json_next(registries, at)) {
		must(out->is.registry_count < 32, "registries");
		read_addr(&out->is.registries[out->is.registry_count++], at);
	}
}

static void read_head(struct cases *out, const struct fm_json *root)
{
	const struct fm_json *trusts = fm_json_get(root, "trusts");
	uint64_t count;

	must(fm_json_u64(&count, fm_json_get(root, "count")) && count &&
		     count <= 1000000 &&
		     fm_json_cstr(out->seed, sizeof(out->seed),
				  fm_json_get(root, "seed")),
	     "the first line");
	for (const struct fm_json *at = fm_json_first(trusts); at;
	     at = fm_json_next(trusts, at)) {
		must(out->trust_count < CASES_TRUSTS, "trusts");
		read_trust(&out->trusts[out->trust_count++], at);
	}
	out->list = need(calloc(count, sizeof(*out->list)));
	out->count = count;
}

/* ---- cases ---- */

static void read_policy(struct fm_validation *out, const struct fm_json *node)
{
	struct fm_span tag = read_hex(fm_json_get(node, "tag"), "a tag");

	read_addr(&out->registry, fm_json_get(node, "registry"));
	out->chain_id = read_u64(fm_json_get(node, "chain_id"));
	read_addr(&out->validator, fm_json_get(node, "validator"));
	must(fm_json_u256(&out->agent_id, fm_json_get(node, "agent_id")), "an agent id");
	out->min_score = (uint8_t)read_u64(fm_json_get(node, "min_score"));
	read_hash(&out->job_hash, fm_json_get(node, "job_hash"));
	must(tag.len <= sizeof(out->tag), "a tag's length");
	if (tag.len)
		memcpy(out->tag, tag.ptr, tag.len);
	out->tag_len = tag.len;
	free((void *)(uintptr_t)tag.ptr);
}

static const struct fm_addr *expect_addr(struct fm_addr *out, const struct fm_json *node)
{
	if (!node)
		return NULL;
	read_addr(out, node);
	return out;
}

static const struct fm_u256 *expect_u256(struct fm_u256 *out, const struct fm_json *node)
{
	if (!node)
		return NULL;
	must(fm_json_u256(out, node), "an expected number");
	return out;
}

static struct case_expect *read_expect(const struct fm_json *node)
{
	struct case_expect *e = need(calloc(1, sizeof(*e)));
	const struct fm_json *policy = fm_json_get(node, "policy");
	const struct fm_json *timestamp = fm_json_get(node, "timestamp");
	const struct fm_json *version = fm_json_get(node, "version");

	e->as.payer = expect_addr(&e->payer, fm_json_get(node, "payer"));
	e->as.recipient = expect_addr(&e->recipient, fm_json_get(node, "recipient"));
	e->as.asset = expect_addr(&e->asset, fm_json_get(node, "asset"));
	e->as.amount = expect_u256(&e->amount, fm_json_get(node, "amount"));
	e->as.req_id = expect_u256(&e->req_id, fm_json_get(node, "req_id"));
	e->as.cycle_id = expect_u256(&e->cycle_id, fm_json_get(node, "cycle_id"));
	if (timestamp) {
		e->timestamp = read_u64(timestamp);
		e->as.timestamp = &e->timestamp;
	}
	if (version)
		e->as.version = (int)read_u64(version);
	if (policy) {
		read_policy(&e->validation, policy);
		e->as.validation = &e->validation;
	}
	return e;
}

static void read_case(struct one_case *out, const struct cases *cases,
		      const struct fm_json *root)
{
	const struct fm_json *rules = fm_json_get(root, "rules");
	const struct fm_json *expect = fm_json_get(root, "expect");
	size_t n = 0;

	out->index = (unsigned)read_u64(fm_json_get(root, "i"));
	out->trust = read_u64(fm_json_get(root, "trust"));
	must(out->trust < cases->trust_count, "a trust's number");
	must(fm_json_cstr(out->kind, sizeof(out->kind), fm_json_get(root, "kind")),
	     "a kind");
	out->key = read_hex(fm_json_get(root, "key"), "a key");
	out->claims = read_hex(fm_json_get(root, "claims"), "claims");
	out->signature = read_hex(fm_json_get(root, "signature"), "a signature");
	if (expect)
		out->expect = read_expect(expect);
	for (const struct fm_json *at = fm_json_first(rules); at;
	     at = fm_json_next(rules, at)) {
		must(n < CASES_RULES &&
			     fm_json_cstr(out->rules[n], sizeof(out->rules[n]), at),
		     "a rule");
		n++;
	}
	must(n > 0, "no rule");
}

void cases_read(struct cases *out, const char *file)
{
	FILE *in = fopen(file, "r");
	char *line = NULL;
	size_t room = 0, lines = 0;
	ssize_t len;

	must(in != NULL, file);
	memset(out, 0, sizeof(*out));
	while ((len = getline(&line, &room, in)) >= 0) {
		struct fm_json *root = NULL;
		struct fm_span text = { line, (size_t)len };
		must(fm_json_parse(&root, text, false, NULL) == FM_OK, "a line");
		must(lines <= out->count, "more lines than announced");
		if (lines++ == 0)
			read_head(out, root);
		else
			read_case(&out->list[lines - 2], out, root);
		fm_json_free(&root);
	}
	must(lines == out->count + 1, "fewer lines than announced");
	free(line);
	fclose(in);
}

void cases_free(struct cases *cases)
{
	for (size_t i = 0; i < cases->count; i++) {
		struct one_case *one = &cases->list[i];
		free((void *)(uintptr_t)one->key.ptr);
		free((void *)(uintptr_t)one->claims.ptr);
		free((void *)(uintptr_t)one->signature.ptr);
		free(one->expect);
	}
	free(cases->list);
}
