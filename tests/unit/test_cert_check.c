/* SPDX-License-Identifier: MIT */
/* The checks of a certificate by themselves, in their order and beside each other;
 * known answers are in vec_certificates. 4mica.md, section 5.4. */
#include <bls_sign.h>
#include <fourmica/cert.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CHAIN 84532

static const struct fm_addr vault = {
	{0x56, 0x49}
};
static struct fm_cert_trust trust;
static struct fm_err err;

/* A certificate, its bytes and its signature. */
struct made {
	struct fm_cert cert;
	struct fm_buf bytes;
	uint8_t sig[FM_BLS_SIG];
	struct fm_cert_item item;
};

static int setup(void **state)
{
	(void)state;
	memset(&trust, 0, sizeof(trust));
	trust.anchor = FM_ANCHOR_PIN;
	trust.chain_id = CHAIN;
	trust.vault = vault;
	for (int n = 1; n <= FM_GUARANTEE_VERSIONS; n++) {
		struct fm_trust_version *version = &trust.version[n - 1];
		version->enabled = version->has_domain = true;
		fm_cert_domain(&version->domain, n, CHAIN, &vault);
	}
	return fm_bls_key_decode(&trust.key, bls_test_key) != FM_BLS_OK;
}

static void make(struct made *m, int version)
{
	struct fm_claims *c = &m->cert.claims;
	struct fm_validation *v = &c->validation;

	memset(m, 0, sizeof(*m));
	m->cert.version = c->version = version;
	m->cert.envelope = true;
	m->cert.domain = trust.version[version - 1].domain;
	m->cert.cycle_id = fm_u256_from_u64(0xc1);
	c->user.b[0] = 1;
	c->recipient.b[0] = 2;
	c->asset.b[0] = 3;
	c->req_id = fm_u256_from_u64(7);
	c->amount = fm_u256_from_u64(1500000);
	c->timestamp = 1782122400;
	if (version == 2) {
		v->registry.b[0] = 4;
		v->chain_id = CHAIN;
		v->validator.b[0] = 5;
		v->agent_id = fm_u256_from_u64(42);
		v->min_score = 80;
		v->job_hash.b[0] = 6;
		memcpy(v->tag, "hard-finality", 13);
		v->tag_len = 13;
		fm_claims_bind(c);
	}
}

/* Sign the bytes as they are. */
static void sign(struct made *m)
{
	bls_sign(m->sig, bls_test_secret, m->bytes.ptr, m->bytes.len);
	m->item.claims = fm_buf_span(&m->bytes);
	m->item.signature = (struct fm_span){ (const char *)m->sig, sizeof(m->sig) };
}

static void issue(struct made *m)
{
	fm_buf_clear(&m->bytes);
	fm_buf_init(&m->bytes, FM_CERT_MAX);
	fm_cert_encode(&m->bytes, &m->cert);
	assert_true(fm_buf_ok(&m->bytes));
	sign(m);
}

static enum fm_cert_rule verify_as(struct made *m, bool legacy)
{
	const struct fm_cert_verdict *v = &m->item.verdict;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_cert_verify(&m->item, 1, &trust, legacy, &fm_system_rand, &err);
	assert_int_equal(rc, fm_cert_rule_code(v->rule));
	assert_int_equal(rc, v->why.code);
	assert_memory_equal(&err, &v->why, sizeof(err));
	assert_string_equal(err.rule, rc ? fm_cert_rule_word(v->rule) : "");
	assert_int_equal(rc != FM_OK, err.msg[0] != 0);
	return v->rule;
}

static enum fm_cert_rule verify(struct made *m)
{
	return verify_as(m, false);
}

static void expect_rule(struct made *m, enum fm_cert_rule rule, const char *words)
{
	enum fm_cert_rule got = verify(m);

	if (got != rule || !strstr(err.msg, words))
		fail_msg("%s: '%s', not %s: '%s'", fm_cert_rule_word(got), err.msg,
			 fm_cert_rule_word(rule), words);
}

static void expect_field(struct made *m, const char *field, const char *expected,
			 const char *actual)
{
	char words[512];

	snprintf(words, sizeof(words), "the %s is %s, expected %s", field, actual,
		 expected);
	expect_rule(m, FM_CERT_EXPECTATION, words);
	assert_string_equal(m->item.verdict.field, field);
	assert_string_equal(m->item.verdict.expected, expected);
	assert_string_equal(m->item.verdict.actual, actual);
}

static void drop(struct made *m)
{
	fm_buf_clear(&m->bytes);
}

static void test_verified(void **state)
{
	(void)state;
	for (int version = 1; version <= 2; version++) {
		struct fm_cert_expect expect;
		struct made m;

		make(&m, version);
		issue(&m);
		assert_int_equal(verify(&m), FM_CERT_VERIFIED);
		fm_cert_expect_claims(&expect, &m.cert.claims);
		expect.cycle_id = &m.cert.cycle_id;
		m.item.expect = &expect;
		assert_int_equal(verify(&m), FM_CERT_VERIFIED);
		assert_true(m.item.verdict.decoded);
		assert_memory_equal(&m.item.verdict.cert.domain, &m.cert.domain, 32);
		assert_null(m.item.verdict.field);
		/* without anyone to tell */
		assert_int_equal(fm_cert_verify(&m.item, 1, &trust, false,
						&fm_system_rand, NULL),
				 FM_OK);
		drop(&m);
	}
}

/* Everything wrong at once; repaired one by one in the order of the checks. */
static void test_order(void **state)
{
	(void)state;
	struct fm_cert_expect expect = { .version = 1 };
	struct made m;
	uint8_t infinity[FM_BLS_SIG] = { 0xc0 };

	make(&m, 2);
	m.item.expect = &expect;
	m.cert.claims.validation.min_score = 0;
	m.cert.domain.b[0] ^= 1;
	trust.version[1].enabled = false;
	trust.anchor = FM_ANCHOR_NONE;
	issue(&m);
	m.bytes.ptr[32 * 12 + 31] = 1;	  /* the inner version */
	m.bytes.ptr[32 * 15] = 1;	  /* above the chain id */
	m.bytes.ptr[32 * 22 + 30] = 0x40; /* the tag's length */

	m.item.claims.len = 63;
	m.item.signature.len = 95;
	expect_rule(&m, FM_CERT_LENGTH, "the claims have 63 bytes");
	m.item.claims.len = m.bytes.len;
	expect_rule(&m, FM_CERT_LENGTH, "the signature has 95 bytes");
	m.item.signature.len = 97;
	expect_rule(&m, FM_CERT_LENGTH, "the signature has 97 bytes");
	m.item.signature.len = 96;
	m.sig[0] = 0;
	expect_rule(&m, FM_CERT_SIG_POINT, "the signature ");
	memcpy(m.sig, infinity, sizeof(infinity));
	expect_rule(&m, FM_CERT_INFINITY, "the signature is the point at infinity");
	bls_stray(m.sig, "stray", 5);
	expect_rule(&m, FM_CERT_SUBGROUP, "the signature is ");
	bls_sign(m.sig, bls_test_secret, "other", 5);
	expect_rule(&m, FM_CERT_KEY, "no trusted key");
	assert_int_not_equal(err.hint[0], 0);
	trust.anchor = FM_ANCHOR_GIVEN;
	expect_rule(&m, FM_CERT_PAIRING, "not the trusted key's");
	assert_false(m.item.verdict.decoded);
	sign(&m);
	expect_rule(&m, FM_CERT_ABI, "the tag claims 0x400d bytes");
	m.bytes.ptr[32 * 22 + 30] = 0;
	sign(&m);
	expect_rule(&m, FM_CERT_CANONICAL, "byte 480");
	m.bytes.ptr[32 * 15] = 0;
	sign(&m);
	expect_rule(&m, FM_CERT_VERSION, "inner version 1, envelope version 2");
	m.bytes.ptr[32 * 12 + 31] = 2;
	sign(&m);
	expect_rule(&m, FM_CERT_VERSION, "version 2 is not enabled");
	trust.version[1].enabled = true;
	expect_rule(&m, FM_CERT_DOMAIN, "the domain is 0x");
	m.cert.domain.b[0] ^= 1;
	issue(&m);
	expect_rule(&m, FM_CERT_POLICY, "the validation score is 0");
	m.cert.claims.validation.min_score = 80;
	issue(&m);
	expect_field(&m, "version", "1", "2");
	expect.version = 2;
	assert_int_equal(verify(&m), FM_CERT_VERIFIED);
	drop(&m);
}

/* ---- the asker's own values ---- */

static void test_every_field_by_itself(void **state)
{
	(void)state;
	static const struct fm_addr addr = { { 0xab } };
	static const struct fm_u256 number = { { 8 } };
	static const uint64_t time = 1782122401;
	struct fm_cert_expect expect;
	char want[FM_ADDR_TEXT];
	struct made m;

	make(&m, 1);
	issue(&m);
	m.item.expect = &expect;
	fm_addr_text(want, &addr);

	expect = (struct fm_cert_expect){ .version = 2 };
	expect_field(&m, "version", "2", "1");
	expect = (struct fm_cert_expect){ .payer = &addr };
	expect_field(&m, "payer", want, "0x0100000000000000000000000000000000000000");
	expect = (struct fm_cert_expect){ .recipient = &addr };
	expect_field(&m, "recipient", want, "0x0200000000000000000000000000000000000000");
	expect = (struct fm_cert_expect){ .amount = &number };
	expect_field(&m, "amount", "8", "1500000");
	expect = (struct fm_cert_expect){ .asset = &addr };
	expect_field(&m, "asset", want, "0x0300000000000000000000000000000000000000");
	expect = (struct fm_cert_expect){ .req_id = &number };
	expect_field(&m, "req_id", "8", "7");
	expect = (struct fm_cert_expect){ .timestamp = &time };
	expect_field(&m, "timestamp", "1782122401", "1782122400");
	expect = (struct fm_cert_expect){ .cycle_id = &number };
	expect_field(
		&m, "cycle_id",
		"0x0000000000000000000000000000000000000000000000000000000000000008",
		"0x00000000000000000000000000000000000000000000000000000000000000c1");
	drop(&m);
}

/* Of several, the first in the documented order is named. */
static void test_first_field(void **state)
{
	(void)state;
	static const char *const order[] = {
		"payer",
		"recipient",
		"amount",
		"asset",
		"req_id",
		"timestamp",
		"cycle_id",
		"validation_registry_address",
		"validation_chain_id",
		"validator_address",
		"validator_agent_id",
		"min_validation_score",
		"job_hash",
		"required_validation_tag",
	};
	struct fm_validation want = { .chain_id = 1, .min_score = 1, .tag_len = 1 };
	const struct fm_validation *v;
	static const struct fm_addr addr = { { 0xab } };
	static const struct fm_u256 number = { { 8 } };
	static const uint64_t time = 9;
	struct fm_cert_expect expect = {
		.payer = &addr,
		.recipient = &addr,
		.asset = &addr,
		.amount = &number,
		.req_id = &number,
		.cycle_id = &number,
		.timestamp = &time,
		.validation = &want,
	};
	struct made m;

	make(&m, 2);
	issue(&m);
	m.item.expect = &expect;
	v = &m.cert.claims.validation;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		assert_int_equal(verify(&m), FM_CERT_EXPECTATION);
		assert_string_equal(m.item.verdict.field, order[i]);
		expect.payer = NULL;
		expect.recipient = i >= 1 ? NULL : &addr;
		expect.amount = i >= 2 ? NULL : &number;
		expect.asset = i >= 3 ? NULL : &addr;
		expect.req_id = i >= 4 ? NULL : &number;
		expect.timestamp = i >= 5 ? NULL : &time;
		expect.cycle_id = i >= 6 ? NULL : &number;
		want.registry = i >= 7 ? v->registry : addr;
		want.chain_id = i >= 8 ? v->chain_id : 1;
		want.validator = i >= 9 ? v->validator : addr;
		want.agent_id = i >= 10 ? v->agent_id : number;
		want.min_score = i >= 11 ? v->min_score : 1;
		if (i >= 12)
			want.job_hash = v->job_hash;
		if (i >= 13) {
			memcpy(want.tag, v->tag, v->tag_len);
			want.tag_len = v->tag_len;
		}
	}
	assert_int_equal(verify(&m), FM_CERT_VERIFIED);
	drop(&m);
	/* who insists on a policy does not take a certificate without one */
	make(&m, 1);
	issue(&m);
	expect = (struct fm_cert_expect){ .validation = &want };
	m.item.expect = &expect;
	expect_field(&m, "version", "2", "1");
	drop(&m);
}

static void test_tag_texts(void **state)
{
	(void)state;
	struct fm_validation want;
	struct fm_cert_expect expect = { .validation = &want };
	struct made m;

	make(&m, 2);
	memset(m.cert.claims.validation.tag, 0x1b, FM_TAG_MAX);
	m.cert.claims.validation.tag_len = FM_TAG_MAX;
	fm_claims_bind(&m.cert.claims);
	issue(&m);
	m.item.expect = &expect;
	want = m.cert.claims.validation;
	assert_int_equal(verify(&m), FM_CERT_VERIFIED);
	want.tag_len = 0;
	expect_rule(&m, FM_CERT_EXPECTATION, "\\x1b... (512 bytes), expected empty");
	assert_string_equal(m.item.verdict.expected, "");
	assert_null(strchr(m.item.verdict.actual, 0x1b));
	want.tag_len = 2;
	memcpy(want.tag, "ok", 2);
	expect_rule(&m, FM_CERT_EXPECTATION, ", expected ok");
	drop(&m);
}

/* ---- version, domain, policy ---- */

static void test_version_and_domain(void **state)
{
	(void)state;
	struct made m;

	for (int version = 1; version <= 2; version++) {
		struct fm_trust_version *own = &trust.version[version - 1];
		make(&m, version);
		issue(&m);
		own->enabled = false;
		expect_rule(&m, FM_CERT_VERSION, "is not enabled for this vault");
		own->enabled = true;
		own->has_domain = false;
		expect_rule(&m, FM_CERT_DOMAIN, "none is known for version");
		assert_non_null(strstr(err.hint, "--domain"));
		assert_string_equal(m.item.verdict.field, "domain");
		assert_string_equal(m.item.verdict.expected, "");
		assert_int_equal(strlen(m.item.verdict.actual), 66);
		own->has_domain = true;
		m.cert.domain = trust.version[2 - version].domain;
		issue(&m);
		expect_rule(&m, FM_CERT_DOMAIN, "expected 0x");
		assert_non_null(
			strstr(err.hint, version == 1 ? "of version 2" : "of version 1"));
		m.cert.domain.b[31] ^= 1;
		issue(&m);
		expect_rule(&m, FM_CERT_DOMAIN, "expected 0x");
		assert_non_null(strstr(err.hint, "another chain or vault"));
		assert_int_equal(strlen(m.item.verdict.expected), 66);
		drop(&m);
	}
}

static void test_policy(void **state)
{
	(void)state;
	struct made m;
	struct fm_validation *v = &m.cert.claims.validation;

	make(&m, 2);
	v->min_score = 101;
	fm_claims_bind(&m.cert.claims);
	issue(&m);
	expect_rule(&m, FM_CERT_POLICY, "score is 101, it must be 1 to 100");
	v->min_score = 100;
	memset(&v->job_hash, 0, sizeof(v->job_hash));
	fm_claims_bind(&m.cert.claims);
	issue(&m);
	expect_rule(&m, FM_CERT_POLICY, "the job hash is zero");
	v->job_hash.b[31] = 1;
	fm_claims_bind(&m.cert.claims);
	v->subject_hash.b[0] ^= 1;
	issue(&m);
	expect_rule(&m, FM_CERT_POLICY, "the validation subject hash is 0x");
	v->subject_hash.b[0] ^= 1;
	v->request_hash.b[0] ^= 1;
	issue(&m);
	expect_rule(&m, FM_CERT_POLICY, "the validation request hash is 0x");
	v->request_hash.b[0] ^= 1;
	issue(&m);
	assert_int_equal(verify(&m), FM_CERT_VERIFIED);
	memcpy(v->tag, "\xc3\x28", 2);
	fm_claims_bind(&m.cert.claims);
	issue(&m);
	expect_rule(&m, FM_CERT_POLICY, "the validation tag is not UTF-8");
	assert_null(m.item.verdict.field);
	drop(&m);
}

static void test_chain_and_registry(void **state)
{
	(void)state;
	struct made m;

	make(&m, 2);
	issue(&m);
	trust.chain_id = 8453;
	expect_rule(&m, FM_CERT_POLICY,
		    "the validation chain id is 84532, the vault's is 8453");
	trust.chain_id = 0; /* not known */
	assert_int_equal(verify(&m), FM_CERT_VERIFIED);
	trust.registry_count = 2;
	expect_rule(&m, FM_CERT_POLICY, "is none of the 2 trusted ones");
	trust.registries[1] = m.cert.claims.validation.registry;
	assert_int_equal(verify(&m), FM_CERT_VERIFIED);
	trust.registry_count = 1;
	expect_rule(&m, FM_CERT_POLICY, "the validation registry 0x04");
	drop(&m);
}

static void test_legacy(void **state)
{
	(void)state;
	struct made m;

	for (int version = 1; version <= 2; version++) {
		make(&m, version);
		m.cert.envelope = false;
		issue(&m);
		expect_rule(&m, FM_CERT_ABI, "a legacy form");
		assert_int_equal(verify_as(&m, true), FM_CERT_VERIFIED);
		assert_false(m.item.verdict.cert.envelope);
		m.cert.domain.b[0] ^= 1;
		issue(&m);
		assert_int_equal(verify_as(&m, true), FM_CERT_DOMAIN);
		drop(&m);
	}
}

/* ---- keys ---- */

static const char good_key[] =
	"8d63b54057ad10fd1a08faca7fb6dda7d6b9fc5b3240c09ee91cc94cac82e70c"
	"3eb73f21f6991af84a1c31fd2f7c4f48";
static const char stray_key[] =
	"0x8eee300195b24b8c0a56798a30492144c6c9387d73d30535a81e8860f2c60661"
	"ef915db4a4a78f3ae9c11ee4529f5ae5";
static const char no_key[] =
	"8ed4e3feaba8010b77b2ce522ddf5ccdd801d5103a385f860b775740c6b44f37"
	"11d5b6223274b927af55e3ac27cc23f0";

static void expect_key(const char *text, enum fm_cert_rule rule, const char *words)
{
	struct fm_bls_key key, before;

	memset(&key, 0x5a, sizeof(key));
	before = key;
	fm_err_init(&err);
	assert_int_equal(fm_cert_key_hex(&key, fm_span_of(text), &err), rule);
	assert_int_equal(memcmp(&key, &before, sizeof(key)) == 0,
			 rule != FM_CERT_VERIFIED);
	if (rule) {
		assert_string_equal(err.rule, fm_cert_rule_word(rule));
		assert_non_null(strstr(err.msg, words));
	}
}

static void test_keys(void **state)
{
	(void)state;
	char text[2 * 97 + 1];

	expect_key(good_key, FM_CERT_VERIFIED, "");
	snprintf(text, sizeof(text), "0x%s", good_key);
	expect_key(text, FM_CERT_VERIFIED, "");
	expect_key(stray_key, FM_CERT_SUBGROUP, "the key is ");
	expect_key(no_key, FM_CERT_PUBKEY_POINT, "the key is no point");
	snprintf(text, sizeof(text), "0%s", good_key + 1);
	expect_key(text, FM_CERT_PUBKEY_POINT, "the key has wrong flags");
	snprintf(text, sizeof(text), "c0%094d", 0);
	expect_key(text, FM_CERT_INFINITY, "the key is the point at infinity");
	expect_key(good_key + 2, FM_CERT_LENGTH, "the key has 47 bytes");
	snprintf(text, sizeof(text), "%s%s", good_key, good_key);
	expect_key(text, FM_CERT_LENGTH, "the key has 96 bytes, a compressed key has 48");
	snprintf(text, sizeof(text), "%s%s00", good_key, good_key);
	expect_key(text, FM_CERT_LENGTH, "97 bytes");
	expect_key("", FM_CERT_LENGTH, "the key has 0 bytes");
	expect_key(good_key + 1, FM_CERT_HEX, "an odd number");
	expect_key("0x8d63b5405 ", FM_CERT_HEX, "character 12");
}

/* ---- batches ---- */

#define KINDS 12

/* One of every kind of verdict that one trust can give. */
static void make_kind(struct made *m, size_t kind)
{
	static const struct fm_u256 wanted = { { 1500001 } };
	static const struct fm_cert_expect expect = { .amount = &wanted };
	struct fm_validation *v = &m->cert.claims.validation;

	make(m, kind == 10 ? 2 : 1);
	m->cert.claims.req_id.w[1] = kind;
	m->cert.domain.b[3] ^= kind == 9;
	if (kind == 10) {
		v->min_score = 0;
		fm_claims_bind(&m->cert.claims);
	}
	m->item.expect = kind == 11 ? &expect : NULL;
	issue(m);
	m->item.claims.len -= kind == 1 ? m->bytes.len : 0;
	m->item.signature.len -= kind == 2;
	m->sig[0] ^= kind == 3 ? 0x80 : 0;
	if (kind == 4)
		bls_stray(m->sig, "stray", 5);
	m->sig[0] ^= kind == 5 ? 0x20 : 0; /* the negated signature */
	m->bytes.ptr[63] = (char)(kind == 6 ? 0x7f : 0x40);
	m->bytes.ptr[63 + 32 * 3] ^= kind == 7;
	m->bytes.ptr[32 * 6] ^= kind == 8; /* above the payer */
	if (kind == 8 || kind == 6)
		sign(m);
}

static const enum fm_cert_rule kind_rules[KINDS] = {
	FM_CERT_VERIFIED,  FM_CERT_LENGTH,  FM_CERT_LENGTH,    FM_CERT_SIG_POINT,
	FM_CERT_SUBGROUP,  FM_CERT_PAIRING, FM_CERT_CANONICAL, FM_CERT_PAIRING,
	FM_CERT_CANONICAL, FM_CERT_DOMAIN,  FM_CERT_POLICY,    FM_CERT_EXPECTATION,
};

static enum fm_code verify_all(struct fm_cert_item *items, size_t count)
{
	fm_err_init(&err);
	return fm_cert_verify(items, count, &trust, false, &fm_system_rand, &err);
}

/* All kinds, several of each, in different orders: every verdict is the one it gets
 * alone. */
static void test_batch(void **state)
{
	(void)state;
	struct made made[KINDS];
	struct fm_cert_item items[3 * KINDS];
	const size_t count = sizeof(items) / sizeof(items[0]);

	for (size_t i = 0; i < KINDS; i++) {
		make_kind(&made[i], i);
		assert_int_equal(verify(&made[i]), kind_rules[i]);
	}
	for (size_t step = 1; step < KINDS; step += 4) { /* 1, 5, 9: 5 permutes */
		for (size_t i = 0; i < count; i++)
			items[i] = (struct fm_cert_item){
				.claims = made[i * step % KINDS].item.claims,
				.signature = made[i * step % KINDS].item.signature,
				.expect = made[i * step % KINDS].item.expect,
			};
		assert_int_equal(verify_all(items, count), FM_E_CERT);
		for (size_t i = 0; i < count; i++) {
			const struct fm_cert_verdict *alone =
				&made[i * step % KINDS].item.verdict;
			assert_memory_equal(&items[i].verdict.why, &alone->why,
					    sizeof(alone->why));
			assert_int_equal(items[i].verdict.rule, alone->rule);
			assert_int_equal(items[i].verdict.decoded, alone->decoded);
			assert_string_equal(items[i].verdict.actual, alone->actual);
		}
	}
	for (size_t i = 0; i < KINDS; i++)
		drop(&made[i]);
}

/* 60 over 61 over 62, and the record is the first that is so bad. */
static void test_worst(void **state)
{
	(void)state;
	struct made made[KINDS];
	struct fm_cert_item items[4];

	for (size_t i = 0; i < KINDS; i++)
		make_kind(&made[i], i);
	items[0] = made[0].item;
	items[1] = made[11].item;
	items[2] = made[9].item;
	items[3] = made[0].item;
	assert_int_equal(verify_all(items, 1), FM_OK);
	assert_int_equal(verify_all(items, 4), FM_E_CERT_DIFF);
	assert_string_equal(err.rule, "expectation");
	items[3] = made[10].item;
	assert_int_equal(verify_all(items, 4), FM_E_CERT);
	assert_string_equal(err.rule, "policy");
	trust.anchor = FM_ANCHOR_NONE;
	assert_int_equal(verify_all(items, 4), FM_E_CERT_KEY);
	items[2] = made[4].item;
	assert_int_equal(verify_all(items, 4), FM_E_CERT);
	assert_string_equal(err.rule, "subgroup");
	assert_int_equal(items[0].verdict.rule, FM_CERT_KEY);
	for (size_t i = 0; i < KINDS; i++)
		drop(&made[i]);
}

static enum fm_code no_luck(void *ctx, void *out, size_t len)
{
	(void)ctx;
	memset(out, 0, len);
	return FM_E_IO;
}

/* What could not be checked is not verified, and not called good or bad by its
 * content. */
static void test_checks_that_cannot_run(void **state)
{
	(void)state;
	const struct fm_rand broken = { no_luck, NULL };
	struct fm_cert_item items[3];
	struct made good, shorter;
	enum fm_code rc;

	make_kind(&good, 0);
	make_kind(&shorter, 2);
	items[0] = items[2] = good.item;
	items[1] = shorter.item;
	fm_err_init(&err);
	rc = fm_cert_verify(items, 3, &trust, false, &broken, &err);
	assert_int_not_equal(rc, FM_OK);
	assert_int_not_equal(rc, FM_E_CERT);
	assert_int_equal(err.code, rc);
	assert_int_not_equal(items[0].verdict.rule, FM_CERT_VERIFIED);
	assert_int_equal(items[2].verdict.why.code, rc);
	assert_int_equal(items[1].verdict.rule, FM_CERT_LENGTH);
	drop(&good);
	drop(&shorter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_verified, setup),
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_every_field_by_itself, setup),
		cmocka_unit_test_setup(test_first_field, setup),
		cmocka_unit_test_setup(test_tag_texts, setup),
		cmocka_unit_test_setup(test_version_and_domain, setup),
		cmocka_unit_test_setup(test_policy, setup),
		cmocka_unit_test_setup(test_chain_and_registry, setup),
		cmocka_unit_test_setup(test_legacy, setup),
		cmocka_unit_test_setup(test_keys, setup),
		cmocka_unit_test_setup(test_batch, setup),
		cmocka_unit_test_setup(test_worst, setup),
		cmocka_unit_test_setup(test_checks_that_cannot_run, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
