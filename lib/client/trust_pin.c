/* SPDX-License-Identifier: MIT */
/* Three rows make a pin, written together or not at all: which vault a Core speaks for
 * ("vault", "<chain> <core>"), which vault was pinned last on the chain ("vault", "<chain>"),
 * and what certificates of a vault are verified with ("trust", "<chain> <vault>", JSON). */
#include "client/trust.h"

#include "credit/members.h"

#include <stdio.h>
#include <string.h>

#define DOC_MAX (48u * 1024u) /* what a pin may hold */
#define KEY_MAX (FM_CAIP2_TEXT + FM_TRUST_URL)

void fm_trust_chain_name(char out[static FM_CAIP2_TEXT], uint64_t chain_id)
{
	const struct fm_network *known = fm_network_by_chain(chain_id);

	fm_caip2_text(out, chain_id);
	if (known && known->core)
		snprintf(out, FM_CAIP2_TEXT, "%s", known->name);
}

/* ---- names of the rows ---- */

/** "<chain>", or "<chain> <what>". */
static void row_key(char out[static KEY_MAX], uint64_t chain_id, const char *what)
{
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, chain_id);
	snprintf(out, KEY_MAX, "%s%s%s", caip2, what ? " " : "", what ? what : "");
}

static void vault_key(char out[static KEY_MAX], uint64_t chain_id,
		      const struct fm_addr *vault)
{
	char text[FM_ADDR_TEXT];

	fm_addr_lower(text, vault);
	row_key(out, chain_id, text);
}

static enum fm_code name_core(char out[static FM_TRUST_URL],
			      const struct fm_client *client, uint64_t chain_id,
			      struct fm_err *err)
{
	const char *url = client->config.core_url
				  ? client->config.core_url(client->config.ctx, chain_id)
				  : NULL;
	struct fm_buf text;
	enum fm_code rc = FM_OK;

	out[0] = '\0';
	if (!url)
		return FM_OK;
	fm_buf_init(&text, FM_TRUST_URL - 1);
	if (fm_url_shown(&text, url, true))
		memcpy(out, text.ptr, text.len + 1);
	else
		rc = fm_fail(err, FM_E_CONFIG, "the URL of Core is longer than %d bytes",
			     FM_TRUST_URL - 1);
	fm_buf_clear(&text);
	return rc;
}

/* ---- the document, written ---- */

static void put_versions(struct fm_jw *w, const struct fm_trust_version *version)
{
	fm_jw_key(w, "versions");
	fm_jw_array(w);
	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS; i++) {
		fm_jw_object(w);
		fm_jw_key(w, "enabled");
		fm_jw_bool(w, version[i].enabled);
		if (version[i].has_domain)
			fm_jw_named_hash(w, "domain", &version[i].domain);
		else
			fm_jw_named_str(w, "domain", NULL);
		fm_jw_end(w, '}');
	}
	fm_jw_end(w, ']');
}

static void put_key(struct fm_jw *w, const uint8_t key[static FM_BLS_KEY])
{
	fm_jw_named_hex(w, "key", (struct fm_span){ (const char *)key, FM_BLS_KEY });
}

static void put_time(struct fm_jw *w, const char *name, int64_t at_s)
{
	fm_jw_key(w, name);
	fm_jw_u64(w, at_s > 0 ? (uint64_t)at_s : 0);
}

static void put_facts(struct fm_jw *w, const struct fm_trust_facts *facts)
{
	fm_jw_named_addr(w, "vault", &facts->vault);
	put_key(w, facts->key);
	put_versions(w, facts->version);
	fm_jw_named_str(w, "eip712_name", facts->domain.name);
	fm_jw_named_str(w, "eip712_version", facts->domain.version);
	fm_jw_key(w, "registries");
	fm_jw_array(w);
	for (size_t i = 0; i < facts->registry_count; i++) {
		char text[FM_ADDR_TEXT];

		fm_addr_text(text, &facts->registries[i]);
		fm_jw_cstr(w, text);
	}
	fm_jw_end(w, ']');
	fm_jw_named_str(w, "core", facts->core);
	fm_jw_named_str(w, "rpc", facts->rpc);
}

static void put_earlier(struct fm_jw *w, const struct fm_trust_earlier *e)
{
	fm_jw_object(w);
	fm_jw_named_addr(w, "vault", &e->vault);
	put_key(w, e->key);
	put_versions(w, e->version);
	put_time(w, "pinned_at", e->pinned_s);
	put_time(w, "replaced_at", e->replaced_s);
	fm_jw_end(w, '}');
}

static void put_doc(struct fm_buf *out, const struct fm_trust_pin *pin)
{
	struct fm_jw w;

	fm_jw_init(&w, out);
	fm_jw_object(&w);
	put_facts(&w, &pin->facts);
	put_time(&w, "pinned_at", pin->pinned_s);
	fm_jw_key(&w, "earlier");
	fm_jw_array(&w);
	for (size_t i = 0; i < pin->earlier_count; i++)
		put_earlier(&w, &pin->earlier[i]);
	fm_jw_end(&w, ']');
	fm_jw_end(&w, '}');
}

/* ---- the document, read ---- */

static bool get_key(uint8_t out[static FM_BLS_KEY], const struct fm_json *object)
{
	char text[2 * FM_BLS_KEY + 3];

	return fm_json_cstr(text, sizeof(text), fm_json_get(object, "key")) &&
	       fm_hex_read(out, FM_BLS_KEY, fm_hex_strip(fm_span_of(text)));
}

static bool get_time(int64_t *out, const struct fm_json *object, const char *name)
{
	uint64_t value;

	if (!fm_json_u64(&value, fm_json_get(object, name)) || value > INT64_MAX)
		return false;
	*out = (int64_t)value;
	return true;
}

static bool get_versions(struct fm_trust_version *out, const struct fm_json *object)
{
	const struct fm_json *list = fm_json_get(object, "versions");
	const struct fm_json *one = fm_json_first(list);

	if (!list || list->type != FM_JSON_ARRAY || list->count != FM_GUARANTEE_VERSIONS)
		return false;
	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS;
	     i++, one = fm_json_next(list, one)) {
		const struct fm_json *domain = fm_json_get(one, "domain");

		out[i].has_domain = !fm_json_absent(domain);
		if (!fm_json_bool(&out[i].enabled, fm_json_get(one, "enabled")) ||
		    (out[i].has_domain && !fm_member_hash(&out[i].domain, domain)))
			return false;
	}
	return true;
}

static bool get_registries(struct fm_trust_facts *out, const struct fm_json *object)
{
	const struct fm_json *list = fm_json_get(object, "registries");

	if (!list || list->type != FM_JSON_ARRAY ||
	    list->count > sizeof(out->registries) / sizeof(out->registries[0]))
		return false;
	for (const struct fm_json *one = fm_json_first(list); one;
	     one = fm_json_next(list, one))
		if (!fm_member_addr(&out->registries[out->registry_count++], one))
			return false;
	return true;
}

static bool get_facts(struct fm_trust_facts *out, const struct fm_json *doc,
		      uint64_t chain_id)
{
	out->chain_id = out->domain.chain_id = chain_id;
	return fm_member_addr(&out->vault, fm_json_get(doc, "vault")) &&
	       get_key(out->key, doc) && get_versions(out->version, doc) &&
	       fm_json_cstr(out->domain.name, sizeof(out->domain.name),
			    fm_json_get(doc, "eip712_name")) &&
	       fm_json_cstr(out->domain.version, sizeof(out->domain.version),
			    fm_json_get(doc, "eip712_version")) &&
	       get_registries(out, doc) &&
	       fm_json_cstr(out->core, sizeof(out->core), fm_json_get(doc, "core")) &&
	       fm_json_cstr(out->rpc, sizeof(out->rpc), fm_json_get(doc, "rpc"));
}

static bool get_earlier(struct fm_trust_pin *out, const struct fm_json *doc)
{
	const struct fm_json *list = fm_json_get(doc, "earlier");

	if (!list || list->type != FM_JSON_ARRAY || list->count > FM_TRUST_EARLIER_MAX)
		return false;
	for (const struct fm_json *one = fm_json_first(list); one;
	     one = fm_json_next(list, one)) {
		struct fm_trust_earlier *e = &out->earlier[out->earlier_count++];

		if (!fm_member_addr(&e->vault, fm_json_get(one, "vault")) ||
		    !get_key(e->key, one) || !get_versions(e->version, one) ||
		    !get_time(&e->pinned_s, one, "pinned_at") ||
		    !get_time(&e->replaced_s, one, "replaced_at"))
			return false;
	}
	return true;
}

static enum fm_code read_doc(struct fm_trust_pin *out, struct fm_span text,
			     uint64_t chain_id, struct fm_err *err)
{
	struct fm_json *doc = NULL;
	struct fm_err why;
	enum fm_code rc;
	bool ok;

	fm_err_init(&why);
	rc = fm_json_parse(&doc, text, false, &why);
	if (rc == FM_E_NOMEM)
		return fm_nomem(err);
	*out = (struct fm_trust_pin){ 0 };
	ok = !rc && get_facts(&out->facts, doc, chain_id) &&
	     get_time(&out->pinned_s, doc, "pinned_at") && get_earlier(out, doc);
	fm_json_free(&doc);
	if (ok)
		return FM_OK;
	return fm_fail(err, FM_E_LEDGER,
		       "the ledger's pin of the certificate key cannot be read");
}

/* ---- the rows ---- */

static enum fm_code get_row(struct fm_buf *out, struct fm_ledger *ledger,
			    const char *kind, const char *key, struct fm_err *err)
{
	bool found;

	return fm_pin_get(out, NULL, &found, ledger, kind, key, err);
}

static enum fm_code get_vault(struct fm_trust_state *out, struct fm_ledger *ledger,
			      struct fm_err *err)
{
	char key[KEY_MAX];
	const struct fm_buf *row;
	enum fm_code rc = FM_OK;

	row_key(key, out->chain_id, out->core);
	if (out->core[0])
		rc = get_row(&out->by_core, ledger, "vault", key, err);
	row_key(key, out->chain_id, NULL);
	if (!rc)
		rc = get_row(&out->by_chain, ledger, "vault", key, err);
	row = out->by_core.len ? &out->by_core : &out->by_chain;
	if (rc || !row->len)
		return rc;
	out->has_vault = fm_addr_parse(&out->vault, NULL, fm_buf_span(row));
	if (out->has_vault)
		return FM_OK;
	return fm_fail(err, FM_E_LEDGER, "the ledger's pin of the vault cannot be read");
}

enum fm_code fm_trust_state_read(struct fm_trust_state *out,
				 const struct fm_client *client, struct fm_ledger *ledger,
				 uint64_t chain_id, const struct fm_addr *vault,
				 struct fm_err *err)
{
	char key[KEY_MAX];
	enum fm_code rc;

	*out = (struct fm_trust_state){ .chain_id = chain_id };
	fm_buf_init(&out->by_core, DOC_MAX);
	fm_buf_init(&out->by_chain, DOC_MAX);
	fm_buf_init(&out->doc, DOC_MAX);
	rc = name_core(out->core, client, chain_id, err);
	if (rc || !ledger)
		return rc;
	rc = get_vault(out, ledger, err);
	if (rc)
		return rc;
	if (vault) {
		out->vault = *vault;
		out->has_vault = true;
	}
	if (!out->has_vault)
		return FM_OK;
	vault_key(key, chain_id, &out->vault);
	rc = get_row(&out->doc, ledger, "trust", key, err);
	if (rc || !out->doc.len)
		return rc;
	rc = read_doc(&out->pin, fm_buf_span(&out->doc), chain_id, err);
	out->pinned = !rc;
	return rc;
}

void fm_trust_state_clear(struct fm_trust_state *state)
{
	fm_buf_clear(&state->by_core);
	fm_buf_clear(&state->by_chain);
	fm_buf_clear(&state->doc);
}

bool fm_trust_same(const struct fm_trust_facts *a, const struct fm_trust_facts *b)
{
	if (!fm_addr_equal(&a->vault, &b->vault) ||
	    memcmp(a->key, b->key, sizeof(a->key)) != 0)
		return false;
	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS; i++) {
		const struct fm_trust_version *x = &a->version[i], *y = &b->version[i];

		if (x->enabled != y->enabled || x->has_domain != y->has_domain ||
		    (x->has_domain && !fm_hash_equal(&x->domain, &y->domain)))
			return false;
	}
	return true;
}

/** The new pin: what it replaces goes to the front of the earlier ones. */
static void succeed(struct fm_trust_pin *out, const struct fm_trust_state *state,
		    const struct fm_trust_facts *facts, int64_t now_s)
{
	const struct fm_trust_pin *old = &state->pin;
	size_t kept = 0;

	*out = (struct fm_trust_pin){ .facts = *facts, .pinned_s = now_s };
	if (!state->pinned)
		return;
	if (fm_trust_same(&old->facts, facts)) {
		out->pinned_s = old->pinned_s;
	} else {
		struct fm_trust_earlier *e = &out->earlier[kept++];

		e->vault = old->facts.vault;
		memcpy(e->key, old->facts.key, sizeof(e->key));
		memcpy(e->version, old->facts.version, sizeof(e->version));
		e->pinned_s = old->pinned_s;
		e->replaced_s = now_s;
	}
	for (size_t i = 0; i < old->earlier_count && kept < FM_TRUST_EARLIER_MAX; i++)
		out->earlier[kept++] = old->earlier[i];
	out->earlier_count = kept;
}

/** What a pin row held: a span without pointer when there was none. */
static struct fm_span held(const struct fm_buf *row)
{
	return row->len ? fm_buf_span(row) : (struct fm_span){ NULL, 0 };
}

/** The pin of a vault that is not the one in force may exist from another time. */
static enum fm_code other_doc(struct fm_buf *out, struct fm_ledger *ledger,
			      const char *key, const struct fm_trust_state *state,
			      const struct fm_trust_facts *facts, struct fm_err *err)
{
	if (state->has_vault && fm_addr_equal(&state->vault, &facts->vault))
		return state->doc.len ? (fm_buf_add(out, state->doc.ptr, state->doc.len)
						 ? FM_OK
						 : fm_nomem(err))
				      : FM_OK;
	return get_row(out, ledger, "trust", key, err);
}

enum fm_code fm_trust_state_write(bool *done, struct fm_ledger *ledger,
				  const struct fm_trust_state *state,
				  const struct fm_trust_facts *facts, int64_t now_s,
				  struct fm_err *err)
{
	char doc_key[KEY_MAX], chain_key[KEY_MAX], core_key[KEY_MAX], vault[FM_ADDR_TEXT];
	struct fm_trust_pin pin;
	struct fm_buf doc, before;
	enum fm_code rc;

	fm_buf_init(&doc, DOC_MAX);
	fm_buf_init(&before, DOC_MAX);
	fm_addr_text(vault, &facts->vault);
	vault_key(doc_key, state->chain_id, &facts->vault);
	row_key(chain_key, state->chain_id, NULL);
	row_key(core_key, state->chain_id, state->core);
	succeed(&pin, state, facts, now_s);
	put_doc(&doc, &pin);
	rc = fm_buf_ok(&doc) ? other_doc(&before, ledger, doc_key, state, facts, err)
			     : fm_nomem(err);
	if (!rc) {
		const struct fm_span text = fm_span_of(vault);
		const struct fm_pin_change changes[] = {
			{"trust",  doc_key,   held(&before),	   fm_buf_span(&doc)},
			{ "vault", chain_key, held(&state->by_chain), text		   },
			{ "vault", core_key,  held(&state->by_core),  text		 },
		};
		rc = fm_pin_change(done, ledger, changes, state->core[0] ? 3 : 2, err);
	}
	fm_buf_clear(&doc);
	fm_buf_clear(&before);
	return rc;
}
