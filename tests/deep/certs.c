/* SPDX-License-Identifier: MIT */
/* certs FILE [VERDICTS]: checks the certificates that certs.mjs made, each alone and in batches of
 * random size among others, and compares what is found with what it says. VERDICTS gets one line
 * for each certificate: two builds must write the same. */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	const struct cases *cases;
	bool *failed; /* per case */
	uint64_t state;
};

/* SplitMix64 (Steele, Lea, Flood 2014): the same batches every time. */
static uint64_t next(struct run *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void die(const char *what, const struct fm_err *err)
{
	fprintf(stderr, "certs: %s: %s\n", what, err->msg);
	exit(2);
}

static void complain(struct run *r, const struct one_case *one, const char *how,
		     const char *said, const char *words)
{
	printf("certificates.json: %u (%s, seed %s): %s says %s, not %s%s%s%s\n",
	       one->index, one->kind, r->cases->seed, how, said, one->rules[0],
	       one->rules[1][0] ? " or the like" : "", words[0] ? ": " : "", words);
	r->failed[one - r->cases->list] = true;
}

static bool may_say(const struct one_case *one, const char *word)
{
	for (size_t i = 0; i < CASES_RULES; i++) {
		if (one->rules[i][0] && strcmp(one->rules[i], word) == 0)
			return true;
	}
	return false;
}

static void check(struct run *r, const struct one_case *one, const char *how,
		  const struct fm_cert_verdict *v)
{
	const char *word = fm_cert_rule_word(v->rule);
	bool coherent = v->rule ? v->why.code == fm_cert_rule_code(v->rule)
				: v->why.code == FM_OK && v->decoded;

	if (!may_say(one, word) || !coherent)
		complain(r, one, how, word, v->why.msg);
}

static struct fm_cert_item item_of(const struct one_case *one)
{
	return (struct fm_cert_item){
		.claims = one->claims,
		.signature = one->signature,
		.expect = one->expect ? &one->expect->as : NULL,
	};
}

static void verify(struct fm_cert_item *items, size_t count,
		   const struct case_trust *trust)
{
	enum fm_code worst = FM_OK, rc;
	struct fm_err err;

	fm_err_init(&err);
	rc = fm_cert_verify(items, count, &trust->is, trust->legacy, &fm_system_rand,
			    &err);
	for (size_t i = 0; i < count && !worst; i++)
		worst = items[i].verdict.why.code;
	if (!rc != !worst)
		die("the sum of the verdicts is not theirs", &err);
}

/* ---- one by one ---- */

/* The key is not one of the trusted: it is read first, and what is wrong with the signature as a
 * point comes before what is wrong with the key. */
static enum fm_cert_rule other_key(struct case_trust *trust, const struct one_case *one,
				   struct fm_err *err)
{
	enum fm_cert_rule rule = fm_cert_key_read(&trust->is.key, one->key, err), of_sig;

	if (!rule || one->signature.len != FM_BLS_SIG)
		return rule;
	switch (fm_bls_signature_check((const uint8_t *)one->signature.ptr)) {
	case FM_BLS_FORM:
	case FM_BLS_CURVE:
		return FM_CERT_SIG_POINT;
	case FM_BLS_INFINITY:
		of_sig = FM_CERT_INFINITY;
		break;
	case FM_BLS_SUBGROUP:
		of_sig = FM_CERT_SUBGROUP;
		break;
	default:
		return rule;
	}
	return of_sig < rule ? of_sig : rule;
}

/* The signature by itself, on the way that is not made for batches. */
static void check_bls(struct run *r, const struct one_case *one,
		      const struct fm_bls_key *key, enum fm_cert_rule rule)
{
	static const enum fm_cert_rule words[] = {
		[FM_BLS_OK] = FM_CERT_VERIFIED,
		[FM_BLS_FORM] = FM_CERT_SIG_POINT,
		[FM_BLS_CURVE] = FM_CERT_SIG_POINT,
		[FM_BLS_INFINITY] = FM_CERT_INFINITY,
		[FM_BLS_SUBGROUP] = FM_CERT_SUBGROUP,
		[FM_BLS_PAIRING] = FM_CERT_PAIRING,
	};
	enum fm_cert_rule own;

	if (one->signature.len != FM_BLS_SIG || rule == FM_CERT_LENGTH)
		return;
	own = words[fm_bls_verify(key, one->claims.ptr, one->claims.len,
				  (const uint8_t *)one->signature.ptr)];
	if (own != (rule <= FM_CERT_PAIRING ? rule : FM_CERT_VERIFIED))
		complain(r, one, "fm_bls_verify", fm_cert_rule_word(own), "");
}

static enum fm_cert_rule alone(struct run *r, const struct one_case *one,
			       const char **field)
{
	struct case_trust trust = r->cases->trusts[one->trust];
	struct fm_cert_item item = item_of(one);

	if (one->key.ptr) {
		fm_err_init(&item.verdict.why);
		item.verdict.rule = other_key(&trust, one, &item.verdict.why);
		if (item.verdict.rule) {
			if (!may_say(one, fm_cert_rule_word(item.verdict.rule)))
				complain(r, one, "the key",
					 fm_cert_rule_word(item.verdict.rule),
					 item.verdict.why.msg);
			return item.verdict.rule;
		}
	}
	verify(&item, 1, &trust);
	check(r, one, "alone it", &item.verdict);
	check_bls(r, one, &trust.is.key, item.verdict.rule);
	*field = item.verdict.field;
	return item.verdict.rule;
}

static void all_alone(struct run *r, FILE *verdicts)
{
	for (size_t i = 0; i < r->cases->count; i++) {
		const struct one_case *one = &r->cases->list[i];
		const char *field = NULL;
		enum fm_cert_rule rule = alone(r, one, &field);
		if (verdicts)
			fprintf(verdicts, "%u %s %s\n", one->index,
				fm_cert_rule_word(rule), field ? field : "-");
	}
}

/* ---- in batches ---- */

#define BATCH_MOST 96u

/* Batches over cases of one trust, in the order of `order`; sizes from one up. */
static void in_batches(struct run *r, const char *how, const struct one_case **order,
		       size_t count)
{
	struct fm_cert_item items[BATCH_MOST];

	for (size_t at = 0; at < count;) {
		size_t size = 1 + next(r) % (next(r) % 4 ? 16 : BATCH_MOST);
		if (size > count - at)
			size = count - at;
		for (size_t i = 0; i < size; i++)
			items[i] = item_of(order[at + i]);
		verify(items, size, &r->cases->trusts[order[at]->trust]);
		for (size_t i = 0; i < size; i++)
			check(r, order[at + i], how, &items[i].verdict);
		at += size;
	}
}

/* As they are made, what belongs together side by side; then shuffled, some of them twice. */
static void all_in_batches(struct run *r, size_t trust, const struct one_case **order)
{
	size_t count = 0;

	for (size_t i = 0; i < r->cases->count; i++) {
		const struct one_case *one = &r->cases->list[i];
		if (one->trust == trust && !one->key.ptr)
			order[count++] = one;
	}
	if (!count)
		return;
	in_batches(r, "in a batch it", order, count);
	for (size_t i = count - 1; i > 0; i--) {
		size_t j = next(r) % (i + 1);
		const struct one_case *one = order[i];
		order[i] = order[j];
		order[j] = one;
	}
	for (size_t i = 1; i < count; i += 7)
		order[i] = order[i - 1];
	in_batches(r, "in a shuffled batch it", order, count);
}

int main(int argc, char **argv)
{
	struct cases cases;
	struct run r = { .cases = &cases };
	FILE *verdicts = NULL;
	unsigned failed = 0;
	struct fm_err err;

	fm_err_init(&err);
	if (argc < 2 || argc > 3) {
		fputs("usage: certs FILE [VERDICTS]\n", stderr);
		return 2;
	}
	if (fm_init(&err))
		die("cannot start", &err);
	cases_read(&cases, argv[1]);
	if (argc == 3 && !(verdicts = fopen(argv[2], "w"))) {
		perror(argv[2]);
		return 2;
	}
	r.failed = calloc(cases.count, sizeof(*r.failed));
	const struct one_case **order = calloc(cases.count, sizeof(*order));
	if (!r.failed || !order)
		abort();
	all_alone(&r, verdicts);
	for (size_t i = 0; i < cases.trust_count; i++)
		all_in_batches(&r, i, order);
	for (size_t i = 0; i < cases.count; i++)
		failed += r.failed[i];
	printf("certificates.json: %zu passed, %u failed, %zu cases, seed %s\n",
	       cases.count - failed, failed, cases.count, cases.seed);
	free(order);
	free(r.failed);
	cases_free(&cases);
	return (verdicts && fclose(verdicts)) || failed;
}
