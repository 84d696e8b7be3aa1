/* SPDX-License-Identifier: MIT */
/* verify_certificate KEY CHAIN-ID VAULT CLAIMS SIGNATURE: is this a guarantee of the 4Mica Core with that
 * BLS key, for that vault on that chain? Offline. KEY, CLAIMS and SIGNATURE are hex.
 *
 *	cc -o verify_certificate verify_certificate.c $(pkg-config --cflags --libs fourmica)
 *
 * Exit status 0: yes, and what it guarantees was printed; 60, 61: no, for the reason told. */
#include <fourmica/fourmica.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct bytes {
	uint8_t at[FM_CERT_MAX];
	size_t len;
};

static enum fm_code trust_of(struct fm_cert_trust *trust, char **argv, struct fm_err *err)
{
	enum fm_cert_rule rule;

	*trust = (struct fm_cert_trust){ .anchor = FM_ANCHOR_GIVEN };
	rule = fm_cert_key_hex(&trust->key, fm_span_of(argv[1]), err);
	if (rule != FM_CERT_VERIFIED)
		return fm_cert_rule_code(rule);
	trust->chain_id = strtoull(argv[2], NULL, 10);
	if (!fm_addr_parse(&trust->vault, NULL, fm_span_of(argv[3])))
		return fm_fail(err, FM_E_USAGE, "'%s' is no address", argv[3]);
	for (int i = 0; i < FM_GUARANTEE_VERSIONS; i++) {
		trust->version[i].enabled = trust->version[i].has_domain = true;
		fm_cert_domain(&trust->version[i].domain, i + 1, trust->chain_id,
			       &trust->vault);
	}
	return FM_OK;
}

static enum fm_code bytes_of(struct bytes *out, const char *hex, const char *what,
			     struct fm_err *err)
{
	return fm_cert_rule_code(fm_cert_hex(out->at, sizeof(out->at), &out->len,
					     fm_span_of(hex), what, err));
}

static void print(const struct fm_cert *cert)
{
	char payer[FM_ADDR_TEXT], recipient[FM_ADDR_TEXT], asset[FM_ADDR_TEXT];
	char amount[FM_U256_DEC];

	fm_addr_text(payer, &cert->claims.user);
	fm_addr_text(recipient, &cert->claims.recipient);
	fm_addr_text(asset, &cert->claims.asset);
	fm_u256_dec(amount, &cert->claims.amount);
	printf("version %d\npayer %s\nrecipient %s\namount %s\nasset %s\n"
	       "timestamp %" PRIu64 "\n",
	       cert->version, payer, recipient, amount, asset, cert->claims.timestamp);
}

static enum fm_code verify(char **argv, struct fm_err *err)
{
	static struct bytes claims, signature;
	struct fm_cert_item item = { 0 };
	struct fm_cert_trust trust;
	enum fm_code rc = trust_of(&trust, argv, err);

	if (!rc)
		rc = bytes_of(&claims, argv[4], "claims", err);
	if (!rc)
		rc = bytes_of(&signature, argv[5], "signature", err);
	if (rc)
		return rc;
	item.claims = (struct fm_span){ (const char *)claims.at, claims.len };
	item.signature = (struct fm_span){ (const char *)signature.at, signature.len };
	rc = fm_cert_verify(&item, 1, &trust, false, &fm_system_rand, err);
	if (!rc)
		print(&item.verdict.cert);
	return rc;
}

int main(int argc, char **argv)
{
	struct fm_err err;
	enum fm_code rc;

	if (argc != 6) {
		fprintf(stderr, "usage: verify_certificate KEY CHAIN-ID VAULT CLAIMS "
				"SIGNATURE\n");
		return 2;
	}
	fm_err_init(&err);
	rc = fm_init(&err);
	if (!rc)
		rc = verify(argv, &err);
	if (rc)
		fprintf(stderr, "verify_certificate: %s\n", err.msg);
	return fm_code_info(rc)->exit_status;
}
