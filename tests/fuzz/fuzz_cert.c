/* SPDX-License-Identifier: MIT */
/* Certificate claims as bytes, in the current envelope and the forms before it. */
#include <fuzz.h>

#include <fourmica/credit.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span bytes = fuzz_span(data, size);
	struct fm_cert cert;
	struct fm_err err;
	enum fm_code strict, legacy;

	fm_err_init(&err);
	strict = fm_cert_decode(&cert, bytes, false, &err);
	if (strict)
		fuzz_err_ok(strict, &err);
	else
		MUST(cert.envelope && (cert.version == 1 || cert.version == 2) &&
		     cert.claims.validation.tag_len <= FM_TAG_MAX);
	fm_err_init(&err);
	legacy = fm_cert_decode(&cert, bytes, true, &err);
	if (legacy)
		fuzz_err_ok(legacy, &err);
	/* Tolerance only adds. */
	MUST(strict || legacy == FM_OK);
	return 0;
}
