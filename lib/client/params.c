/* SPDX-License-Identifier: MIT */
/* Core's public parameters of a chain, kept in the ledger for a day, and never used against
 * what is pinned. */
#include "client/trust.h"

#include <stdio.h>
#include <string.h>

#define PARAMS_FRESH_S (24 * 60 * 60) /* design, State: refreshed after 24 h */
#define PARAMS_MAX 65536u
#define ASK_MS 15000
#define CONNECT_MS 5000
#define KEY_MAX (FM_CAIP2_TEXT + FM_TRUST_URL)

void fm_client_transport(struct fm_http_options *out, const struct fm_client *client,
			 const char *url)
{
	*out = (struct fm_http_options){ .timeout_ms = ASK_MS,
					 .connect_timeout_ms = CONNECT_MS };
	if (client->config.transport)
		client->config.transport(client->config.ctx, out, url);
}

/** Another Core is another signing domain: what one said is never used for the other. */
static void params_key(char out[static KEY_MAX], const struct fm_trust_state *state)
{
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, state->chain_id);
	snprintf(out, KEY_MAX, "%s %s", caip2, state->core);
}

static enum fm_code no_core(uint64_t chain_id, struct fm_err *err)
{
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, chain_id);
	fm_fail(err, FM_E_CONFIG, "no 4Mica Core is known for %s", caip2);
	return fm_hint(err, "name it with --core URL or in config.json");
}

/** What is kept, if it is younger than a day and fits the pin. */
static enum fm_code params_kept(struct fm_core_params *out, bool *found,
				const struct fm_client *client, struct fm_ledger *ledger,
				const struct fm_trust_state *state, struct fm_err *err)
{
	int64_t at_s = 0, now_s = fm_wall_s(client->config.clock);
	struct fm_err ignored;
	struct fm_buf raw;
	char key[KEY_MAX];
	enum fm_code rc;

	params_key(key, state);
	fm_err_init(&ignored);
	fm_buf_init(&raw, PARAMS_MAX);
	rc = fm_pin_get(&raw, &at_s, found, ledger, "core", key, err);
	/* A clock that went back makes the pin look young; asking once more is harmless. */
	*found = !rc && *found && at_s <= now_s && now_s - at_s < PARAMS_FRESH_S &&
		 fm_core_params_read(out, fm_buf_span(&raw), &ignored) == FM_OK &&
		 fm_trust_check_core(state, out, &ignored) == FM_OK;
	fm_buf_clear(&raw);
	return rc;
}

/** Ask Core; what fits the pin is kept. */
static enum fm_code params_fetch(struct fm_core_params *out, struct fm_client *client,
				 struct fm_ledger *ledger,
				 const struct fm_trust_state *state, struct fm_err *err)
{
	const char *url = client->config.core_url(client->config.ctx, state->chain_id);
	struct fm_http_options options;
	struct fm_err ignored;
	char key[KEY_MAX];
	struct fm_buf raw;
	enum fm_code rc;

	params_key(key, state);
	if (!client->config.http)
		return fm_fail(
			err, FM_E_NETWORK,
			"4Mica Core's parameters for %s are not known yet, and this "
			"command uses no network",
			key);
	fm_err_init(&ignored);
	fm_buf_init(&raw, PARAMS_MAX);
	fm_client_transport(&options, client, url);
	rc = fm_core_params_get(out, &raw, client->config.http, url, state->chain_id,
				&options, err);
	if (rc)
		fm_within(err, "4Mica Core");
	else if (client->ledger_writable &&
		 fm_trust_check_core(state, out, &ignored) == FM_OK)
		rc = fm_pin_set(ledger, "core", key, fm_buf_span(&raw), err);
	fm_buf_clear(&raw);
	return rc;
}

enum fm_code fm_client_params_get(struct fm_core_params *out, bool *kept,
				  struct fm_client *client, struct fm_ledger *ledger,
				  const struct fm_trust_state *state, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (!state->core[0])
		return no_core(state->chain_id, err);
	if (*kept)
		rc = params_kept(out, kept, client, ledger, state, err);
	if (rc || *kept)
		return rc;
	return params_fetch(out, client, ledger, state, err);
}

enum fm_code fm_client_params(struct fm_core_params *out, struct fm_client *client,
			      uint64_t chain_id, struct fm_err *err)
{
	struct fm_trust_state state;
	struct fm_ledger *ledger;
	bool kept = true;
	enum fm_code rc = fm_client_ledger(&ledger, client, true, err);

	if (rc)
		return rc;
	rc = fm_trust_state_read(&state, client, ledger, chain_id, NULL, err);
	if (!rc)
		rc = fm_client_params_get(out, &kept, client, ledger, &state, err);
	if (!rc && !kept)
		rc = fm_trust_check_core(&state, out, err);
	if (!rc && !kept)
		rc = fm_trust_take_params(client, ledger, &state, out, err);
	fm_trust_state_clear(&state);
	return rc;
}

enum fm_code fm_trust_params_read(int64_t *at_s, struct fm_client *client,
				  uint64_t chain_id, struct fm_err *err)
{
	struct fm_trust_state state;
	struct fm_ledger *ledger;
	struct fm_buf raw;
	bool found = false;
	char key[KEY_MAX];
	enum fm_code rc = fm_client_ledger(&ledger, client, false, err);

	*at_s = 0;
	if (rc || !ledger)
		return rc;
	fm_buf_init(&raw, PARAMS_MAX);
	rc = fm_trust_state_read(&state, client, ledger, chain_id, NULL, err);
	params_key(key, &state);
	if (!rc && state.core[0])
		rc = fm_pin_get(&raw, at_s, &found, ledger, "core", key, err);
	fm_trust_state_clear(&state);
	fm_buf_clear(&raw);
	return rc;
}
