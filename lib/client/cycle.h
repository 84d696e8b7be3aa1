/* SPDX-License-Identifier: MIT */
/** What the files that settle cycles share. */
#ifndef FOURMICA_CLIENT_CYCLE_H
#define FOURMICA_CLIENT_CYCLE_H

#include <fourmica/cycles.h>

#include "client/mover.h"

/** The pins of clearing houses, by CAIP-2 name of their chain. */
#define FM_HOUSE_PIN "clearing_house"

/* cycle_look.c */

/** What is known of a wish before anything is signed. */
struct fm_cycle_look {
	const struct fm_cycle_wish *wish;
	struct fm_client *client;
	struct fm_chain chain;
	struct fm_cycle_side *side;
	/** From our leaf to `root`; not of _FINALIZE_CYCLE. */
	struct fm_clearing_path path;
	struct fm_hash root;
	struct fm_u256 balance;	  /**< of a token, in the wallet ... */
	struct fm_u256 allowance; /**< ... and what of it the house may take */
};

/** The verb of a wish; not of FM_OP_FINALIZE_CYCLE. */
enum fm_clearing_verb fm_cycle_verb(enum fm_op_kind kind);
/** Is it as wanted already? */
bool fm_cycle_done(const struct fm_cycle_side *side, enum fm_op_kind kind);
/** Read the chain's part of look->side again. */
enum fm_code fm_cycle_see(struct fm_cycle_look *look, struct fm_err *err) FM_MUST_USE;
/** Find the cycle and the house, ask chain and Core, compare everything. look->side->done: nothing is
 *  left to do, and Core may not have been asked. */
enum fm_code fm_cycle_look(struct fm_cycle_look *look, struct fm_err *err) FM_MUST_USE;
/** The chain's part once more, after fm_cycle_look: what was proven must hold still, and the contract
 *  make our leaf as we do. */
enum fm_code fm_cycle_look_again(struct fm_cycle_look *look,
				 struct fm_err *err) FM_MUST_USE;
/** What its words need. */
struct fm_revert_context fm_cycle_context(const struct fm_cycle_look *look);
/** Refuse as the contract would: `args` are the values of its error. */
enum fm_code fm_cycle_say(const struct fm_cycle_look *look, enum fm_revert revert,
			  const struct fm_abi_value *args, size_t count,
			  struct fm_err *err);

/* cycle_ready.c */

/** What the contract would refuse as things stand, and what comes too late. */
enum fm_code fm_cycle_ready(const struct fm_cycle_look *look,
			    struct fm_err *err) FM_MUST_USE;

#endif
