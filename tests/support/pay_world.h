/* SPDX-License-Identifier: MIT */
/** A buyer on a small planet: a client with a wallet, a ledger in a folder of its own, a transport
 *  without a network and a clock with hands. What cannot be set up ends the program. */
#ifndef FOURMICA_TESTS_PAY_WORLD_H
#define FOURMICA_TESTS_PAY_WORLD_H

#include <fourmica/fourmica.h>

#include "fake_http.h"

struct pay_world {
	struct fake_http fake;
	struct fm_client *client;
	struct fm_policy *policy;
	struct fm_client_config config;
	char dir[64], ledger[96], receipts[96], stop[96];
	struct fm_clock clock;
	int64_t now_ms;	   /**< of both clocks; sleeping moves it */
	unsigned unlocked; /**< times the wallet was opened */
	struct fm_buf body;
	unsigned heads; /**< responses whose head was delivered */
	bool sink_fails;
};

/** `policy`: the text of a policy file; NULL: the one built in. Starts five seconds into a
 *  minute, so that resends stay in their cycle. */
struct pay_world *pay_world_new(const char *policy);
/** The next process: everything that was open is closed and opened again. */
void pay_world_restart(struct pay_world *w);
void pay_world_free(struct pay_world *w);

/** Pay for a request (GET without a body) under an idempotency key, or none. The caller clears
 *  `paid`. */
enum fm_code pay_world_pay(struct fm_paid *paid, struct pay_world *w, const char *key,
			   const char *url, const char *body, struct fm_err *err);
/** The payment of a key; false: there is none. The caller clears `out`. */
bool pay_world_find(struct fm_payment *out, struct pay_world *w, const char *key);

#endif
