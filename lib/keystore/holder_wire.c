/* SPDX-License-Identifier: MIT */
/* What key holder and client say to each other. */
#include "keystore/holder.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {
	[FM_HOLDER_STATUS] = "status",
	[FM_HOLDER_SIGN] = "sign",
	[FM_HOLDER_DERIVE] = "derive",
	[FM_HOLDER_LOCK] = "lock",
};
#define WORDS (sizeof(words) / sizeof(words[0]))

/* ---- requests ---- */

static void begin(struct fm_jw *w, struct fm_buf *out)
{
	fm_jw_init(w, out);
	fm_jw_object(w);
	fm_jw_key(w, "version");
	fm_jw_u64(w, FM_HOLDER_VERSION);
}

bool fm_holder_request_write(struct fm_buf *out, enum fm_holder_word word,
			     struct fm_span document, const char *purpose)
{
	struct fm_jw w;

	begin(&w, out);
	fm_jw_named_str(&w, "request", words[word]);
	if (word == FM_HOLDER_SIGN) {
		fm_jw_key(&w, "document");
		fm_jw_raw(&w, document);
	}
	if (word == FM_HOLDER_DERIVE)
		fm_jw_named_str(&w, "purpose", purpose);
	fm_jw_end(&w, '}');
	return fm_buf_ok(out) && out->len <= FM_HOLDER_FRAME;
}

static bool read_word(enum fm_holder_word *out, const struct fm_json *node)
{
	for (size_t i = 0; i < WORDS; i++)
		if (fm_json_is(node, words[i])) {
			*out = (enum fm_holder_word)i;
			return true;
		}
	return false;
}

static bool read_rest(struct fm_holder_request *out)
{
	const struct fm_json *root = out->root;

	switch (out->word) {
	case FM_HOLDER_STATUS:
	case FM_HOLDER_LOCK:
		return root->count == 2;
	case FM_HOLDER_DERIVE:
		return root->count == 3 &&
		       fm_json_cstr(out->purpose, sizeof(out->purpose),
				    fm_json_get(root, "purpose"));
	case FM_HOLDER_SIGN:
		out->document = fm_json_get(root, "document");
		return root->count == 3 && out->document &&
		       out->document->type == FM_JSON_OBJECT;
	}
	return false;
}

enum fm_code fm_holder_request_read(struct fm_holder_request *out, struct fm_span json,
				    struct fm_err *err)
{
	const struct fm_json *first;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	rc = fm_json_parse(&out->root, json, false, err);
	if (rc)
		return rc;
	first = out->root->type == FM_JSON_OBJECT ? fm_json_first(out->root) : NULL;
	if (!first || !fm_json_is(first, "version") ||
	    !fm_json_u64(&out->version, fm_json_next(out->root, first)) ||
	    !read_word(&out->word, fm_json_get(out->root, "request")))
		return fm_fail(err, FM_E_MALFORMED, "this is no request to a key holder");
	/* Whoever wants the key gone may have it gone. */
	if (out->word == FM_HOLDER_LOCK)
		return FM_OK;
	if (out->version != FM_HOLDER_VERSION)
		return fm_fail(err, FM_E_UNSUPPORTED,
			       "this key holder speaks version %d, not %llu",
			       FM_HOLDER_VERSION, (unsigned long long)out->version);
	if (!read_rest(out))
		return fm_fail(err, FM_E_MALFORMED,
			       "a request with members that are not its own");
	return FM_OK;
}

void fm_holder_request_clear(struct fm_holder_request *request)
{
	fm_json_free(&request->root);
	memset(request, 0, sizeof(*request));
}

/* ---- answers ---- */

static void put_refusal(struct fm_jw *w, const struct fm_err *err)
{
	fm_jw_key(w, "error");
	fm_jw_object(w);
	fm_jw_named_str(w, "code", fm_code_info(err->code)->word);
	fm_jw_named_str(w, "message", err->msg);
	fm_jw_named_str(w, "rule", err->rule);
	fm_jw_named_str(w, "hint", err->hint);
	fm_jw_end(w, '}');
}

static void put_state(struct fm_jw *w, const struct fm_holder_state *state)
{
	fm_jw_key(w, "status");
	fm_jw_object(w);
	fm_jw_named_str(w, "wallet", state->wallet);
	fm_jw_named_addr(w, "address", &state->address);
	fm_jw_key(w, "left_s");
	fm_jw_i64(w, state->left_s);
	fm_jw_key(w, "idle_s");
	fm_jw_i64(w, state->idle_s);
	fm_jw_key(w, "signatures");
	fm_jw_u64(w, state->signatures);
	fm_jw_end(w, '}');
}

bool fm_holder_answer_write(struct fm_buf *out, const struct fm_holder_answer *answer)
{
	char text[FM_SIG_TEXT];
	struct fm_jw w;

	begin(&w, out);
	fm_jw_key(&w, "ok");
	fm_jw_bool(&w, !answer->refused.code);
	if (answer->refused.code)
		put_refusal(&w, &answer->refused);
	if (answer->has_state)
		put_state(&w, &answer->state);
	if (answer->has_signature) {
		fm_sig_text(text, &answer->signature);
		fm_jw_named_str(&w, "signature", text);
		fm_wipe(text, sizeof(text));
	}
	if (answer->has_key)
		fm_jw_named_hex(&w, "key",
				(struct fm_span){ (const char *)answer->key,
						  sizeof(answer->key) });
	fm_jw_end(&w, '}');
	return fm_buf_ok(out);
}

static bool read_hex(void *out, size_t len, const struct fm_json *node)
{
	char text[2 * 65 + 3];
	bool ok = fm_json_cstr(text, sizeof(text), node) && strlen(text) == 2 * len + 2 &&
		  text[0] == '0' && text[1] == 'x' &&
		  fm_hex_read_ct(out, len, (struct fm_span){ text + 2, 2 * len });

	fm_wipe(text, sizeof(text));
	return ok;
}

static bool read_refusal(struct fm_err *out, const struct fm_json *error)
{
	struct fm_err read;
	char word[64];
	unsigned code = 0;

	fm_err_init(&read);
	if (!fm_json_cstr(word, sizeof(word), fm_json_get(error, "code")) ||
	    !fm_json_cstr(read.msg, sizeof(read.msg), fm_json_get(error, "message")) ||
	    !fm_json_cstr(read.rule, sizeof(read.rule), fm_json_get(error, "rule")) ||
	    !fm_json_cstr(read.hint, sizeof(read.hint), fm_json_get(error, "hint")) ||
	    fm_json_has_control(fm_json_get(error, "message")) ||
	    fm_json_has_control(fm_json_get(error, "hint")))
		return false;
	while (code < FM_CODE_COUNT &&
	       strcmp(word, fm_code_info((enum fm_code)code)->word) != 0)
		code++;
	/* Its reason to refuse may be one this program has no word for. */
	read.code = code && code < FM_CODE_COUNT ? (enum fm_code)code : FM_E_LOCKED;
	*out = read;
	return true;
}

static bool read_seconds(int64_t *out, const struct fm_json *node)
{
	uint64_t value;

	if (!fm_json_u64(&value, node) || value > INT64_MAX)
		return false;
	*out = (int64_t)value;
	return true;
}

static bool read_state(struct fm_holder_state *out, const struct fm_json *node)
{
	return fm_json_cstr(out->wallet, sizeof(out->wallet),
			    fm_json_get(node, "wallet")) &&
	       fm_wallet_name_ok(out->wallet) &&
	       fm_json_addr(&out->address, fm_json_get(node, "address")) &&
	       read_seconds(&out->left_s, fm_json_get(node, "left_s")) &&
	       read_seconds(&out->idle_s, fm_json_get(node, "idle_s")) &&
	       fm_json_u64(&out->signatures, fm_json_get(node, "signatures"));
}

static bool read_answer(struct fm_holder_answer *out, const struct fm_json *root)
{
	const struct fm_json *status = fm_json_get(root, "status");
	const struct fm_json *signature = fm_json_get(root, "signature");
	const struct fm_json *key = fm_json_get(root, "key");
	bool ok;

	if (!fm_json_bool(&ok, fm_json_get(root, "ok")))
		return false;
	if (!ok)
		return read_refusal(&out->refused, fm_json_get(root, "error"));
	out->has_state = status;
	out->has_signature = signature;
	out->has_key = key;
	return (!status || read_state(&out->state, status)) &&
	       (!signature ||
		read_hex(out->signature.b, sizeof(out->signature.b), signature)) &&
	       (!key || read_hex(out->key, sizeof(out->key), key));
}

enum fm_code fm_holder_answer_read(struct fm_holder_answer *out, struct fm_span json,
				   struct fm_err *err)
{
	struct fm_json *root = NULL;
	uint64_t version;
	enum fm_code rc = fm_json_parse(&root, json, false, err);

	memset(out, 0, sizeof(*out));
	if (rc == FM_E_NOMEM)
		return rc;
	if (rc || !fm_json_u64(&version, fm_json_get(root, "version")))
		rc = fm_fail(err, FM_E_LOCKED,
			     "what listens in the key holder's place is none");
	else if (version != FM_HOLDER_VERSION)
		rc = fm_fail(err, FM_E_LOCKED,
			     "the key holder is of another version (it speaks %llu, this "
			     "program %d)",
			     (unsigned long long)version, FM_HOLDER_VERSION);
	else if (!read_answer(out, root))
		rc = fm_fail(err, FM_E_LOCKED, "the key holder's answer is no answer");
	if (rc)
		fm_hint(err, "run: fourmica lock, then fourmica unlock");
	if (rc)
		fm_wipe(out, sizeof(*out));
	fm_json_free(&root);
	return rc;
}
