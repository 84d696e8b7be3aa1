/* SPDX-License-Identifier: MIT */
/* Any words of a server: a row or none, always whole texts, and the same without case. */
#include <fuzz.h>

#include <fourmica/cause.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_cause cause, again;
	bool known = fm_cause_find(&cause, fuzz_span(data, size));

	MUST(cause.code[0] && cause.cause[0] && cause.meaning[0] && cause.remedy[0]);
	MUST(known == (strcmp(cause.code, "unknown") != 0));
	MUST(fm_cause_by_code(&again, cause.code) == known);
	MUST(strcmp(again.remedy, cause.remedy) == 0);
	return 0;
}
