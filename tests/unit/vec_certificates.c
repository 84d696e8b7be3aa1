/* SPDX-License-Identifier: MIT */
/* Guarantee certificates as the 4Mica vectors have them: each with the verdict of a
 * strict verifier, the check that fails, and the bare pairing equation by itself. */
#include <fourmica/cert.h>
#include <vectors.h>

#include <string.h>

#define SIGNATURE_ROOM 256u

/* ---- what a certificate is held against ---- */

static const struct fm_json *context_of(struct vectors *v, const struct fm_json *c)
{
	const struct fm_json *list = fm_json_get(v->root, "contexts");
	const struct fm_json *at = fm_json_first(list);
	uint64_t index = 0;

	if (!fm_json_u64(&index, fm_json_get(c, "context")))
		vector_fail(v, "the case names no context");
	while (at && index--)
		at = fm_json_next(list, at);
	return at;
}

static bool read_addr(struct vectors *v, struct fm_addr *out, const struct fm_json *c,
		      const char *path)
{
	return expect(v, fm_addr_parse(out, NULL, vector_need(v, c, path)),
		      "%s is no address", path);
}

static bool read_domain(struct vectors *v, struct fm_cert_trust *trust, int version,
			const struct fm_json *context, const char *path)
{
	struct fm_trust_version *own = &trust->version[version - 1];
	struct fm_hash usual;

	fm_cert_domain(&usual, version, trust->chain_id, &trust->vault);
	own->enabled = own->has_domain = true;
	return expect(v, fm_hash_parse(&own->domain, vector_need(v, context, path)),
		      "%s is no hash", path) &&
	       expect(v, fm_hash_equal(&usual, &own->domain), "%s is computed otherwise",
		      path);
}

/* All but the key, which may be what is wrong. */
static bool read_trust(struct vectors *v, struct fm_cert_trust *trust,
		       const struct fm_json *c)
{
	const struct fm_json *context = context_of(v, c);

	memset(trust, 0, sizeof(*trust));
	trust->anchor = FM_ANCHOR_GIVEN;
	return expect(v, fm_json_u64(&trust->chain_id, fm_json_get(context, "chain_id")),
		      "the context has no chain id") &&
	       read_addr(v, &trust->vault, context, "contract_address") &&
	       read_domain(v, trust, 1, context, "domain_v1") &&
	       read_domain(v, trust, 2, context, "domain_v2");
}

static struct fm_span key_text(struct vectors *v, const struct fm_json *c)
{
	struct fm_span own = vector_str(v, c, "public_key");
	return own.ptr ? own : vector_need(v, context_of(v, c), "public_key");
}

/* ---- what it is ---- */

struct sample {
	struct fm_cert_trust trust;
	uint8_t claims[FM_CERT_MAX], signature[SIGNATURE_ROOM];
	struct fm_cert_item item;
	enum fm_cert_rule rule; /* of reading the texts, then of verifying */
	struct fm_err err;
};

static enum fm_cert_rule read_part(struct sample *s, struct fm_span *out, uint8_t *bytes,
				   size_t room, struct fm_span text, const char *what)
{
	size_t len = 0;
	enum fm_cert_rule rule = fm_cert_hex(bytes, room, &len, text, what, &s->err);

	*out = (struct fm_span){ (const char *)bytes, len };
	return rule;
}

static bool read_sample(struct vectors *v, struct sample *s, const struct fm_json *c)
{
	memset(s, 0, sizeof(*s));
	fm_err_init(&s->err);
	if (!read_trust(v, &s->trust, c))
		return false;
	s->rule = read_part(s, &s->item.claims, s->claims, sizeof(s->claims),
			    vector_need(v, c, "claims"), "claims");
	if (!s->rule)
		s->rule = read_part(s, &s->item.signature, s->signature,
				    sizeof(s->signature), vector_need(v, c, "signature"),
				    "signature");
	if (!s->rule)
		s->rule = fm_cert_key_hex(&s->trust.key, key_text(v, c), &s->err);
	return true;
}

static void verify(struct sample *s, bool legacy)
{
	enum fm_code rc =
		fm_cert_verify(&s->item, 1, &s->trust, legacy, &fm_system_rand, &s->err);

	s->rule = s->item.verdict.rule;
	if (rc != fm_cert_rule_code(s->rule))
		s->rule = FM_CERT_PAIRING;
}

/* ---- decoded fields ---- */

static bool expect_addr(struct vectors *v, const struct fm_json *c, const char *path,
			const struct fm_addr *got)
{
	char text[FM_ADDR_TEXT];
	fm_addr_text(text, got);
	return expect_str(v, c, path, text);
}

static bool expect_hash(struct vectors *v, const struct fm_json *c, const char *path,
			const struct fm_hash *got)
{
	char text[FM_HASH_TEXT];
	fm_hash_text(text, got);
	return expect_str(v, c, path, text);
}

static bool expect_u256(struct vectors *v, const struct fm_json *c, const char *path,
			const struct fm_u256 *got)
{
	struct fm_u256 want;
	return expect(
		v, fm_json_u256(&want, vector_get(c, path)) && !fm_u256_cmp(&want, got),
		"%s differs", path);
}

static bool expect_u64(struct vectors *v, const struct fm_json *c, const char *path,
		       uint64_t got)
{
	struct fm_u256 value = fm_u256_from_u64(got);
	return expect_u256(v, c, path, &value);
}

static bool expect_validation(struct vectors *v, const struct fm_json *c,
			      const struct fm_validation *p)
{
	struct fm_span tag = vector_need(v, c, "decoded.required_validation_tag");

	return expect_addr(v, c, "decoded.validation_registry_address", &p->registry) &&
	       expect_hash(v, c, "decoded.validation_request_hash", &p->request_hash) &&
	       expect_u64(v, c, "decoded.validation_chain_id", p->chain_id) &&
	       expect_addr(v, c, "decoded.validator_address", &p->validator) &&
	       expect_u256(v, c, "decoded.validator_agent_id", &p->agent_id) &&
	       expect_u64(v, c, "decoded.min_validation_score", p->min_score) &&
	       expect_hash(v, c, "decoded.validation_subject_hash", &p->subject_hash) &&
	       expect_hash(v, c, "decoded.job_hash", &p->job_hash) &&
	       expect(v, tag.len == p->tag_len && !memcmp(tag.ptr, p->tag, tag.len),
		      "required_validation_tag differs");
}

/* Where the cycle's text is given, it is found from its hash. */
static bool expect_cycle(struct vectors *v, const struct fm_json *c,
			 const struct fm_cert *cert)
{
	struct fm_span text = vector_str(v, c, "decoded.cycle_id_text");
	struct fm_cycle_guess guess;

	if (!text.ptr)
		return true;
	return expect(v,
		      fm_cycle_guess(&guess, &cert->cycle_id, &cert->claims.asset,
				     cert->claims.timestamp),
		      "no cycle %s", text.ptr) &&
	       expect_str(v, c, "decoded.cycle_id_text", guess.text);
}

static bool expect_cert(struct vectors *v, const struct fm_json *c,
			const struct fm_cert *cert)
{
	const struct fm_claims *claims = &cert->claims;
	struct fm_hash cycle;
	fm_u256_to_be(cycle.b, &cert->cycle_id);
	return expect_u64(v, c, "decoded.version", (uint64_t)cert->version) &&
	       expect_hash(v, c, "decoded.domain", &cert->domain) &&
	       expect_hash(v, c, "decoded.cycle_id", &cycle) &&
	       expect_u256(v, c, "decoded.req_id", &claims->req_id) &&
	       expect_addr(v, c, "decoded.user_address", &claims->user) &&
	       expect_addr(v, c, "decoded.recipient_address", &claims->recipient) &&
	       expect_u256(v, c, "decoded.amount", &claims->amount) &&
	       expect_addr(v, c, "decoded.asset_address", &claims->asset) &&
	       expect_u64(v, c, "decoded.timestamp", claims->timestamp) &&
	       expect_cycle(v, c, cert) &&
	       (cert->version == 1 || expect_validation(v, c, &claims->validation));
}

static bool expect_encoded(struct vectors *v, const struct sample *s)
{
	struct fm_buf again;
	fm_buf_init(&again, FM_CERT_MAX);
	fm_cert_encode(&again, &s->item.verdict.cert);
	bool same = again.len == s->item.claims.len &&
		    !memcmp(again.ptr, s->item.claims.ptr, again.len);
	fm_buf_clear(&again);
	return expect(v, same, "encoded again it differs");
}

static bool expect_verified(struct vectors *v, const struct sample *s,
			    const struct fm_json *c, bool envelope)
{
	const struct fm_cert_verdict *got = &s->item.verdict;

	return expect(v, !s->rule && got->why.code == FM_OK, "%s: %s",
		      fm_cert_rule_word(s->rule), s->err.msg) &&
	       expect(v, got->decoded && got->cert.envelope == envelope, "the form") &&
	       expect_cert(v, c, &got->cert) && expect_encoded(v, s);
}

static bool check_valid(struct vectors *v, const struct fm_json *c)
{
	struct sample s;

	if (!read_sample(v, &s, c))
		return false;
	if (!s.rule)
		verify(&s, false);
	return expect_verified(v, &s, c, true);
}

static bool check_legacy(struct vectors *v, const struct fm_json *c)
{
	struct sample s;

	if (!read_sample(v, &s, c) ||
	    !expect(v,
		    vector_is(c, "verify_strict", "reject") &&
			    vector_is(c, "verify_allow_legacy", "accept"),
		    "another kind of case") ||
	    !expect(v, !s.rule, "%s", s.err.msg))
		return false;
	verify(&s, false);
	if (!expect(v, s.rule == FM_CERT_ABI && strstr(s.err.msg, "legacy form"),
		    "strictly: %s: %s", fm_cert_rule_word(s.rule), s.err.msg))
		return false;
	fm_err_init(&s.err);
	verify(&s, true);
	return expect_verified(v, &s, c, false);
}

/* ---- refused ---- */

/* One member of an expectation; its text is what a verdict must show. */
struct wanted {
	struct fm_cert_expect expect;
	struct fm_addr addr;
	struct fm_u256 number;
	uint64_t timestamp;
	const char *field, *path;
};

static bool want_addr(struct vectors *v, struct wanted *w, const struct fm_addr **member,
		      const struct fm_json *c)
{
	*member = &w->addr;
	return read_addr(v, &w->addr, c, w->path);
}

static bool want_number(struct wanted *w, const struct fm_u256 **member,
			const struct fm_json *c)
{
	*member = &w->number;
	return fm_json_u256(&w->number, vector_get(c, w->path));
}

static bool want_timestamp(struct wanted *w, const struct fm_json *c)
{
	struct fm_u256 wide;

	w->expect.timestamp = &w->timestamp;
	return fm_json_u256(&wide, vector_get(c, w->path)) &&
	       fm_u256_to_u64(&w->timestamp, &wide);
}

static bool want_version(struct wanted *w, const struct fm_json *c)
{
	uint64_t version = 0;

	if (!fm_json_u64(&version, vector_get(c, w->path)))
		return false;
	w->expect.version = (int)version;
	return true;
}

static const struct {
	const char *path, *field;
} members[] = {
	{"user_address",	  "payer"	  },
	      { "recipient_address", "recipient"},
	{ "asset_address",	   "asset"	   },
	      { "amount",		  "amount"   },
	{ "req_id",	    "req_id"   },
	      { "timestamp",	     "timestamp"},
	{ "version",	     "version"  },
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static bool read_member(struct vectors *v, struct wanted *w, size_t index,
			const struct fm_json *own)
{
	switch (index) {
	case 0:
		return want_addr(v, w, &w->expect.payer, own);
	case 1:
		return want_addr(v, w, &w->expect.recipient, own);
	case 2:
		return want_addr(v, w, &w->expect.asset, own);
	case 3:
		return want_number(w, &w->expect.amount, own);
	case 4:
		return want_number(w, &w->expect.req_id, own);
	case 5:
		return want_timestamp(w, own);
	default:
		return want_version(w, own);
	}
}

static bool read_wanted(struct vectors *v, struct wanted *w, const struct fm_json *c)
{
	const struct fm_json *own = fm_json_get(c, "expectation");
	size_t i = 0;

	memset(w, 0, sizeof(*w));
	if (!own)
		return true;
	while (i < MEMBERS && !fm_json_get(own, members[i].path))
		i++;
	if (!expect(v, i < MEMBERS && own->count == 1, "an expectation nobody reads"))
		return false;
	w->path = members[i].path;
	w->field = members[i].field;
	return expect(v, read_member(v, w, i, own), "the expectation cannot be read");
}

static bool expect_difference(struct vectors *v, const struct fm_cert_verdict *got,
			      const struct wanted *w, const struct fm_json *c)
{
	const struct fm_json *own = fm_json_get(c, "expectation");

	if (!own)
		return true;
	return expect(v, got->field && !strcmp(got->field, w->field), "field %s",
		      got->field ? got->field : "-") &&
	       (w->expect.version ? expect(v, !strcmp(got->expected, "2"), "version")
				  : expect_str(v, own, w->path, got->expected)) &&
	       expect(v, got->actual[0] && strcmp(got->actual, got->expected) != 0,
		      "the actual value is '%s'", got->actual);
}

/* The equation alone, wherever the points are points. */
static bool expect_pairing(struct vectors *v, const struct sample *s,
			   const struct fm_json *c)
{
	const struct fm_span *sig = &s->item.signature;
	enum fm_bls_fault fault;
	bool holds;

	if (!expect(v, fm_json_bool(&holds, fm_json_get(c, "pairing_holds")),
		    "pairing_holds is missing"))
		return false;
	if (sig->len != FM_BLS_SIG)
		return true;
	fault = fm_bls_verify(&s->trust.key, s->item.claims.ptr, s->item.claims.len,
			      (const uint8_t *)sig->ptr);
	if (fault != FM_BLS_OK && fault != FM_BLS_PAIRING)
		return expect(v, !holds, "the equation holds for what is no point");
	return expect(v, holds == !fault, "the pairing equation");
}

static bool check_refused(struct vectors *v, const struct fm_json *c)
{
	struct sample s;
	struct wanted w;

	if (!read_sample(v, &s, c) || !read_wanted(v, &w, c))
		return false;
	if (!s.rule) {
		s.item.expect = &w.expect;
		verify(&s, false);
		if (!expect_pairing(v, &s, c) ||
		    !expect_difference(v, &s.item.verdict, &w, c))
			return false;
	}
	return expect_str(v, c, "fails_at", fm_cert_rule_word(s.rule)) &&
	       expect(v,
		      s.err.code == fm_cert_rule_code(s.rule) && s.err.msg[0] &&
			      !strcmp(s.err.rule, fm_cert_rule_word(s.rule)),
		      "its words: %s", s.err.msg);
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"certificates_valid.json",	     "cases", check_valid },
		{ "certificates_invalid_points.json",			      "cases", check_refused },
		{ "certificates_invalid_encoding.json",	"cases", check_refused },
		{ "certificates_legacy_forms.json",			    "cases", check_legacy },
		{ 0},
	};
	return vectors_run(argc, argv, lists);
}
