/* SPDX-License-Identifier: MIT */
/* Keccak-256 of 288 bytes, the size of a hashed guarantee, beside OpenSSL's SHA3-256: the same
 * permutation and number of blocks, in assembly. libcrypto is loaded when it is there. */
#include <bench.h>

#include <fourmica/bytes.h>

#include <dlfcn.h>

#define LEN 288

typedef int digest_fn(const void *data, size_t count, unsigned char *md,
		      unsigned int *size, const void *type, void *engine);

struct state {
	uint8_t text[LEN];
	struct fm_hash hash;
	digest_fn *digest;
	const void *sha3;
};

/* Each hash goes into the next text, so that nothing can be left out. */
static void ours(void *ctx, unsigned times)
{
	struct state *s = ctx;

	while (times--) {
		fm_keccak256(&s->hash, s->text, LEN);
		memcpy(s->text, s->hash.b, sizeof(s->hash.b));
	}
}

static void openssl(void *ctx, unsigned times)
{
	struct state *s = ctx;

	while (times--) {
		s->digest(s->text, LEN, s->hash.b, NULL, s->sha3, NULL);
		memcpy(s->text, s->hash.b, sizeof(s->hash.b));
	}
}

static void load(struct state *s)
{
	void *lib = dlopen("libcrypto.so.3", RTLD_NOW);
	const void *(*sha3)(void) = NULL;

	if (!lib)
		return;
	*(void **)&s->digest = dlsym(lib, "EVP_Digest");
	*(void **)&sha3 = dlsym(lib, "EVP_sha3_256");
	if (sha3)
		s->sha3 = sha3();
}

int main(int argc, char **argv)
{
	static struct state state;
	const struct bench_side sides[] = {
		{"fm_keccak256, 288 bytes",	     ours,	   &state},
		{ "OpenSSL SHA3-256, 288 bytes", openssl, &state}
	};

	if (argc > 1)
		return bench_one(argc, argv, &sides[0], &sides[0]);
	load(&state);
	if (!state.digest || !state.sha3) {
		puts("  libcrypto.so.3 is not here: nothing to compare with");
		return 0;
	}
	printf("  ratio to OpenSSL: %.2f  (goal <= 1.10)\n",
	       bench_pair(&sides[0], &sides[1], 2000));
	return 0;
}
