/* SPDX-License-Identifier: MIT */
/* One endpoint after the other. */
#include "evm/rpc.h"

enum fm_code fm_rpc_each(struct fm_rpc *rpc, const struct fm_rpc_endpoints *endpoints,
			 enum fm_code (*read)(void *arg, struct fm_rpc *rpc,
					      struct fm_err *err),
			 void *arg, struct fm_err *err)
{
	enum fm_code rc = FM_E_NETWORK;
	struct fm_rpc next = { 0 };
	size_t asked = 0;

	while ((rc == FM_E_NETWORK || rc == FM_E_TIMEOUT) &&
	       endpoints->at(endpoints->ctx, &next, asked)) {
		if (asked++ && err)
			fm_log(endpoints->log, FM_LOG_INFO, "%s", err->msg);
		*rpc = next;
		rc = read(arg, rpc, err);
	}
	if (asked)
		return rc;
	fm_fail(err, FM_E_NETWORK, "no endpoint of chain %llu is known",
		(unsigned long long)endpoints->chain_id);
	return fm_hint(err, "name one with --rpc URL");
}
