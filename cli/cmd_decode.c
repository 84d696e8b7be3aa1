/* SPDX-License-Identifier: MIT */
#include "app.h"

#define INPUT_MOST (2u << 20) /* a challenge body and its headers fit twice */
#define OUTPUT_MOST (16u << 20)

struct decode {
	const char *file;
};

/* clang-format off */
static const struct param params[] = {
	{ .arg = "FILE", .help = "what to read; - is standard input",
	  .type = PARAM_TYPE(struct decode, file), .offset = offsetof(struct decode, file),
	  .traits = PARAM_REQUIRED | PARAM_FILE },
	{ 0 },
};

static const struct field fields[] = {
	{ "type", "Type", FIELD_TEXT, "challenge, payment, receipt, certificate or receipt_file", NULL },
	{ "version", "Version", FIELD_NUMBER, "version of that format; null when it says none",
	  NULL },
	{ "bytes", "Bytes", FIELD_NUMBER, "length of what was read", NULL },
	{ "decoded", "Content", FIELD_JSON, "every field of it", NULL },
	{ 0 },
};

static const struct example examples[] = {
	{ "curl -si https://api.example.com/report | fourmica decode -",
	  "what a seller asks for" },
	{ "fourmica decode receipt.txt --json | jq .data.decoded", "the fields for a script" },
	{ 0 },
};
/* clang-format on */

/* The formats name their version in one of two ways; a certificate's is that of its claims. */
static void put_version(struct app *app, struct fm_span decoded)
{
	struct fm_json *root = NULL;
	const struct fm_json *thing;
	uint64_t version;

	if (fm_json_parse(&root, decoded, false, NULL))
		return;
	thing = fm_json_get(root, "document");
	if ((fm_json_u64(&version, fm_json_get(thing, "x402Version")) ||
	     fm_json_u64(&version,
			 fm_json_get(fm_json_get(root, "certificate"), "version"))) &&
	    version <= INT32_MAX)
		out_number(app->out, "version", (int64_t)version);
	fm_json_free(&root);
}

static enum fm_code decode_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct decode *a = args;
	enum fm_thing what = FM_THING_UNKNOWN;
	struct fm_buf input, decoded;
	enum fm_code rc;

	fm_buf_init(&input, INPUT_MOST);
	fm_buf_init(&decoded, OUTPUT_MOST);
	rc = app_read_file(&input, a->file, err);
	if (rc)
		goto out;
	rc = fm_decode(&what, &decoded, fm_buf_span(&input), err);
	if (!rc && what == FM_THING_UNKNOWN)
		rc = fm_fail(err, FM_E_MALFORMED,
			     "this is no challenge, payment header, receipt "
			     "header or certificate");
	if (rc)
		goto out;
	if (!fm_buf_ok(&decoded)) {
		rc = fm_nomem(err);
		goto out;
	}
	out_number(app->out, "bytes", (int64_t)input.len);
	out_text(app->out, "type", fm_thing_word(what));
	out_json(app->out, "decoded", fm_buf_span(&decoded));
	put_version(app, fm_buf_span(&decoded));
out:
	fm_buf_clear(&input);
	fm_buf_clear(&decoded);
	return rc;
}

const struct cmd cmd_decode = {
	.name = "decode",
	.summary =
		"name a challenge, payment, receipt or certificate and show its fields",
	.details =
		"Reads a response saved with \"curl -i\", a header's value, a receipt file of "
		"\"fourmica pay\", or another JSON document. "
		"Nothing is checked beyond the format and nothing is sent anywhere: what is shown "
		"is what stands there, not what is true.",
	.params = params,
	.size = sizeof(struct decode),
	.fields = fields,
	.examples = examples,
	.run = decode_run,
};
