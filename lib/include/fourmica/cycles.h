/* SPDX-License-Identifier: MIT */
/** A wallet's clearing cycles: which one is meant, and the transactions that settle it. Nothing
 *  that 4Mica Core prepared is sent: it is made again from our own values and the chain's. Rules:
 *  4mica.md, 2.2 and 8; contracts.md, 3, 5 and 6; design, Decisions 2, 8 and 11. */
#ifndef FOURMICA_CYCLES_H
#define FOURMICA_CYCLES_H

#include <fourmica/clearing.h>
#include <fourmica/collateral.h>

/* ---- which one ---- */

/** One cycle. */
struct fm_cycle_ref {
	char text[FM_CYCLE_TEXT]; /**< Core's name for it; "": not known */
	struct fm_hash id;	  /**< the chain's */
	struct fm_addr asset;	  /**< zero while `text` is "" */
	uint64_t start_s;	  /**< likewise */
	uint32_t length_s;	  /**< as guessed from a certificate; 0: not known */
};

/** A cycle by its text id. False: it is none. */
FM_API bool fm_cycle_ref_of(struct fm_cycle_ref *out, struct fm_span text) FM_MUST_USE;

/** The cycles the ledger knows of the client's wallet on a chain, each once, newest start first:
 *  those of its certificates, and those it settled or tried to. Looks at every payment. The caller
 *  frees *refs. No network. */
FM_API enum fm_code fm_cycle_known(struct fm_cycle_ref **refs, size_t *count,
				   struct fm_client *client, uint64_t chain_id,
				   struct fm_err *err) FM_MUST_USE;

/** The clearing house of a chain: of config.json, else the one that was pinned with its first use.
 *  *known false: neither. No network. */
FM_API enum fm_code fm_cycle_house(struct fm_addr *out, bool *known,
				   struct fm_client *client, uint64_t chain_id,
				   struct fm_err *err) FM_MUST_USE;

#define FM_CYCLE_LOOK_BLOCKS 100000u /**< how far back commits are searched for */

/** The cycle a person means: its text id, its id in hex, or the beginning of either
 *  (fm_cycle_named). What the ledger knows goes first; what it does not, the house on chain is asked
 *  for, when it is known: by its id, or among the commits of the last FM_CYCLE_LOOK_BLOCKS blocks.
 *  Out:  text "": only the id is known, and no usual length of cycles explains it
 *  Errors: FM_E_USAGE no cycle, or several, have that name; those of ledger and chain. */
FM_API enum fm_code fm_cycle_find(struct fm_cycle_ref *out, struct fm_client *client,
				  uint64_t chain_id, const char *name,
				  struct fm_err *err) FM_MUST_USE;

#endif
