/* SPDX-License-Identifier: MIT */
/* Who signed, and which usual mistake was made when that is not the payer. Every mistake is tried:
 * the one under which the payer comes out is what was signed. Diagnosis only: nothing that is
 * found here is ever signed or accepted. */
#include "client/against.h"

#include "credit/words.h"
#include "evm/eip712.h"
#include "evm/sign.h"

#include <stdio.h>
#include <string.h>

#define CHOICES 16
#define DIMENSIONS 4 /* how, name, version, chain */
#define CLAIMS_WORDS 19u
#define ABI_MOST (CLAIMS_WORDS * FM_WORD + FM_TAG_MAX + FM_WORD)

/** What is signed; the first of each scheme is the right one. */
enum how {
	HOW_TYPED,
	HOW_RAW,  /* EIP-191 over the bytes: the right one when the payment says eip191 */
	HOW_TEXT, /* EIP-191 over "0x..." of them: 4mica.md, 3.3 */
	HOW_RAW_BARE,  /* version 2 without the offset in front */
	HOW_TEXT_BARE, /* both */
	HOW_TAB,       /* the generation before: tabId in front of reqId */
	HOW_COUNT
};

static const char *const how_words[HOW_COUNT] = {
	[HOW_TYPED] = "EIP-712",
	[HOW_RAW] = "EIP-191 over the raw bytes of the claims",
	[HOW_TEXT] = "EIP-191 over the hex text of the claims",
	[HOW_RAW_BARE] = "EIP-191 over the raw bytes without the offset word",
	[HOW_TEXT_BARE] = "EIP-191 over the hex text without the offset word",
	[HOW_TAB] = "EIP-712 with the struct of the tab generation",
};

struct variant {
	enum how how;
	const char *name, *version;
	uint64_t chain_id;
};

/** Where to look, the declared choice first in each list. */
struct search {
	struct fm_against_work *w;
	enum how hows[HOW_COUNT];
	const char *names[CHOICES], *versions[CHOICES];
	uint64_t chains[CHOICES];
	size_t counts[DIMENSIONS];
	const uint8_t *sig;
	/** False: this cannot be hashed. */
	bool (*digest)(struct fm_hash *out, const void *ctx, const struct variant *v);
	const void *ctx;
	const char *code; /* what a facilitator refuses with */
};

/* ---- what to try ---- */

static void add_text(const char *list[static CHOICES], size_t *count, const char *text)
{
	if (!text || !*text || *count == CHOICES)
		return;
	for (size_t i = 0; i < *count; i++)
		if (strcmp(list[i], text) == 0)
			return;
	list[(*count)++] = text;
}

static void add_texts(const char *list[static CHOICES], size_t *count,
		      const char *const *texts)
{
	for (; *texts; texts++)
		add_text(list, count, *texts);
}

static void add_chain(struct search *s, uint64_t chain_id)
{
	size_t *count = &s->counts[3];

	if (*count == CHOICES)
		return;
	for (size_t i = 0; i < *count; i++)
		if (s->chains[i] == chain_id)
			return;
	s->chains[(*count)++] = chain_id;
}

/** The chains of 4Mica and Ethereum: where a wallet forgot to switch. */
static void add_chains(struct search *s, uint64_t own)
{
	size_t count;
	const struct fm_network *networks = fm_networks(&count);

	add_chain(s, own);
	for (size_t i = 0; i < count; i++)
		if (networks[i].core)
			add_chain(s, networks[i].chain_id);
	add_chain(s, 1);
}

/* ---- trying ---- */

static bool signer_of(struct fm_addr *out, const struct search *s,
		      const struct variant *v)
{
	struct fm_hash digest;

	return s->digest(&digest, s->ctx, v) &&
	       fm_recover(out, NULL, s->sig, 65, &digest);
}

static bool is_typed(enum how how)
{
	return how == HOW_TYPED || how == HOW_TAB;
}

static void nth(struct variant *v, const struct search *s, const size_t at[DIMENSIONS])
{
	*v = (struct variant){ .how = s->hows[at[0]],
			       .name = s->names[at[1]],
			       .version = s->versions[at[2]],
			       .chain_id = s->chains[at[3]] };
}

/** The next combination; false behind the last. */
static bool next(size_t at[DIMENSIONS], const size_t counts[DIMENSIONS])
{
	for (size_t d = DIMENSIONS; d-- > 0;) {
		if (++at[d] < counts[d])
			return true;
		at[d] = 0;
	}
	return false;
}

/** One deviation before two, so that the smallest mistake is named. */
static bool find(struct variant *out, const struct search *s)
{
	for (size_t mistakes = 1; mistakes <= DIMENSIONS; mistakes++) {
		size_t at[DIMENSIONS] = { 0 };

		while (next(at, s->counts)) {
			size_t own = 0;
			struct fm_addr signer;

			for (size_t d = 0; d < DIMENSIONS; d++)
				own += at[d] > 0;
			nth(out, s, at);
			/* A domain is no part of what EIP-191 signs. */
			if (own != mistakes || (!is_typed(out->how) && own > (at[0] > 0)))
				continue;
			if (signer_of(&signer, s, out) &&
			    fm_addr_equal(&signer, &s->w->out->payer))
				return true;
		}
	}
	return false;
}

/* ---- telling ---- */

static void put_shown(struct fm_buf *out, const char *text)
{
	fm_buf_chr(out, '"');
	fm_text_escape(out, fm_span_of(text), 48);
	fm_buf_chr(out, '"');
}

static void put_variant(struct fm_buf *out, const struct variant *v)
{
	fm_buf_str(out, how_words[v->how]);
	if (!is_typed(v->how))
		return;
	fm_buf_str(out, ", domain ");
	put_shown(out, v->name);
	fm_buf_chr(out, ' ');
	put_shown(out, v->version);
	fm_buf_fmt(out, ", chain %llu", (unsigned long long)v->chain_id);
}

static void put_pair(struct fm_buf *out, const char *what, const char *own,
		     const char *right)
{
	fm_buf_fmt(out, "%s%s ", out->len ? "; " : "", what);
	put_shown(out, own);
	fm_buf_str(out, " instead of ");
	put_shown(out, right);
}

/** What was done otherwise than it was said. */
static void put_mistake(struct fm_buf *out, const struct variant *v,
			const struct variant *right)
{
	if (v->how != right->how)
		fm_buf_fmt(out, "%s instead of %s", how_words[v->how],
			   how_words[right->how]);
	if (!is_typed(v->how))
		return;
	if (strcmp(v->name, right->name) != 0)
		put_pair(out, "domain name", v->name, right->name);
	if (strcmp(v->version, right->version) != 0)
		put_pair(out, "domain version", v->version, right->version);
	if (v->chain_id != right->chain_id)
		fm_buf_fmt(out, "%schain id %llu instead of %llu", out->len ? "; " : "",
			   (unsigned long long)v->chain_id,
			   (unsigned long long)right->chain_id);
}

static void tell_mistake(const struct search *s, const struct variant *right)
{
	struct fm_against *out = s->w->out;
	struct fm_finding *f = fm_finding_add(out, "payload.signature", s->code);
	struct variant v;
	struct fm_buf text;

	fm_addr_text(f->expected, &out->payer);
	if (out->has_signer)
		fm_addr_text(f->found, &out->signer);
	fm_buf_init(&text, 1024);
	if (find(&v, s))
		put_mistake(&text, &v, right);
	if (fm_buf_ok(&text) && text.len)
		snprintf(f->message, sizeof(f->message), "the payer signed %.*s",
			 (int)sizeof(f->message) - 20, text.ptr);
	else
		snprintf(
			f->message, sizeof(f->message), "%s",
			"none of the usual mistakes gives the payer: another key signed, "
			"or something was changed after signing");
	fm_buf_clear(&text);
}

static void look(struct search *s)
{
	const size_t first[DIMENSIONS] = { 0 };
	struct fm_against *out = s->w->out;
	struct variant right;
	struct fm_buf text;

	nth(&right, s, first);
	fm_buf_init(&text, 1024);
	put_variant(&text, &right);
	if (fm_buf_ok(&text) && text.len)
		snprintf(out->signed_as, sizeof(out->signed_as), "%s", text.ptr);
	fm_buf_clear(&text);
	out->has_signer = signer_of(&out->signer, s, &right);
	out->right_signer = out->has_signer && fm_addr_equal(&out->signer, &out->payer);
	if (!out->right_signer)
		tell_mistake(s, &right);
}

/* ---- guarantees ---- */

struct credit {
	const struct fm_claims *claims;
	struct fm_u256 tab_id;
};

/* keccak256 of the encodeTypes with uint256 tabId in front of reqId: 4mica.md, 3.2; test_against
 * computes both from the texts. */
static const struct fm_hash tab_types[] = {
	{ {
		0xbe, 0x10, 0xb5, 0xcd, 0x78, 0x4f, 0x76, 0xdd, 0x45, 0x58, 0x36,
		0xf6, 0x23, 0x9e, 0x77, 0xdc, 0x64, 0x6b, 0x69, 0xb0, 0x7b, 0xc8,
		0x26, 0xca, 0x86, 0x91, 0x65, 0x79, 0xac, 0x4f, 0xc5, 0x55,
	} },
	{ {
		0x49, 0xcf, 0x25, 0x07, 0x66, 0x20, 0x65, 0x07, 0xf2, 0x88, 0xbc,
		0x7d, 0x6c, 0x60, 0x6e, 0x1a, 0x8d, 0xb1, 0x8d, 0xd1, 0xb2, 0xa4,
		0xb8, 0xc0, 0x31, 0x6e, 0x39, 0x81, 0x70, 0x65, 0x5c, 0x3e,
	} },
};

static void tab_struct_hash(struct fm_hash *out, const struct credit *credit)
{
	const struct fm_claims *c = credit->claims;
	const struct fm_validation *v = &c->validation;
	uint8_t words[CLAIMS_WORDS * FM_WORD], *at = words;
	struct fm_hash tag;

	at = fm_word_hash(at, &tab_types[c->version == 2]);
	at = fm_word_addr(at, &c->user);
	at = fm_word_addr(at, &c->recipient);
	at = fm_word_u256(at, &credit->tab_id);
	at = fm_word_u256(at, &c->req_id);
	at = fm_word_u256(at, &c->amount);
	at = fm_word_addr(at, &c->asset);
	at = fm_word_u64(at, c->timestamp);
	if (c->version == 2) {
		fm_keccak256(&tag, v->tag, v->tag_len);
		at = fm_word_addr(at, &v->registry);
		at = fm_word_hash(at, &v->request_hash);
		at = fm_word_u64(at, v->chain_id);
		at = fm_word_addr(at, &v->validator);
		at = fm_word_u256(at, &v->agent_id);
		at = fm_word_u64(at, v->min_score);
		at = fm_word_hash(at, &v->subject_hash);
		at = fm_word_hash(at, &v->job_hash);
		at = fm_word_hash(at, &tag);
	}
	fm_keccak256(out, words, (size_t)(at - words));
}

/** EIP-191 of the encoding: raw or as text, whole or without the offset of version 2. */
static bool message_digest(struct fm_hash *out, const struct fm_claims *claims, bool text,
			   bool bare)
{
	char digits[2 * ABI_MOST + 2] = "0x";
	struct fm_span bytes;
	struct fm_buf abi;
	bool ok;

	fm_buf_init(&abi, ABI_MOST);
	fm_claims_abi(&abi, claims);
	ok = fm_buf_ok(&abi) && (!bare || abi.len > FM_WORD);
	if (ok) {
		bytes = (struct fm_span){ abi.ptr + (bare ? FM_WORD : 0),
					  abi.len - (bare ? FM_WORD : 0) };
		fm_hex_write(digits + 2, bytes.ptr, bytes.len);
		fm_eip191_digest(out, text ? (struct fm_span){ digits, 2 * bytes.len + 2 }
					   : bytes);
	}
	fm_buf_clear(&abi);
	return ok;
}

static bool credit_digest(struct fm_hash *out, const void *ctx, const struct variant *v)
{
	const struct credit *credit = ctx;
	const struct fm_eip712_domain typed = { .name = fm_span_of(v->name),
						.version = fm_span_of(v->version),
						.chain_id = v->chain_id };
	struct fm_hash domain, tab;
	struct fm_err ignored;

	fm_err_init(&ignored);
	fm_eip712_domain_hash(&domain, &typed);
	switch (v->how) {
	case HOW_TYPED:
		return !fm_claims_digest_under(out, credit->claims, &domain, &ignored);
	case HOW_TAB:
		tab_struct_hash(&tab, credit);
		fm_eip712_digest(out, &domain, &tab);
		return true;
	case HOW_RAW:
	case HOW_RAW_BARE:
		return message_digest(out, credit->claims, false, v->how == HOW_RAW_BARE);
	case HOW_TEXT:
	case HOW_TEXT_BARE:
		return message_digest(out, credit->claims, true, v->how == HOW_TEXT_BARE);
	case HOW_COUNT:
		break;
	}
	return false;
}

static void add_how(struct search *s, enum how how)
{
	if (!s->counts[0] || s->hows[0] != how)
		s->hows[s->counts[0]++] = how;
}

void fm_against_sign_credit(struct fm_against_work *w, const struct fm_claims *claims,
			    const uint8_t sig[static 65], bool declared_191)
{
	static const char *const names[] = { "4mica",	     "4Mica",	     "4MICA",
					     "4mica-credit", "4Mica Credit", NULL };
	static const char *const versions[] = { "1", "2", NULL };
	struct credit credit = { .claims = claims, .tab_id = FM_U256_ZERO };
	struct search s = { .w = w, .sig = sig, .code = "core_signature" };

	(void)(fm_json_u256(&credit.tab_id, fm_json_get(w->p.claims, "tab_id")) ||
	       fm_json_u256(&credit.tab_id, fm_json_get(w->p.claims, "tabId")));
	s.digest = credit_digest;
	s.ctx = &credit;
	add_how(&s, declared_191 ? HOW_RAW : HOW_TYPED);
	add_how(&s, HOW_TYPED);
	add_how(&s, HOW_RAW);
	add_how(&s, HOW_TEXT);
	add_how(&s, HOW_TAB);
	if (claims->version == 2) {
		add_how(&s, HOW_RAW_BARE);
		add_how(&s, HOW_TEXT_BARE);
	}
	add_text(s.names, &s.counts[1], w->config->domain_name);
	add_texts(s.names, &s.counts[1], names);
	add_text(s.versions, &s.counts[2], w->config->domain_version);
	add_texts(s.versions, &s.counts[2], versions);
	add_chains(&s, w->offer->chain_id);
	look(&s);
}

/* ---- authorizations ---- */

struct exact {
	const struct fm_draft *draft;
	const struct fm_offer *offer;
};

static bool exact_digest(struct fm_hash *out, const void *ctx, const struct variant *v)
{
	const struct exact *exact = ctx;
	struct fm_offer offer = *exact->offer;
	struct fm_draft draft = *exact->draft;
	struct fm_err ignored;

	fm_err_init(&ignored);
	offer.chain_id = v->chain_id;
	snprintf(draft.domain_name, sizeof(draft.domain_name), "%s", v->name);
	draft.domain_name_len = strlen(draft.domain_name);
	snprintf(draft.domain_version, sizeof(draft.domain_version), "%s", v->version);
	return fm_scheme_exact.digest(out, &draft, &offer, &ignored) == FM_OK;
}

void fm_against_sign_exact(struct fm_against_work *w, const struct fm_draft *draft,
			   const struct fm_offer *offer, const uint8_t sig[static 65])
{
	static const char *const names[] = { "USD Coin", "USDC",	 "Tether USD",
					     "USDT",	 "Bridged USDC", NULL };
	static const char *const versions[] = { "2", "1", NULL };
	const struct exact exact = { draft, offer };
	struct search s = { .w = w, .sig = sig, .code = "invalid_signature" };

	s.digest = exact_digest;
	s.ctx = &exact;
	add_how(&s, HOW_TYPED);
	add_text(s.names, &s.counts[1], draft->domain_name);
	if (offer->known)
		add_text(s.names, &s.counts[1], offer->known->domain_name);
	add_texts(s.names, &s.counts[1], names);
	add_text(s.versions, &s.counts[2], draft->domain_version);
	add_texts(s.versions, &s.counts[2], versions);
	add_chains(&s, offer->chain_id);
	look(&s);
}
