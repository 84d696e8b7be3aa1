/* SPDX-License-Identifier: MIT */
#include <fourmica/system.h>

#include <sodium.h>

static enum fm_code fill(void *ctx, void *out, size_t len)
{
	(void)ctx;
	if (sodium_init() < 0)
		return FM_E_INTERNAL;
	randombytes_buf(out, len);
	return FM_OK;
}

const struct fm_rand fm_system_rand = { .fill = fill, .ctx = NULL };

enum fm_code fm_rand_fill(const struct fm_rand *rand, void *out, size_t len,
			  struct fm_err *err)
{
	enum fm_code rc = rand->fill(rand->ctx, out, len);

	if (rc)
		return fm_fail(err, rc, "no random bytes to be had");
	return FM_OK;
}
