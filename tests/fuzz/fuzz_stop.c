/* SPDX-License-Identifier: MIT */
/* Stop files: whatever is in one, it stops. */
#include <fuzz.h>

#include <fourmica/client.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_stop stop;
	bool ok = fm_stop_parse(&stop, fuzz_span(data, size));

	MUST(stop.set);
	MUST(strlen(stop.reason) < sizeof(stop.reason));
	MUST(stop.since_s >= 0 && (uint64_t)stop.since_s <= FM_STOP_TIME_MAX);
	MUST(ok || (!stop.since_s && !stop.reason[0]));
	return 0;
}
