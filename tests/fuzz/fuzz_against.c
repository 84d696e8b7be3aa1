/* SPDX-License-Identifier: MIT */
/* `decode --against`: payment and challenge from one input, an empty line between them. Findings
 * are whole texts with codes of the table, whatever came. */
#include <fuzz.h>

#include <fourmica/against.h>

#include <string.h>

static struct fm_against out;

static void check_findings(void)
{
	struct fm_cause cause;

	MUST(out.count <= FM_FINDINGS_MAX);
	MUST(!out.more || out.count == FM_FINDINGS_MAX);
	MUST(!out.right_signer || (out.has_signer && out.has_payer));
	for (size_t i = 0; i < out.count; i++) {
		MUST(out.findings[i].field[0] && out.findings[i].message[0]);
		MUST(fm_cause_by_code(&cause, out.findings[i].code));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fm_against_config config = { .now_s = 1782122400 };
	struct fm_span all = fuzz_span(data, size), challenge = { "", 0 };
	struct fm_err err;
	enum fm_code rc;

	for (size_t i = 0; i + 1 < all.len; i++)
		if (all.ptr[i] == '\n' && all.ptr[i + 1] == '\n') {
			challenge = (struct fm_span){ all.ptr + i + 2, all.len - i - 2 };
			all.len = i;
			break;
		}
	fm_err_init(&err);
	rc = fm_against_read(&out, all, challenge, &config, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	else
		check_findings();
	return 0;
}
