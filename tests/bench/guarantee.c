/* SPDX-License-Identifier: MIT */
/* A V1 guarantee from its claims to the signature's text (and, apart, to the JSON that goes on the
 * wire), beside the bare libsecp256k1 call it cannot do without. */
#include <bench.h>

#include <evm/sign.h>
#include <fourmica/credit.h>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

struct state {
	struct fm_claims claims;
	struct fm_hash
		domain; /* of Core's signing domain: the same for every guarantee */
	struct fm_secret *key;
	secp256k1_context *context;
	uint8_t raw_key[32];
	struct fm_hash digest;
};

static void die(const char *what)
{
	fprintf(stderr, "guarantee: %s\n", what);
	exit(1);
}

static void sign_one(struct state *s, struct fm_sig *sig)
{
	struct fm_hash digest;
	struct fm_err err;

	s->claims.req_id.w[0]++;
	if (fm_claims_digest_under(&digest, &s->claims, &s->domain, &err) ||
	    fm_sign_digest(sig, s->key, &digest, &err))
		die(err.msg);
}

static void ours(void *ctx, unsigned times)
{
	char text[FM_SIG_TEXT];
	struct fm_sig sig;

	while (times--) {
		sign_one(ctx, &sig);
		fm_sig_text(text, &sig);
	}
}

static void with_wire_text(void *ctx, unsigned times)
{
	struct state *s = ctx;
	struct fm_buf payload;
	struct fm_sig sig;

	while (times--) {
		sign_one(s, &sig);
		fm_buf_init(&payload, 4096);
		fm_claims_payload(&payload, &s->claims, &sig, false);
		if (!fm_buf_ok(&payload))
			die("no payload");
		fm_buf_clear(&payload);
	}
}

static void bare(void *ctx, unsigned times)
{
	struct state *s = ctx;
	secp256k1_ecdsa_recoverable_signature sig;

	while (times--) {
		s->digest.b[times % 32]++;
		if (!secp256k1_ecdsa_sign_recoverable(s->context, &sig, s->digest.b,
						      s->raw_key, NULL, NULL))
			die("libsecp256k1 did not sign");
	}
}

int main(int argc, char **argv)
{
	static struct state state = {
		.claims = {.version = 1,
			    .timestamp = 1782122400,
			    .amount = { { 10000 } }},
	};
	const struct fm_credit_domain domain = { "4mica", "1", 84532 };
	const struct bench_side wire = { "V1 guarantee with its wire text",
					 with_wire_text, &state };
	const struct bench_side sides[] = {
		{"V1 guarantee: hash, sign, hex",	   ours, &state},
		{ "secp256k1_ecdsa_sign_recoverable", bare, &state}
	};
	uint8_t copy[32];
	struct fm_err err;

	fm_err_init(&err);
	memset(state.raw_key, 7, sizeof(state.raw_key));
	memcpy(copy, state.raw_key, sizeof(copy));
	state.context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	if (fm_init(&err) || !(state.key = fm_secret_take(copy, sizeof(copy))))
		die("cannot start");
	if (fm_key_address(&state.claims.user, state.key, &err))
		die(err.msg);
	fm_credit_domain_hash(&state.domain, &domain);
	/* An unlocked wallet keeps its page readable while it signs one after the other. */
	(void)fm_secret_read(state.key);
	if (argc > 1)
		return bench_one(argc, argv, &sides[0], &sides[1]);
	printf("  ratio to the bare call: %.3f  (goal <= 1.06)\n",
	       bench_pair(&sides[0], &sides[1], 200));
	printf("  ratio with the JSON that goes on the wire: %.3f\n",
	       bench_pair(&wire, &sides[1], 200));
	fm_secret_done(state.key);
	fm_secret_free(&state.key);
	secp256k1_context_destroy(state.context);
	return 0;
}
