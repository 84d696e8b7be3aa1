/* SPDX-License-Identifier: MIT */
/* Whose certificates are believed: Core's word and the chain's must be one before anything is
 * pinned, and what is pinned stays until a person says otherwise. */
#include "client/trust.h"

#include <string.h>

enum fm_code fm_trust_find(struct fm_trust_pin *out, bool *found,
			   struct fm_client *client, uint64_t chain_id,
			   const struct fm_addr *vault, struct fm_err *err)
{
	struct fm_trust_state state;
	struct fm_ledger *ledger;
	enum fm_code rc = fm_client_ledger(&ledger, client, false, err);

	*found = false;
	if (rc)
		return rc;
	rc = fm_trust_state_read(&state, client, ledger, chain_id, vault, err);
	if (!rc && state.pinned) {
		*found = true;
		*out = state.pin;
	}
	fm_trust_state_clear(&state);
	return rc;
}

enum fm_code fm_trust_review(struct fm_trust_review *out, struct fm_client *client,
			     uint64_t chain_id, struct fm_err *err)
{
	struct fm_trust_state state;
	struct fm_ledger *ledger;
	bool no_chain;
	enum fm_code rc = fm_client_ledger(&ledger, client, !client->config.dry_run, err);

	if (rc)
		return rc;
	rc = fm_trust_state_read(&state, client, ledger, chain_id, NULL, err);
	if (!rc)
		rc = fm_trust_gather(out, &no_chain, client, ledger, &state, false, err);
	fm_trust_state_clear(&state);
	return rc;
}

/** One try: *done false when somebody else wrote in between. */
static enum fm_code write_pin(bool *done, struct fm_client *client,
			      struct fm_ledger *ledger,
			      const struct fm_trust_review *review, struct fm_err *err)
{
	const struct fm_trust_facts *now = &review->now;
	struct fm_trust_state state;
	bool fits;
	enum fm_code rc =
		fm_trust_state_read(&state, client, ledger, now->chain_id, NULL, err);

	/* As it was when it was reviewed; or another process pinned the very same meanwhile. */
	fits = state.pinned
		       ? fm_trust_same(&state.pin.facts, now) ||
				 (review->pinned &&
				  fm_trust_same(&state.pin.facts, &review->pin.facts))
		       : !review->pinned;
	*done = false;
	if (!rc && fits)
		rc = fm_trust_state_write(done, ledger, &state, now,
					  fm_wall_s(client->config.clock), err);
	fm_trust_state_clear(&state);
	return rc;
}

enum fm_code fm_trust_accept(struct fm_client *client,
			     const struct fm_trust_review *review, struct fm_err *err)
{
	const uint64_t chain_id = review->now.chain_id;
	char name[FM_CAIP2_TEXT], vault[FM_ADDR_TEXT];
	struct fm_core_params params;
	struct fm_ledger *ledger;
	struct fm_err ignored;
	bool done = false;
	enum fm_code rc = fm_client_ledger(&ledger, client, true, err);

	for (int tries = 0; !rc && !done && tries < 2; tries++)
		rc = write_pin(&done, client, ledger, review, err);
	if (rc)
		return rc;
	fm_trust_chain_name(name, chain_id);
	if (!done)
		return fm_fail(err, FM_E_BUSY,
			       "another process pinned other keys of %s meanwhile", name);
	fm_addr_text(vault, &review->now.vault);
	fm_client_event(client, "pinned", "%s %s", name, vault);
	/* What was kept of Core does not fit a new pin: fetched now, it is there for others. */
	fm_err_init(&ignored);
	if (review->needs_word && fm_client_params(&params, client, chain_id, &ignored))
		fm_log(client->config.log, FM_LOG_INFO, "%s", ignored.msg);
	return FM_OK;
}

static enum fm_code fill_trust(struct fm_cert_trust *out, enum fm_anchor anchor,
			       const struct fm_trust_facts *facts, struct fm_err *err)
{
	enum fm_bls_fault fault;

	*out = (struct fm_cert_trust){ .anchor = anchor,
				       .chain_id = facts->chain_id,
				       .vault = facts->vault,
				       .registry_count = facts->registry_count };
	memcpy(out->version, facts->version, sizeof(out->version));
	memcpy(out->registries, facts->registries, sizeof(out->registries));
	fault = fm_bls_key_decode(&out->key, facts->key);
	if (!fault)
		return FM_OK;
	return fm_fail(err, FM_E_LEDGER, "the pinned key %s", fm_bls_fault_text(fault));
}

static enum fm_code nothing_pinned(uint64_t chain_id, const struct fm_addr *vault,
				   struct fm_err *err)
{
	char name[FM_CAIP2_TEXT], text[FM_ADDR_TEXT] = "";

	fm_trust_chain_name(name, chain_id);
	if (vault)
		fm_addr_text(text, vault);
	fm_fail(err, FM_E_CERT_KEY, "no certificate key is pinned for %s%s%s",
		vault ? text : "", vault ? " on " : "", name);
	return fm_hint(err,
		       "pin one, with Core and the chain in reach: fourmica networks "
		       "refresh %s",
		       name);
}

/** Core answered, the chain did not, and nothing is pinned. */
static enum fm_code core_alone(uint64_t chain_id, struct fm_err *err)
{
	const struct fm_err why = *err;
	char name[FM_CAIP2_TEXT];

	fm_trust_chain_name(name, chain_id);
	fm_fail(err, FM_E_CERT_KEY,
		"no certificate key is pinned for %s, and 4Mica Core's word alone pins none: "
		"%.300s",
		name, why.msg);
	return fm_hint(
		err,
		"name a chain endpoint that answers with --rpc URL, or in config.json; "
		"where a receipt is enough: --evidence receipt");
}

static enum fm_code ask_and_pin(struct fm_cert_trust *out, struct fm_client *client,
				struct fm_ledger *ledger, uint64_t chain_id,
				const struct fm_addr *vault, bool kept,
				struct fm_err *err)
{
	struct fm_trust_review found;
	struct fm_trust_state state;
	bool no_chain = false;
	enum fm_code rc =
		fm_trust_state_read(&state, client, ledger, chain_id, NULL, err);

	if (!rc)
		rc = fm_trust_gather(&found, &no_chain, client, ledger, &state, kept,
				     err);
	fm_trust_state_clear(&state);
	if (rc)
		return no_chain && !found.pinned ? core_alone(chain_id, err) : rc;
	if (vault && !fm_addr_equal(vault, &found.now.vault)) {
		char asked[FM_ADDR_TEXT], served[FM_ADDR_TEXT];

		fm_addr_text(asked, vault);
		fm_addr_text(served, &found.now.vault);
		return fm_fail(err, FM_E_CORE, "%s speaks for the vault %s, not for %s",
			       found.now.core, served, asked);
	}
	if (found.needs_word)
		return fm_trust_not_pinned(err, chain_id, "4Mica Core and the chain",
					   &found.changes[0]);
	if (!found.pinned || found.change_count)
		rc = fm_trust_accept(client, &found, err);
	return rc ? rc : fill_trust(out, FM_ANCHOR_CHAIN, &found.now, err);
}

/** A Core that never was asked for a pin must speak for the vault that is pinned. */
static enum fm_code may_use_pin(struct fm_client *client,
				const struct fm_trust_state *state, bool named,
				struct fm_err *err)
{
	struct fm_core_params params;

	return !named && state->core[0] && !state->by_core.len
		       ? fm_client_params(&params, client, state->chain_id, err)
		       : FM_OK;
}

static enum fm_code use_pin(struct fm_cert_trust *out, struct fm_client *client,
			    const struct fm_trust_state *state, bool named,
			    struct fm_err *err)
{
	enum fm_code rc = may_use_pin(client, state, named, err);

	return rc ? rc : fill_trust(out, FM_ANCHOR_PIN, &state->pin.facts, err);
}

enum fm_code fm_trust_vault(struct fm_addr *out, struct fm_client *client,
			    uint64_t chain_id, struct fm_err *err)
{
	struct fm_cert_trust trust;
	struct fm_trust_state state;
	struct fm_ledger *ledger;
	bool pinned;
	enum fm_code rc = fm_client_ledger(&ledger, client, true, err);

	if (rc)
		return rc;
	rc = fm_trust_state_read(&state, client, ledger, chain_id, NULL, err);
	pinned = state.pinned;
	if (!rc && pinned)
		rc = may_use_pin(client, &state, false, err);
	*out = state.vault;
	fm_trust_state_clear(&state);
	if (rc || pinned)
		return rc;
	rc = ask_and_pin(&trust, client, ledger, chain_id, NULL, true, err);
	if (!rc)
		*out = trust.vault;
	return rc;
}

enum fm_code fm_client_trust(struct fm_cert_trust *out, struct fm_client *client,
			     uint64_t chain_id, const struct fm_addr *vault,
			     enum fm_trust_ask ask, struct fm_err *err)
{
	struct fm_trust_state state;
	struct fm_ledger *ledger;
	enum fm_code rc = fm_client_ledger(&ledger, client, ask != FM_TRUST_PINNED, err);

	if (rc)
		return rc;
	rc = fm_trust_state_read(&state, client, ledger, chain_id, vault, err);
	if (rc)
		goto out;
	if (ask == FM_TRUST_NOW || (!state.pinned && ask == FM_TRUST_FIRST_USE))
		rc = ask_and_pin(out, client, ledger, chain_id, vault,
				 ask == FM_TRUST_FIRST_USE, err);
	else if (!state.pinned)
		rc = nothing_pinned(chain_id, vault, err);
	else if (ask == FM_TRUST_FIRST_USE)
		rc = use_pin(out, client, &state, vault != NULL, err);
	else
		rc = fill_trust(out, FM_ANCHOR_PIN, &state.pin.facts, err);
out:
	fm_trust_state_clear(&state);
	return rc;
}
