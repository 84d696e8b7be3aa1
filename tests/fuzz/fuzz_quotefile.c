/* SPDX-License-Identifier: MIT */
/* Quote files: whoever may write one is believed in nothing that is not in its hash. */
#include <fuzz.h>

#include <fourmica/client.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_quote_file file;
	struct fm_kept kept;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	fm_quote_file_init(&file);
	rc = fm_quote_file_read(&file, fuzz_span(data, size), &err);
	MUST(rc == FM_OK || rc == FM_E_CONFIG || rc == FM_E_NOMEM);
	MUST(rc == err.code);
	if (rc == FM_OK) {
		MUST(strlen(file.method) < sizeof(file.method));
		MUST(strlen(file.url) < sizeof(file.url));
		MUST(file.challenge.len <= FM_X402_BODY_MAX);
		MUST(file.time_s >= 0 && file.deadline_s >= 0);
		fm_kept_wanted(&kept, &file);
		MUST(kept.wanted.pay_to == &file.terms.pay_to);
		MUST(kept.request.url == file.url);
	}
	fm_quote_file_clear(&file);
	return 0;
}
