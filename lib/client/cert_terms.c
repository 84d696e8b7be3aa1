/* SPDX-License-Identifier: MIT */
/* Terms a certificate is held against, from as many sources as there are. */
#include <fourmica/client.h>

#include <string.h>

void fm_cert_terms_of(struct fm_cert_terms *out, const struct fm_claims *claims)
{
	*out = (struct fm_cert_terms){
		.has = FM_TERM_VERSION | FM_TERM_PAYER | FM_TERM_RECIPIENT |
		       FM_TERM_AMOUNT | FM_TERM_ASSET | FM_TERM_REQ_ID |
		       FM_TERM_TIMESTAMP,
		.version = claims->version,
		.payer = claims->user,
		.recipient = claims->recipient,
		.asset = claims->asset,
		.amount = claims->amount,
		.req_id = claims->req_id,
		.timestamp = claims->timestamp,
	};
	if (claims->version == 2) {
		out->has |= FM_TERM_POLICY;
		out->policy = claims->validation;
	}
}

static bool same_policy(const struct fm_validation *a, const struct fm_validation *b)
{
	return fm_addr_equal(&a->registry, &b->registry) &&
	       fm_hash_equal(&a->request_hash, &b->request_hash) &&
	       a->chain_id == b->chain_id &&
	       fm_addr_equal(&a->validator, &b->validator) &&
	       fm_u256_cmp(&a->agent_id, &b->agent_id) == 0 &&
	       a->min_score == b->min_score &&
	       fm_hash_equal(&a->subject_hash, &b->subject_hash) &&
	       fm_hash_equal(&a->job_hash, &b->job_hash) && a->tag_len == b->tag_len &&
	       memcmp(a->tag, b->tag, a->tag_len) == 0;
}

static bool same(enum fm_term term, const struct fm_cert_terms *a,
		 const struct fm_cert_terms *b)
{
	switch (term) {
	case FM_TERM_VERSION:
		return a->version == b->version;
	case FM_TERM_PAYER:
		return fm_addr_equal(&a->payer, &b->payer);
	case FM_TERM_RECIPIENT:
		return fm_addr_equal(&a->recipient, &b->recipient);
	case FM_TERM_AMOUNT:
		return fm_u256_cmp(&a->amount, &b->amount) == 0;
	case FM_TERM_ASSET:
		return fm_addr_equal(&a->asset, &b->asset);
	case FM_TERM_REQ_ID:
		return fm_u256_cmp(&a->req_id, &b->req_id) == 0;
	case FM_TERM_TIMESTAMP:
		return a->timestamp == b->timestamp;
	case FM_TERM_CYCLE:
		return fm_u256_cmp(&a->cycle_id, &b->cycle_id) == 0;
	case FM_TERM_POLICY:
		return same_policy(&a->policy, &b->policy);
	}
	return true;
}

static void take(enum fm_term term, struct fm_cert_terms *to,
		 const struct fm_cert_terms *from)
{
	switch (term) {
	case FM_TERM_VERSION:
		to->version = from->version;
		break;
	case FM_TERM_PAYER:
		to->payer = from->payer;
		break;
	case FM_TERM_RECIPIENT:
		to->recipient = from->recipient;
		break;
	case FM_TERM_AMOUNT:
		to->amount = from->amount;
		break;
	case FM_TERM_ASSET:
		to->asset = from->asset;
		break;
	case FM_TERM_REQ_ID:
		to->req_id = from->req_id;
		break;
	case FM_TERM_TIMESTAMP:
		to->timestamp = from->timestamp;
		break;
	case FM_TERM_CYCLE:
		to->cycle_id = from->cycle_id;
		break;
	case FM_TERM_POLICY:
		to->policy = from->policy;
		break;
	}
	to->has |= term;
}

const char *fm_cert_terms_add(struct fm_cert_terms *to, const struct fm_cert_terms *from)
{
	static const struct {
		enum fm_term term;
		const char *name;
	} all[] = {
		{FM_TERM_VERSION,	   "version"   },
		    { FM_TERM_PAYER,     "payer"     },
		{ FM_TERM_RECIPIENT, "recipient" },
		    { FM_TERM_AMOUNT,    "amount"    },
		{ FM_TERM_ASSET,	 "asset"	 },
		    { FM_TERM_REQ_ID,    "req_id"    },
		{ FM_TERM_TIMESTAMP, "timestamp" },
		    { FM_TERM_CYCLE,     "cycle_id"	},
		{ FM_TERM_POLICY,	  "validation"},
	};
	const char *differs = NULL;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!(from->has & all[i].term))
			continue;
		if (!(to->has & all[i].term))
			take(all[i].term, to, from);
		else if (!differs && !same(all[i].term, to, from))
			differs = all[i].name;
	}
	return differs;
}

void fm_cert_terms_expect(struct fm_cert_expect *out, const struct fm_cert_terms *terms)
{
	unsigned has = terms->has;

	*out = (struct fm_cert_expect){
		.payer = has & FM_TERM_PAYER ? &terms->payer : NULL,
		.recipient = has & FM_TERM_RECIPIENT ? &terms->recipient : NULL,
		.asset = has & FM_TERM_ASSET ? &terms->asset : NULL,
		.amount = has & FM_TERM_AMOUNT ? &terms->amount : NULL,
		.req_id = has & FM_TERM_REQ_ID ? &terms->req_id : NULL,
		.cycle_id = has & FM_TERM_CYCLE ? &terms->cycle_id : NULL,
		.timestamp = has & FM_TERM_TIMESTAMP ? &terms->timestamp : NULL,
		.version = has & FM_TERM_VERSION ? terms->version : 0,
		.validation = has & FM_TERM_POLICY ? &terms->policy : NULL,
	};
}
