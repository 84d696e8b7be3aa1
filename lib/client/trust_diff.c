/* SPDX-License-Identifier: MIT */
/* How what Core and the chain say differs from what is pinned. */
#include "client/trust.h"

#include <stdio.h>
#include <string.h>

void fm_trust_key_text(char out[static FM_CERT_VALUE_TEXT],
		       const uint8_t key[static FM_BLS_KEY])
{
	memcpy(out, "0x", 2);
	fm_hex_write(out + 2, key, FM_BLS_KEY);
	out[2 + 2 * FM_BLS_KEY] = '\0';
}

static void domain_text(char out[static FM_CERT_VALUE_TEXT],
			const struct fm_trust_version *version)
{
	if (version->has_domain)
		fm_hash_text(out, &version->domain);
	else
		snprintf(out, FM_CERT_VALUE_TEXT, "none");
}

static void registries_text(char out[static FM_CERT_VALUE_TEXT],
			    const struct fm_trust_facts *facts)
{
	int len = snprintf(out, FM_CERT_VALUE_TEXT, "%s",
			   facts->registry_count ? "" : "none");

	if (facts->registry_count > 3) {
		snprintf(out, FM_CERT_VALUE_TEXT, "%zu registries",
			 facts->registry_count);
		return;
	}
	for (size_t i = 0; i < facts->registry_count && len >= 0; i++) {
		char text[FM_ADDR_TEXT];

		fm_addr_text(text, &facts->registries[i]);
		len += snprintf(out + len, FM_CERT_VALUE_TEXT - (size_t)len, "%s%s",
				i ? ", " : "", text);
	}
}

/** The next change of a review, when the two texts differ. */
static struct fm_trust_change *next_change(struct fm_trust_review *review,
					   const char *what, bool needs_word)
{
	struct fm_trust_change *change = &review->changes[review->change_count];

	*change = (struct fm_trust_change){ .what = what, .needs_word = needs_word };
	return change;
}

static void keep_change(struct fm_trust_review *review, bool differs)
{
	const struct fm_trust_change *change = &review->changes[review->change_count];

	if (!differs)
		return;
	review->change_count++;
	review->needs_word |= change->needs_word;
}

static void compare_versions(struct fm_trust_review *review)
{
	static const char *const names[FM_GUARANTEE_VERSIONS][2] = {
		{"domain_v1",  "enabled_v1"},
		{ "domain_v2", "enabled_v2"},
	};

	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS; i++) {
		const struct fm_trust_version *old = &review->pin.facts.version[i];
		const struct fm_trust_version *now = &review->now.version[i];
		struct fm_trust_change *c = next_change(review, names[i][0], true);

		domain_text(c->before, old);
		domain_text(c->after, now);
		keep_change(review, strcmp(c->before, c->after) != 0);
		c = next_change(review, names[i][1], true);
		snprintf(c->before, sizeof(c->before), "%s", old->enabled ? "yes" : "no");
		snprintf(c->after, sizeof(c->after), "%s", now->enabled ? "yes" : "no");
		keep_change(review, old->enabled != now->enabled);
	}
}

static void compare_params(struct fm_trust_review *review)
{
	const struct fm_trust_facts *old = &review->pin.facts, *now = &review->now;
	struct fm_trust_change *c = next_change(review, "eip712", false);

	snprintf(c->before, sizeof(c->before), "%s %s", old->domain.name,
		 old->domain.version);
	snprintf(c->after, sizeof(c->after), "%s %s", now->domain.name,
		 now->domain.version);
	keep_change(review,
		    strcmp(old->domain.name, now->domain.name) != 0 ||
			    strcmp(old->domain.version, now->domain.version) != 0);
	c = next_change(review, "registries", false);
	registries_text(c->before, old);
	registries_text(c->after, now);
	keep_change(review, old->registry_count != now->registry_count ||
				    memcmp(old->registries, now->registries,
					   old->registry_count *
						   sizeof(old->registries[0])) != 0);
}

void fm_trust_compare(struct fm_trust_review *review)
{
	const struct fm_trust_facts *old = &review->pin.facts, *now = &review->now;
	struct fm_trust_change *c;

	review->change_count = 0;
	review->needs_word = false;
	if (!review->pinned)
		return;
	c = next_change(review, "vault", true);
	fm_addr_text(c->before, &old->vault);
	fm_addr_text(c->after, &now->vault);
	keep_change(review, !fm_addr_equal(&old->vault, &now->vault));
	c = next_change(review, "key", true);
	fm_trust_key_text(c->before, old->key);
	fm_trust_key_text(c->after, now->key);
	keep_change(review, memcmp(old->key, now->key, sizeof(old->key)) != 0);
	compare_versions(review);
	compare_params(review);
}

enum fm_code fm_trust_not_pinned(struct fm_err *err, uint64_t chain_id, const char *who,
				 const struct fm_trust_change *change)
{
	char name[FM_CAIP2_TEXT];

	fm_trust_chain_name(name, chain_id);
	fm_fail(err, FM_E_CERT_KEY, "%s: %s of %s is now %s, pinned is %s", who,
		change->what, name, change->after, change->before);
	fm_rule(err, "pinned-trust");
	return fm_hint(
		err,
		"when the operator confirms the change, accept it: fourmica networks "
		"refresh %s",
		name);
}

/* ---- Core against the pin ---- */

/** The highest version Core accepts; 0: none. active_guarantee_domain_separator is its domain. */
static unsigned highest(const struct fm_core_params *params)
{
	unsigned most = 0;

	for (size_t i = 0; i < params->accepted_count; i++)
		if (params->accepted[i] > most)
			most = params->accepted[i];
	return most;
}

unsigned fm_trust_told_version(const struct fm_core_params *params)
{
	static const struct fm_hash none;
	unsigned most = highest(params);

	if (most > FM_GUARANTEE_VERSIONS || fm_hash_equal(&params->active_domain, &none))
		return 0;
	return most;
}

void fm_trust_put_params(struct fm_trust_facts *facts,
			 const struct fm_core_params *params)
{
	facts->domain = params->domain;
	facts->registry_count = params->registry_count;
	memcpy(facts->registries, params->registries, sizeof(facts->registries));
}

enum fm_code fm_trust_check_core(const struct fm_trust_state *state,
				 const struct fm_core_params *params, struct fm_err *err)
{
	struct fm_trust_review review = { .pinned = state->pinned, .pin = state->pin };
	unsigned told = fm_trust_told_version(params);

	if (!state->pinned)
		return FM_OK;
	review.now = state->pin.facts;
	review.now.vault = params->contract;
	memcpy(review.now.key, params->public_key, sizeof(review.now.key));
	if (told)
		review.now.version[told - 1] =
			(struct fm_trust_version){ .enabled = true,
						   .has_domain = true,
						   .domain = params->active_domain };
	fm_trust_compare(&review);
	return review.needs_word ? fm_trust_not_pinned(err, state->chain_id, "4Mica Core",
						       &review.changes[0])
				 : FM_OK;
}

enum fm_code fm_trust_take_params(struct fm_client *client, struct fm_ledger *ledger,
				  const struct fm_trust_state *state,
				  const struct fm_core_params *params, struct fm_err *err)
{
	struct fm_trust_review review = { .pinned = state->pinned, .pin = state->pin };
	bool done = false;

	if (!state->pinned)
		return FM_OK;
	review.now = state->pin.facts;
	fm_trust_put_params(&review.now, params);
	fm_trust_compare(&review);
	for (size_t i = 0; i < review.change_count; i++)
		fm_log(client->config.log, FM_LOG_WARN,
		       "4Mica Core changed its %s from %s to %s", review.changes[i].what,
		       review.changes[i].before, review.changes[i].after);
	/* Not done: another process took them over meanwhile. */
	return review.change_count
		       ? fm_trust_state_write(&done, ledger, state, &review.now,
					      fm_wall_s(client->config.clock), err)
		       : FM_OK;
}
