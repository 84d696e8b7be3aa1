/* SPDX-License-Identifier: MIT */
/* EIP-191 digests and signatures of the sign-in messages; how the message is put together
 * is another test's matter. */
#include <evm/eip712.h>
#include <evm/sign.h>
#include <vectors.h>

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

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_span message = vector_need(v, c, "message");
	struct fm_secret *key = NULL;
	struct fm_hash digest;
	char text[FM_SIG_TEXT];
	struct fm_sig sig;
	bool good;

	if (!digests(v, c, message, &digest))
		return false;
	if (fm_key_from_text(&key, vector_need(v, c, "private_key"), NULL))
		return vector_fail(v, "the key cannot be read");
	good = fm_sign_digest(&sig, key, &digest, NULL) == FM_OK;
	fm_secret_free(&key);
	if (!good)
		return vector_fail(v, "not signed");
	fm_sig_text(text, &sig);
	return expect_str(v, c, "signature", text);
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"siwe.json", "cases", check },
		{ 0	    },
	};

	return vectors_run(argc, argv, lists);
}
