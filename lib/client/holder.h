/* SPDX-License-Identifier: MIT */
/** What a key holder signs, and what it has signed. */
#ifndef FOURMICA_CLIENT_HOLDER_H
#define FOURMICA_CLIENT_HOLDER_H

#include "client/document.h"
#include "client/internal.h"

/** One signature that left. */
struct fm_holder_entry {
	char id[FM_PAY_ID];
	int64_t since_ms;	     /**< of the reservation: its id may be taken over */
	char purpose[FM_TX_PURPOSE]; /**< of transactions; else "" */
	uint64_t nonce;
	struct fm_hash digest;
};

/** All that left since the key came. A reservation whose signature nobody recorded must not be
 *  good for a second one. Owner: fm_holder_memory_clear. */
struct fm_holder_memory {
	struct fm_holder_entry *entries;
	size_t count, room;
};

void fm_holder_memory_clear(struct fm_holder_memory *memory);

/** May this be signed, by what the ledger says now? Looks for the stop first.
 *  Out:  since_ms  when it was reserved; for fm_holder_remember
 *  In:  client  of this wallet: has its ledger's place, what it is bound to, the stop
 *  Errors: FM_E_STOPPED; FM_E_LOCKED, rule "reservation": there is none for it, or none that is
 *  like it; FM_E_CORE a sign-in that is none to be signed; those of the ledger. */
enum fm_code fm_holder_check(int64_t *since_ms, struct fm_client *client,
			     const struct fm_holder_memory *memory,
			     const struct fm_document *doc, const struct fm_hash *digest,
			     struct fm_err *err) FM_MUST_USE;
/** Remember a signature before it is given out. Errors: FM_E_NOMEM. */
enum fm_code fm_holder_remember(struct fm_holder_memory *memory,
				const struct fm_document *doc,
				const struct fm_hash *digest, int64_t since_ms,
				struct fm_err *err) FM_MUST_USE;

#endif
