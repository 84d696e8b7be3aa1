/* SPDX-License-Identifier: MIT */
/* Sign-in messages: put together from Core's answer, their EIP-191 digests and signatures, the
 * request that carries them. */
#include <credit/auth.h>
#include <evm/eip712.h>
#include <evm/sign.h>
#include <vectors.h>

#include <string.h>

static bool digests(struct vectors *v, const struct fm_json *c, struct fm_span message,
		    struct fm_hash *digest)
{
	char text[FM_HASH_TEXT];
	struct fm_hash hash;
	uint64_t len;

	if (fm_json_u64(&len, fm_json_get(c, "message_utf8_length")) &&
	    !expect(v, len == message.len, "%zu bytes", message.len))
		return false;
	fm_sha256(&hash, message.ptr, message.len);
	fm_hash_text(text, &hash);
	if (fm_json_get(c, "message_sha256") && !expect_str(v, c, "message_sha256", text))
		return false;
	fm_eip191_digest(digest, message);
	fm_hash_text(text, digest);
	return expect_str(v, c, "eip191_digest", text);
}

/** Ours always writes the address in EIP-55; one vector's SDK was given it otherwise. */
static bool same_but_case(struct fm_span got, struct fm_span want,
			  const struct fm_addr *address)
{
	char lower[FM_ADDR_TEXT];
	const char *line = memchr(want.ptr, '\n', want.len);
	size_t at = line ? (size_t)(line - want.ptr) + 1 : 0;

	fm_addr_lower(lower, address);
	return got.len == want.len && at + FM_ADDR_TEXT - 1 <= want.len &&
	       memcmp(want.ptr + at, lower, FM_ADDR_TEXT - 1) == 0 &&
	       memcmp(got.ptr, want.ptr, at) == 0 &&
	       memcmp(got.ptr + at + FM_ADDR_TEXT - 1, want.ptr + at + FM_ADDR_TEXT - 1,
		      want.len - at - (FM_ADDR_TEXT - 1)) == 0;
}

static bool builds(struct vectors *v, const struct fm_json *c, struct fm_span message,
		   const struct fm_addr *address)
{
	const struct fm_json *answer = fm_json_get(c, "nonce_response");
	struct fm_siwe siwe;
	struct fm_buf text;
	struct fm_err err;
	bool good;

	fm_err_init(&err);
	if (!answer || fm_siwe_read(&siwe, answer->src, &err))
		return vector_fail(v, "the answer is not read: %s", err.msg);
	fm_buf_init(&text, 8192);
	good = fm_siwe_text(&text, &siwe, address) &&
	       (fm_span_is(message, text.ptr) ||
		(vector_is(c, "name", "lowercase_address_line") &&
		 same_but_case(fm_buf_span(&text), message, address)));
	expect(v, good, "built: %s", text.ptr);
	fm_buf_clear(&text);
	return good;
}

static bool asks(struct vectors *v, const struct fm_json *c, struct fm_span message,
		 const struct fm_addr *address, const struct fm_sig *sig)
{
	struct fm_core_ask ask;
	struct fm_err err;
	bool good;

	if (vector_is(c, "name", "lowercase_address_line"))
		return true; /* its body has the address as the SDK was given it */
	fm_err_init(&err);
	fm_core_ask_init(&ask);
	good = fm_auth_ask_verify(&ask, "https://core.example/", NULL, address, message,
				  sig, &err) == FM_OK &&
	       expect_str(v, c, "verify_request_json", ask.body.ptr);
	fm_core_ask_clear(&ask);
	return good;
}

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_span message = vector_need(v, c, "message");
	struct fm_secret *key = NULL;
	struct fm_hash digest;
	char text[FM_SIG_TEXT];
	struct fm_addr address;
	struct fm_sig sig;
	bool good;

	if (!digests(v, c, message, &digest))
		return false;
	if (fm_key_from_text(&key, vector_need(v, c, "private_key"), NULL))
		return vector_fail(v, "the key cannot be read");
	good = fm_sign_digest(&sig, key, &digest, NULL) == FM_OK &&
	       fm_key_address(&address, key, NULL) == FM_OK;
	fm_secret_free(&key);
	if (!good)
		return vector_fail(v, "not signed");
	fm_sig_text(text, &sig);
	return expect_str(v, c, "signature", text) && builds(v, c, message, &address) &&
	       asks(v, c, message, &address, &sig);
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"siwe.json", "cases", check },
		{ 0	    },
	};

	return vectors_run(argc, argv, lists);
}
