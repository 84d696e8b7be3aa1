/* SPDX-License-Identifier: MIT */
/** A chain's node behind a fake transport, with a client and a ledger in front of it: it takes raw
 *  transactions, mines them at once or when told, and lies, loses and refuses as a test says. */
#ifndef FOURMICA_TESTS_FAKE_NODE_H
#define FOURMICA_TESTS_FAKE_NODE_H

#include <client/chain.h>

#include "fake_http.h"
#include "ledger_home.h"

#define NODE_CHAIN 84532u
#define NODE_KEY "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
#define NODE_PAYER "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
#define NODE_TXS 24

/** A transaction the node took, or a test gave it. */
struct node_tx {
	struct fm_hash hash;
	uint64_t nonce;
	bool mined, reverted;
};

struct fake_node {
	struct fake_http fake;
	struct fm_client *client;
	struct fm_client_config config;
	volatile int cancel;
	char events[512]; /**< words of the client's events, a blank behind each */

	uint64_t chain_id;
	uint64_t latest, safe; /**< transaction counts */
	uint64_t ahead;	       /**< what "pending" says beyond the truth */
	const char *balance, *base_fee, *priority; /**< quantities */
	const char *call, *estimate; /**< members "result" or "error" of the answers */
	bool auto_mine, revert;	     /**< ... as reverted */
	bool lose_receipts, lose_txs;

	const char *send; /**< member of the answer to a broadcast instead; NULL: taken */
	bool deaf,
		mute; /**< a broadcast's connection is lost: before, after it took it */
	unsigned broadcasts; /**< raw transactions that came, `deaf` included */

	const char *spoiled; /**< this method is answered with `spoil` ... */
	const char *spoil;
	unsigned spoil_times; /**< ... so often */
	unsigned down;	      /**< so many requests are not answered at all */

	unsigned sleeps;
	void (*on_sleep)(struct fake_node *node); /**< may be NULL */

	struct node_tx txs[NODE_TXS];
	size_t tx_count;
	bool stopped;
};

/** A healthy node, an unlocked wallet, a ledger in home_ledger(); home_set_up came before. */
void fake_node_init(struct fake_node *node);
void fake_node_clear(struct fake_node *node);
/** The client of another process: the same wallet and ledger files, opened anew. */
void fake_node_restart(struct fake_node *node);
/** Put what waits into a block. */
void fake_node_mine(struct fake_node *node);

#endif
