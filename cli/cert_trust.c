/* SPDX-License-Identifier: MIT */
/* Whose key and domain `verify-cert` believes. */
#include "cert.h"

#include "args.h"

#include <stdio.h>
#include <string.h>

static enum fm_code need_home(struct app *app, const struct verify_cert *args,
			      struct fm_err *err)
{
	return app->needs
		       ? FM_OK
		       : app_need(app, NEED_LEDGER | (args->online ? NEED_HTTP : 0), err);
}

/* ---- --key ---- */

/* A key is meant unless it can only be a name: a damaged key shall be told as one. */
static bool is_key(const char *text)
{
	size_t len = strlen(text);

	return strncmp(text, "0x", 2) == 0 || len >= FM_BLS_KEY ||
	       (len >= 32 && strspn(text, "0123456789abcdefABCDEF") == len);
}

static const char *key_name(const struct verify_cert *args)
{
	return args->key && !is_key(args->key) ? args->key : NULL;
}

/* ---- the place ---- */

/* A network of the built-in table needs no configuration; any other one is looked up there. */
static enum fm_code network_chain(uint64_t *chain_id, struct app *app,
				  const struct verify_cert *args, const char *name,
				  struct fm_err *err)
{
	const struct fm_network *known = fm_network_by_name(fm_span_of(name));
	enum fm_code rc;

	if (known || fm_network_chain(chain_id, fm_span_of(name))) {
		*chain_id = known ? known->chain_id : *chain_id;
		return FM_OK;
	}
	app->opt.network = name;
	rc = need_home(app, args, err);
	if (!rc && !app->network)
		rc = fm_fail(err, FM_E_USAGE, "that network is not known");
	if (!rc)
		*chain_id = app->network->chain_id;
	return rc;
}

static enum fm_code same_chain(uint64_t *chain_id, uint64_t other, const char *option,
			       struct fm_err *err)
{
	if (*chain_id && *chain_id != other)
		return fm_fail(err, FM_E_USAGE, "%s names chain %llu, --chain-id %llu",
			       option, (unsigned long long)other,
			       (unsigned long long)*chain_id);
	*chain_id = other;
	return FM_OK;
}

enum fm_code cert_place_read(struct cert_wanted *wanted, struct app *app,
			     const struct verify_cert *args, struct fm_err *err)
{
	/* The environment's network and that of config.json are only defaults. */
	const char *named = app->opt.network, *key = key_name(args);
	struct cert_place *out = &wanted->place;
	uint64_t chain_id = 0;
	enum fm_code rc = FM_OK;

	*out = (struct cert_place){ .chain_id = args->chain_id,
				    .has_vault = args->vault.set,
				    .vault = args->vault.addr };
	if (key && named && strcmp(key, named) != 0)
		return fm_fail(err, FM_E_USAGE, "--key and --network name two networks");
	if (named) {
		rc = network_chain(&chain_id, app, args, named, err);
		if (!rc)
			rc = same_chain(&out->chain_id, chain_id, "--network", err);
	}
	if (!rc && key) {
		rc = network_chain(&chain_id, app, args, key, err);
		if (rc == FM_E_USAGE)
			return fm_hint(err, "--key takes 96 hex digits or the name of a "
					    "network whose key is pinned");
		if (!rc)
			rc = same_chain(&out->chain_id, chain_id, "--key", err);
	}
	return rc;
}

/* What options leave open, the receipt may say. */
static void receipt_place(struct cert_trust *out, struct cert_place *place,
			  const struct fm_cert_input *input)
{
	if (!input || input->source != FM_CERT_RECEIPT)
		return;
	if (!place->chain_id && input->chain_id) {
		place->chain_id = input->chain_id;
		out->receipt_place = true;
	}
	if (!place->has_vault && input->has_vault && place->chain_id == input->chain_id) {
		place->has_vault = true;
		place->vault = input->vault;
		out->receipt_place = true;
	}
}

/* ---- trust ---- */

static void set_domain(struct fm_cert_trust *trust, size_t version,
		       const struct fm_hash *domain)
{
	trust->version[version].has_domain = true;
	trust->version[version].domain = *domain;
}

static enum fm_code no_domain(const struct cert_place *place, struct fm_err *err)
{
	fm_fail(err, FM_E_USAGE,
		"--key alone does not say whose certificates it signs: %s missing",
		place->chain_id	   ? "--vault is"
		: place->has_vault ? "--chain-id is"
				   : "--chain-id and --vault are");
	return fm_hint(err, "give --chain-id N --vault ADDR, or --domain HEX");
}

/* Domains of a given key: the given one, else what the vault's constructor computes, else what
 * the receipt has. */
static enum fm_code given_domains(struct cert_trust *out, const struct cert_place *place,
				  const struct cert_wanted *wanted,
				  const struct fm_cert_input *input, struct fm_err *err)
{
	struct fm_cert_trust *trust = &out->trust;

	if (!wanted->has_domain && !(place->chain_id && place->has_vault))
		return no_domain(place, err);
	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS; i++) {
		struct fm_hash domain = wanted->domain;

		if (!wanted->has_domain)
			fm_cert_domain(&domain, (int)i + 1, place->chain_id,
				       &place->vault);
		if (!wanted->has_domain && !wanted->place.has_vault && input &&
		    input->has_domain[i])
			domain = input->domain[i];
		trust->version[i].enabled = true;
		set_domain(trust, i, &domain);
	}
	return FM_OK;
}

/* Nobody is believed. That is a verdict on the certificate, after the checks before it. */
static void nobody(struct cert_trust *out, enum fm_cert_rule rule,
		   const struct cert_place *place, struct fm_err *err)
{
	out->trust = (struct fm_cert_trust){ .anchor = FM_ANCHOR_NONE,
					     .chain_id = place->chain_id };
	if (place->has_vault)
		out->trust.vault = place->vault;
	out->rule = rule;
	out->why = *err;
	if (!out->why.rule[0])
		fm_rule(&out->why, "%s", fm_cert_rule_word(rule));
	fm_err_init(err);
}

/* Where no key is pinned; one that changed is another matter. */
static void hint_at_receipt(struct cert_trust *out, const struct fm_cert_input *input)
{
	char key[2 * FM_BLS_KEY + 1] = "";

	if (!input || !input->has_key ||
	    strcmp(out->why.rule, fm_cert_rule_word(FM_CERT_KEY)) != 0)
		return;
	fm_hex_write(key, input->key, sizeof(input->key));
	fm_hint(&out->why,
		"the receipt carries the key of its time; if you trust it: --key 0x%s",
		key);
}

static enum fm_code given(struct cert_trust *out, const struct verify_cert *args,
			  const struct cert_place *place,
			  const struct cert_wanted *wanted,
			  const struct fm_cert_input *input, struct fm_err *err)
{
	enum fm_cert_rule rule;
	enum fm_code rc;

	out->trust.anchor = FM_ANCHOR_GIVEN;
	out->trust.chain_id = place->chain_id;
	if (place->has_vault)
		out->trust.vault = place->vault;
	rc = given_domains(out, place, wanted, input, err);
	if (rc)
		return rc;
	rule = fm_cert_key_hex(&out->trust.key, fm_span_of(args->key), err);
	if (rule != FM_CERT_VERIFIED) {
		fm_within(err, "--key");
		nobody(out, rule, place, err);
	}
	return FM_OK;
}

static enum fm_code ask(struct fm_cert_trust *out, struct app *app,
			const struct verify_cert *args, struct cert_place *place,
			struct fm_err *err)
{
	enum fm_code rc = need_home(app, args, err);

	if (rc)
		return rc;
	if (!place->chain_id)
		place->chain_id = app_network(app)->chain_id;
	return fm_client_trust(out, app->client, place->chain_id,
			       place->has_vault ? &place->vault : NULL,
			       args->online ? FM_TRUST_NOW : FM_TRUST_PINNED, err);
}

/* --online beside a given key: Core and the chain must have that key, too. */
static enum fm_code confirm(struct cert_trust *out, struct app *app,
			    const struct verify_cert *args, struct cert_place *place,
			    struct fm_err *err)
{
	struct fm_cert_trust now;
	char key[2 * FM_BLS_KEY + 1] = "";
	enum fm_code rc = ask(&now, app, args, place, err);

	if (rc)
		return rc;
	if (memcmp(now.key.bytes, out->trust.key.bytes, FM_BLS_KEY) != 0) {
		fm_hex_write(key, now.key.bytes, FM_BLS_KEY);
		fm_fail(err, FM_E_CERT_KEY,
			"the key given is not the one Core and the chain have: 0x%s",
			key);
		return FM_E_CERT_KEY;
	}
	now.anchor = FM_ANCHOR_CHAIN;
	out->trust = now;
	return FM_OK;
}

enum fm_code cert_trust_find(struct cert_trust *out, struct app *app,
			     const struct verify_cert *args,
			     const struct cert_wanted *wanted,
			     const struct fm_cert_input *input, struct fm_err *err)
{
	bool key = args->key && is_key(args->key);
	struct cert_place place = wanted->place;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	fm_err_init(&out->why);
	if (!place.chain_id)
		place.chain_id = wanted->chain_id;
	receipt_place(out, &place, input);
	rc = key ? given(out, args, &place, wanted, input, err)
		 : ask(&out->trust, app, args, &place, err);
	if (!rc && key && args->online && out->trust.anchor != FM_ANCHOR_NONE)
		rc = confirm(out, app, args, &place, err);
	if (rc == FM_E_CERT_KEY) {
		nobody(out, FM_CERT_KEY, &place, err);
		if (!key)
			hint_at_receipt(out, input);
		rc = FM_OK;
	}
	for (size_t i = 0; wanted->has_domain && i < FM_GUARANTEE_VERSIONS; i++)
		set_domain(&out->trust, i, &wanted->domain);
	out->domain_given = wanted->has_domain;
	return rc;
}

bool cert_key_replaced(char until[static FM_TIME_TEXT], struct app *app,
		       const struct cert_trust *trust,
		       const uint8_t key[static FM_BLS_KEY])
{
	struct fm_trust_pin pin;
	struct fm_err ignored;
	bool found = false;

	fm_err_init(&ignored);
	if (!app->client ||
	    fm_trust_find(&pin, &found, app->client, trust->trust.chain_id,
			  &trust->trust.vault, &ignored) ||
	    !found)
		return false;
	for (size_t i = 0; i < pin.earlier_count; i++)
		if (memcmp(pin.earlier[i].key, key, FM_BLS_KEY) == 0) {
			fm_time_text(until, pin.earlier[i].replaced_s);
			return true;
		}
	return false;
}

const char *cert_trust_words(const struct cert_trust *trust)
{
	switch (trust->trust.anchor) {
	case FM_ANCHOR_NONE:
		return "none: no key is believed";
	case FM_ANCHOR_GIVEN:
		return trust->domain_given ? "the key and the domain that were given"
		       : trust->receipt_place
			       ? "the key that was given; chain and vault are the "
				 "receipt's own word"
			       : "the key, chain and vault that were given";
	case FM_ANCHOR_PIN:
		return trust->domain_given
			       ? "the key pinned here, the domain that was given; nobody "
				 "was asked now"
			       : "the key and domain pinned here; nobody was asked now";
	case FM_ANCHOR_CHAIN:
		return "the key and domain Core and the chain have now";
	case FM_ANCHOR_CORE:
		return "4Mica Core's own word";
	}
	return NULL;
}
