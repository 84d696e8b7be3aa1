/* SPDX-License-Identifier: MIT */
/** What a diagnosis looks at: everybody this program talks to is asked, nothing is judged, signed or
 *  written (but what a facilitator said, which is remembered when that is wished). */
#ifndef FOURMICA_DOCTOR_H
#define FOURMICA_DOCTOR_H

#include <fourmica/collateral.h>

#define FM_DOCTOR_RPCS 10
#define FM_DOCTOR_CHANGE 400

/** One endpoint of the chain. An error record with code FM_OK: the answer is there. */
struct fm_doctor_rpc {
	char name[FM_TRUST_URL]; /**< origin */
	struct fm_err reached;	 /**< it answered the questions at all */
	int64_t took_ms;
	struct fm_err chain; /**< it serves the chain that is meant */
	struct fm_err blocks;
	uint64_t latest;
	int64_t latest_s, pending_s;
	struct fm_err vault, house; /**< asked when they are known */
	bool has_vault_code, has_house_code;
	struct fm_err nonces; /**< asked when there is a wallet */
	uint64_t nonce, pending_nonce;
	struct fm_err receipt;	  /**< asked when a transaction of the ledger was mined */
	bool has_receipt, has_tx; /**< it still knows that one */
};

/** Which protocol Core speaks, told from the paths it serves. */
enum fm_generation {
	FM_GENERATION_UNKNOWN,
	FM_GENERATION_TAB,   /**< guarantees within tabs; nothing signed here is for it */
	FM_GENERATION_CYCLE, /**< guarantees within clearing cycles */
};

struct fm_doctor_core {
	bool asked; /**< a Core is known */
	char name[FM_TRUST_URL];
	struct fm_err health_error;
	struct fm_core_health health;
	bool has_date;
	int64_t date_s; /**< its clock, when it answered */
	int64_t now_s;	/**< ours */
	struct fm_err params_error;
	struct fm_core_params params;
	struct fm_err tokens_error;
	struct fm_core_tokens tokens;
	enum fm_generation generation;
};

struct fm_doctor_facilitator {
	char name[FM_TRUST_URL];
	struct fm_err health_error;
	bool healthy;
	struct fm_err kinds_error;
	struct fm_facilitator_kinds kinds;
	bool known;	 /**< it was looked at before ... */
	int64_t known_s; /**< ... then */
	char added[FM_DOCTOR_CHANGE],
		removed[FM_DOCTOR_CHANGE]; /**< since; "": nothing */
};

struct fm_doctor {
	uint64_t chain_id;
	int64_t now_s;
	struct fm_err trust_error; /**< of `review` */
	struct fm_trust_review review;
	bool has_vault;
	struct fm_addr vault; /**< as pinned, else as Core and the chain say now */
	struct fm_doctor_rpc rpc[FM_DOCTOR_RPCS];
	size_t rpc_count;
	bool has_tx; /**< the ledger has a transaction that was mined: */
	struct fm_hash tx;
	uint64_t tx_block; /**< the highest of those looked at */
	struct fm_doctor_core core;
	struct fm_err
		position_error; /**< FM_OK and no holdings: nobody's position was asked for */
	struct fm_position position;
};

/** Ask all of them. Who does not answer has an error record that says so.
 *  In:  who  NULL: no wallet
 *  Errors: FM_E_NOMEM; what the ledger says; FM_E_INTERRUPTED. */
FM_API enum fm_code fm_doctor_look(struct fm_doctor *out, struct fm_client *client,
				   uint64_t chain_id, const struct fm_addr *who,
				   struct fm_err *err) FM_MUST_USE;

/** Ask a facilitator what it takes, compare with the last time, and remember it in the ledger.
 *  Errors: FM_E_CONFIG the URL; FM_E_NOMEM; what the ledger says. */
FM_API enum fm_code fm_doctor_facilitator(struct fm_doctor_facilitator *out,
					  struct fm_client *client, const char *url,
					  struct fm_err *err) FM_MUST_USE;

#endif
