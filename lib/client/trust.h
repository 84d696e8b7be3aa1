/* SPDX-License-Identifier: MIT */
/** The pins behind fm_client_trust: what the ledger holds about a chain's vault. */
#ifndef FOURMICA_CLIENT_TRUST_H
#define FOURMICA_CLIENT_TRUST_H

#include "client/internal.h"

/** What is pinned, and the rows it was read from. Owner: fm_trust_state_clear. */
struct fm_trust_state {
	uint64_t chain_id;
	char core[FM_TRUST_URL]; /**< Core's name; "" when no Core is known */
	/** The vault this Core speaks for, and the one last pinned on the chain: whatever Core it
	 *  was. Empty: none. */
	struct fm_buf by_core, by_chain;
	struct fm_addr vault; /**< the vault in force, when has_vault */
	bool has_vault;
	struct fm_buf doc; /**< pin of that vault as stored; empty: none */
	bool pinned;
	struct fm_trust_pin pin;
};

/** Read the pin of `vault`; NULL: of the vault in force. `ledger` NULL: nothing is pinned.
 *  Errors: FM_E_LEDGER when a row cannot be understood. *out is to be cleared either way. */
enum fm_code fm_trust_state_read(struct fm_trust_state *out,
				 const struct fm_client *client, struct fm_ledger *ledger,
				 uint64_t chain_id, const struct fm_addr *vault,
				 struct fm_err *err) FM_MUST_USE;
void fm_trust_state_clear(struct fm_trust_state *state);

/** Pin `facts` in place of what `state` holds, which joins the earlier ones unless only Core's
 *  parameters differ. *done false: the rows changed since they were read, nothing was written. */
enum fm_code fm_trust_state_write(bool *done, struct fm_ledger *ledger,
				  const struct fm_trust_state *state,
				  const struct fm_trust_facts *facts, int64_t now_s,
				  struct fm_err *err) FM_MUST_USE;

/** The vault alone, as fm_client_trust has it with FM_TRUST_FIRST_USE; its key is not read. */
enum fm_code fm_trust_vault(struct fm_addr *out, struct fm_client *client,
			    uint64_t chain_id, struct fm_err *err) FM_MUST_USE;

/** Is it the same vault, with the same key, domains and versions? */
bool fm_trust_same(const struct fm_trust_facts *a,
		   const struct fm_trust_facts *b) FM_MUST_USE;

/** Core's parameters against the pin: FM_OK when nothing is pinned or nothing that needs a
 *  person's word differs; else FM_E_CERT_KEY, rule "pinned-trust", with both values. */
enum fm_code fm_trust_check_core(const struct fm_trust_state *state,
				 const struct fm_core_params *params,
				 struct fm_err *err) FM_MUST_USE;
/** Take over the parameters that need nobody's word into a pin that fits `params`. */
enum fm_code fm_trust_take_params(struct fm_client *client, struct fm_ledger *ledger,
				  const struct fm_trust_state *state,
				  const struct fm_core_params *params,
				  struct fm_err *err) FM_MUST_USE;

/** Core's parameters. *kept in: what is kept in the ledger will do, if it is younger than a day
 *  and fits the pin; out: that is what was used. Else Core is asked, and what fits the pin is
 *  kept. What does not fit is returned all the same: the caller compares. */
enum fm_code fm_client_params_get(struct fm_core_params *out, bool *kept,
				  struct fm_client *client, struct fm_ledger *ledger,
				  const struct fm_trust_state *state,
				  struct fm_err *err) FM_MUST_USE;

/** Ask Core and the chain, and compare with the pin of `state`. With `kept`, what Core said within
 *  a day will do, unless the chain says otherwise. *no_chain: Core answered, but no endpoint of
 *  the chain could be reached. out->pinned and pin are filled in any case. */
enum fm_code fm_trust_gather(struct fm_trust_review *out, bool *no_chain,
			     struct fm_client *client, struct fm_ledger *ledger,
			     const struct fm_trust_state *state, bool kept,
			     struct fm_err *err) FM_MUST_USE;

/** Fill the changes from the pin to `now`, those that need a word first. */
void fm_trust_compare(struct fm_trust_review *review);
/** FM_E_CERT_KEY, rule "pinned-trust": `who` says otherwise than the pin. */
enum fm_code fm_trust_not_pinned(struct fm_err *err, uint64_t chain_id, const char *who,
				 const struct fm_trust_change *change);
/** The version whose domain Core tells, when this program knows it; 0: none. */
unsigned fm_trust_told_version(const struct fm_core_params *params);
/** Put Core's parameters that need nobody's word into `facts`. */
void fm_trust_put_params(struct fm_trust_facts *facts,
			 const struct fm_core_params *params);
/** "0x" and 96 digits. */
void fm_trust_key_text(char out[static FM_CERT_VALUE_TEXT],
		       const uint8_t key[static FM_BLS_KEY]);

/** What people call the chain: "base-sepolia", else its CAIP-2 text. */
void fm_trust_chain_name(char out[static FM_CAIP2_TEXT], uint64_t chain_id);

#endif
