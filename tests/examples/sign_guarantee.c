/* SPDX-License-Identifier: MIT */
/* sign_guarantee CHAIN-ID CLAIMS <KEY: sign the claims of a guarantee (JSON, in the file CLAIMS) with the
 * key on standard input (64 hex digits), and print the request 4Mica Core takes.
 *
 *	cc -o sign_guarantee sign_guarantee.c $(pkg-config --cflags --libs fourmica)
 *
 * What is signed here is money promised: no policy, no ledger and no stop is asked. A program that
 * pays uses fourmica/client.h, which asks all three. */
#include <fourmica/fourmica.h>

#include <stdio.h>
#include <stdlib.h>

static enum fm_code read_key(struct fm_secret **key, struct fm_err *err)
{
	char text[80];
	size_t len = fread(text, 1, sizeof(text), stdin);
	enum fm_code rc = fm_wallet_key_text(key, (struct fm_span){ text, len }, err);

	fm_wipe(text, sizeof(text));
	return rc;
}

static enum fm_code read_claims(struct fm_claims *claims, const char *path,
				struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	fm_buf_init(&text, 65536);
	rc = fm_file_read(&text, NULL, path, FM_FILE_ANY, err);
	if (!rc)
		rc = fm_claims_read(claims, fm_buf_span(&text), err);
	fm_buf_clear(&text);
	return rc;
}

/* The domain is Core's to tell (fm_core_params_get); this is the one it tells today. */
static enum fm_code sign(struct fm_buf *out, const struct fm_claims *claims,
			 uint64_t chain_id, const struct fm_signer *signer,
			 struct fm_err *err)
{
	const struct fm_credit_domain domain = { "4mica", "1", chain_id };
	struct fm_sign_request request = { .kind = FM_SIGN_CLAIMS };
	struct fm_sig sig;
	enum fm_code rc = fm_claims_digest(&request.digest, NULL, NULL, claims, &domain,
					   false, err);

	if (!rc && !fm_addr_equal(&claims->user, &signer->address))
		rc = fm_fail(err, FM_E_USAGE, "the claims name another payer");
	if (!rc)
		rc = signer->ops->sign(signer->ctx, &sig, &request, err);
	if (!rc)
		fm_claims_payload(out, claims, &sig, false);
	return rc;
}

int main(int argc, char **argv)
{
	struct fm_signer signer = { 0 };
	struct fm_secret *key = NULL;
	struct fm_claims claims;
	struct fm_buf request;
	struct fm_err err;
	enum fm_code rc;

	if (argc != 3) {
		fprintf(stderr, "usage: sign_guarantee CHAIN-ID CLAIMS <KEY\n");
		return 2;
	}
	fm_err_init(&err);
	fm_buf_init(&request, 65536);
	rc = fm_init(&err);
	if (!rc)
		rc = read_claims(&claims, argv[2], &err);
	if (!rc)
		rc = read_key(&key, &err);
	if (!rc)
		rc = fm_signer_local(&signer, &key, NULL, false, &err);
	if (!rc)
		rc = sign(&request, &claims, strtoull(argv[1], NULL, 10), &signer, &err);
	if (!rc && (!fm_buf_ok(&request) || puts(request.ptr) < 0))
		rc = fm_fail(&err, FM_E_IO, "cannot print the request");
	if (rc)
		fprintf(stderr, "sign_guarantee: %s\n", err.msg);
	fm_signer_close(&signer);
	fm_secret_free(&key);
	fm_buf_clear(&request);
	return fm_code_info(rc)->exit_status;
}
