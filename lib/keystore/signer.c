/* SPDX-License-Identifier: MIT */
/* Keys that are not in a file: fresh, typed, or held open for signing. */
#include <fourmica/wallet.h>

#include "evm/sign.h"
#include "keystore/seal.h"

#include <stdlib.h>
#include <string.h>

enum fm_code fm_wallet_generate(struct fm_secret **key, const struct fm_rand *rand,
				struct fm_err *err)
{
	return fm_key_new(key, rand, err);
}

enum fm_code fm_wallet_key_text(struct fm_secret **key, struct fm_span text,
				struct fm_err *err)
{
	return fm_key_from_text(key, text, err);
}

struct local {
	struct fm_secret *key;
};

static enum fm_code local_sign(void *ctx, struct fm_sig *out,
			       const struct fm_sign_request *request, struct fm_err *err)
{
	const struct local *local = ctx;

	return fm_sign_digest(out, local->key, &request->digest, err);
}

static enum fm_code local_derive(void *ctx, struct fm_secret **out, const char *purpose,
				 struct fm_err *err)
{
	const struct local *local = ctx;

	return fm_key_derive(out, local->key, purpose, err);
}

static void local_close(void *ctx)
{
	struct local *local = ctx;

	fm_secret_free(&local->key);
	free(local);
}

static const struct fm_signer_ops local_ops = {
	.sign = local_sign,
	.close = local_close,
	.derive = local_derive,
};

enum fm_code fm_signer_local(struct fm_signer *out, struct fm_secret **key,
			     const struct fm_addr *known, bool test_only,
			     struct fm_err *err)
{
	struct local *local = NULL;
	struct fm_addr address;
	enum fm_code rc = FM_OK;

	if (known)
		address = *known;
	else
		rc = fm_key_address(&address, *key, err);
	if (rc)
		return rc;
	local = calloc(1, sizeof(*local));
	if (!local)
		return fm_nomem(err);
	local->key = *key;
	*key = NULL;
	*out = (struct fm_signer){
		.ops = &local_ops,
		.ctx = local,
		.address = address,
		.test_only = test_only,
	};
	return FM_OK;
}

void fm_signer_close(struct fm_signer *signer)
{
	if (signer->ops && signer->ops->close)
		signer->ops->close(signer->ctx);
	memset(signer, 0, sizeof(*signer));
}
