/* SPDX-License-Identifier: MIT */
/* Core's public parameters and the vault on chain: both must say the same. Core's own endpoint
 * of the chain is never asked, for then Core alone would be believed. 4mica.md, 5.2 and 5.3;
 * contracts.md, 4. */
#include "client/chain.h"
#include "client/trust.h"

#include "credit/vault.h"

#include <stdio.h>
#include <string.h>

static enum fm_code disagree(struct fm_err *err)
{
	fm_rule(err, "core-and-chain");
	return fm_hint(
		err, "nothing was pinned; if the endpoint of --rpc can be trusted, tell "
		     "the operator of 4Mica Core");
}

static enum fm_code agree_key(const struct fm_core_params *params,
			      const struct fm_vault_view *view, struct fm_err *err)
{
	char core[FM_CERT_VALUE_TEXT], chain[FM_VAULT_KEY_TEXT];
	uint8_t xy[FM_VAULT_KEY];
	struct fm_bls_key key;
	enum fm_bls_fault fault = fm_bls_key_decode(&key, params->public_key);

	fm_trust_key_text(core, params->public_key);
	if (fault)
		return fm_fail(err, FM_E_CORE, "4Mica Core's key %s %s", core,
			       fm_bls_fault_text(fault));
	fm_bls_key_xy(xy, &key);
	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS; i++) {
		if (!view->version[i].enabled ||
		    memcmp(view->version[i].key, xy, sizeof(xy)) == 0)
			continue;
		fm_vault_key_text(chain, view->version[i].key);
		fm_fail(err, FM_E_CORE,
			"4Mica Core's key is %s, the vault's for version %zu is %s", core,
			i + 1, chain);
		return disagree(err);
	}
	return FM_OK;
}

static enum fm_code agree_versions(const struct fm_core_params *params,
				   const struct fm_vault_view *view, struct fm_err *err)
{
	unsigned told = fm_trust_told_version(params);
	char core[FM_HASH_TEXT], chain[FM_HASH_TEXT];

	for (size_t i = 0; i < params->accepted_count; i++) {
		unsigned n = params->accepted[i];

		if (n < 1 || n > FM_GUARANTEE_VERSIONS || view->version[n - 1].enabled)
			continue;
		fm_fail(err, FM_E_CORE,
			"4Mica Core accepts guarantees of version %u, the vault has it "
			"disabled",
			n);
		return disagree(err);
	}
	if (!told ||
	    fm_hash_equal(&params->active_domain, &view->version[told - 1].domain))
		return FM_OK;
	fm_hash_text(core, &params->active_domain);
	fm_hash_text(chain, &view->version[told - 1].domain);
	fm_fail(err, FM_E_CORE,
		"4Mica Core's domain for version %u is %s, the vault's is %s", told, core,
		chain);
	return disagree(err);
}

static void fill_facts(struct fm_trust_facts *out, const struct fm_core_params *params,
		       const struct fm_vault_view *view)
{
	static const struct fm_hash none;

	out->chain_id = params->domain.chain_id;
	out->vault = params->contract;
	memcpy(out->key, params->public_key, sizeof(out->key));
	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS; i++) {
		out->version[i].enabled = view->version[i].enabled;
		out->version[i].domain = view->version[i].domain;
		out->version[i].has_domain =
			!fm_hash_equal(&view->version[i].domain, &none);
	}
	fm_trust_put_params(out, params);
}

/** What is asked of the chain. */
struct question {
	struct fm_vault_view *out;
	uint64_t chain_id;
	const struct fm_addr *vault;
};

static enum fm_code read_vault(void *arg, struct fm_rpc *rpc, struct fm_err *err)
{
	const struct question *q = arg;

	return fm_vault_view_read(q->out, rpc, q->chain_id, q->vault, err);
}

/** The vault's word, and who gave it. */
static enum fm_code ask_chain(struct fm_vault_view *out,
			      char rpc_name[static FM_TRUST_URL],
			      struct fm_client *client, uint64_t chain_id,
			      const struct fm_addr *vault, struct fm_err *err)
{
	struct fm_chain chain;
	struct question question = { out, chain_id, vault };
	struct fm_rpc rpc = { 0 };
	enum fm_code rc;

	fm_chain_init(&chain, client, chain_id);
	rc = fm_rpc_each(&rpc, &chain.endpoints, read_vault, &question, err);
	if (rpc.url)
		fm_rpc_origin(rpc_name, &rpc);
	return rc;
}

/** Core and the chain on the same things. */
static enum fm_code ask_both(struct fm_trust_facts *out, bool *no_chain,
			     struct fm_client *client,
			     const struct fm_core_params *params, struct fm_err *err)
{
	const uint64_t chain_id = params->domain.chain_id;
	struct fm_vault_view view;
	enum fm_code rc =
		ask_chain(&view, out->rpc, client, chain_id, &params->contract, err);

	*no_chain = rc == FM_E_NETWORK || rc == FM_E_TIMEOUT;
	if (!rc)
		rc = agree_key(params, &view, err);
	if (!rc)
		rc = agree_versions(params, &view, err);
	if (!rc)
		fill_facts(out, params, &view);
	return rc;
}

enum fm_code fm_trust_gather(struct fm_trust_review *out, bool *no_chain,
			     struct fm_client *client, struct fm_ledger *ledger,
			     const struct fm_trust_state *state, bool kept,
			     struct fm_err *err)
{
	struct fm_core_params params;
	enum fm_code rc;

	*out = (struct fm_trust_review){ .pinned = state->pinned, .pin = state->pin };
	*no_chain = false;
	snprintf(out->now.core, sizeof(out->now.core), "%s", state->core);
	rc = fm_client_params_get(&params, &kept, client, ledger, state, err);
	if (!rc)
		rc = ask_both(&out->now, no_chain, client, &params, err);
	if (kept && (rc == FM_E_CORE || rc == FM_E_CHAIN)) {
		kept = false;
		rc = fm_client_params_get(&params, &kept, client, ledger, state, err);
		if (!rc)
			rc = ask_both(&out->now, no_chain, client, &params, err);
	}
	if (!rc)
		fm_trust_compare(out);
	return rc;
}
