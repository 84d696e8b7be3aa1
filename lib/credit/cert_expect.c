/* SPDX-License-Identifier: MIT */
#include <fourmica/cert.h>

void fm_cert_expect_claims(struct fm_cert_expect *out, const struct fm_claims *claims)
{
	*out = (struct fm_cert_expect){
		.version = claims->version,
		.payer = &claims->user,
		.recipient = &claims->recipient,
		.amount = &claims->amount,
		.asset = &claims->asset,
		.req_id = &claims->req_id,
		.timestamp = &claims->timestamp,
		.validation = claims->version == 2 ? &claims->validation : NULL,
	};
}
