/* SPDX-License-Identifier: MIT */
/** Certificates with verdicts, as certs.mjs prints them: JSON Lines, what is trusted first. */
#ifndef FOURMICA_TESTS_DEEP_CASES_H
#define FOURMICA_TESTS_DEEP_CASES_H

#include <fourmica/cert.h>

#define CASES_TRUSTS 16
#define CASES_RULES 6

struct case_expect {
	struct fm_addr payer, recipient, asset;
	struct fm_u256 amount, req_id, cycle_id;
	uint64_t timestamp;
	struct fm_validation validation;
	struct fm_cert_expect as; /**< points into the rest */
};

struct one_case {
	unsigned index;
	char kind[32];
	size_t trust;
	struct fm_span key; /**< another key than the trusted one, or ptr NULL */
	struct fm_span claims, signature;
	struct case_expect *expect;  /**< or NULL */
	char rules[CASES_RULES][16]; /**< what may be said; the rest is empty */
};

struct case_trust {
	struct fm_cert_trust is;
	bool legacy;
};

struct cases {
	char seed[64];
	struct case_trust trusts[CASES_TRUSTS];
	size_t trust_count;
	struct one_case *list;
	size_t count;
};

/** Reads the file; a line that cannot be used ends the program. */
void cases_read(struct cases *out, const char *file);
void cases_free(struct cases *cases);

#endif
