/* SPDX-License-Identifier: MIT */
/* Views, what they answer, what is refused; reverts; logs. Values are compared by writing them
 * again: both what was read from the bytes and what the file says must give the bytes. */
#include <evm/contract.h>
#include <evm/erc20.h>
#include <evm/revert.h>

#include <abi_json.h>
#include <vectors.h>

#include <string.h>

#define BYTES_MAX (1u << 20)

static bool encodes_to(struct fm_span types, const struct fm_abi_value *values,
		       size_t count, struct fm_span want)
{
	struct fm_buf bytes;
	bool good;

	fm_buf_init(&bytes, BYTES_MAX);
	good = fm_abi_encode(&bytes, types, values, count) && bytes.len == want.len &&
	       (!want.len || memcmp(bytes.ptr, want.ptr, want.len) == 0);
	fm_buf_clear(&bytes);
	return good;
}

static bool find_fn(enum fm_fn *out, struct vectors *v, const struct fm_json *c)
{
	struct fm_span name = vector_need(v, c, "function");

	return fm_fn_by_name(out, name) ||
	       vector_fail(v, "'%s' is not in the table", name.ptr);
}

/* ---- views ---- */

static bool check_calldata(struct vectors *v, const struct fm_json *c, enum fm_fn fn)
{
	struct fm_span want = vector_hex(v, c, "calldata");
	struct fm_abi_value args[ABI_JSON_MAX], again[ABI_JSON_MAX];
	struct fm_buf data;
	size_t count;
	bool good;

	if (!abi_json_args(args, &count, v, fm_signature_types(fm_fn_name(fn)),
			   fm_json_get(c, "args")))
		return vector_fail(v, "the arguments cannot be read");
	fm_buf_init(&data, BYTES_MAX);
	good = expect(v,
		      fm_fn_calldata(&data, fn, args, count) && data.len == want.len &&
			      memcmp(data.ptr, want.ptr, want.len) == 0,
		      "other calldata") &&
	       expect(v,
		      count == fm_fn_arg_count(fn) && fm_fn_args(again, count, fn, want),
		      "the calldata cannot be read");
	fm_buf_clear(&data);
	return good;
}

/** Old tokens answer with a word. */
static bool check_text(struct vectors *v, const struct fm_json *c, struct fm_span data)
{
	struct fm_buf text;
	bool good;

	fm_buf_init(&text, BYTES_MAX);
	good = expect(v, fm_erc20_text(&text, data), "no text") &&
	       expect_str(v, c, "decoded", text.ptr);
	fm_buf_clear(&text);
	return good;
}

/** The answer's types without the names, and enums as the numbers they are. */
static bool check_answer(struct vectors *v, const struct fm_json *c, enum fm_fn fn,
			 struct fm_span types)
{
	struct fm_span data = vector_hex(v, c, "return_data");
	struct fm_abi_value got[ABI_JSON_MAX], want[ABI_JSON_MAX];
	size_t count, wanted;
	char why[FM_ABI_WHY];

	count = fm_fn_return_count(fn);
	if (count > FM_FN_VALUES)
		return vector_fail(v, "%zu values", count);
	if (!fm_fn_returns(got, count, fn, data, why))
		return vector_fail(v, "refused: %s", why);
	if (!abi_json_answer(want, &wanted, v, types, fm_json_get(c, "decoded")))
		return vector_fail(v, "the decoded values cannot be read");
	return expect(v, wanted == count, "%zu values, not %zu", count, wanted) &&
	       expect(v, encodes_to(types, want, wanted, data), "other values") &&
	       expect(v, encodes_to(types, got, count, data),
		      "what was read is written otherwise");
}

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_span data = vector_hex(v, c, "return_data");
	enum fm_fn fn;

	if (!find_fn(&fn, v, c) || !check_calldata(v, c, fn))
		return false;
	if (fn == FM_FN_SYMBOL || fn == FM_FN_NAME) {
		if (!check_text(v, c, data))
			return false;
		if (data.len == 32)
			return true;
	}
	return check_answer(v, c, fn, fm_span_of(fm_fn_return_types(fn)));
}

static bool check_reject(struct vectors *v, const struct fm_json *c)
{
	struct fm_span data = vector_hex(v, c, "return_data");
	struct fm_abi_value values[FM_FN_VALUES];
	char why[FM_ABI_WHY] = "";
	enum fm_fn fn;

	if (!find_fn(&fn, v, c))
		return false;
	return expect(v, !fm_fn_returns(values, fm_fn_return_count(fn), fn, data, why),
		      "accepted") &&
	       expect(v, why[0], "refused without a word");
}

/* ---- reverts ---- */

static bool check_revert(struct vectors *v, const struct fm_json *c)
{
	struct fm_span data = vector_hex(v, c, "revert_data");
	struct fm_abi_value got[FM_REVERT_VALUES], want[ABI_JSON_MAX];
	struct fm_revert_context context = { 0 };
	size_t count, wanted;
	enum fm_revert revert = fm_revert_read(got, &count, data);
	const char *name = fm_revert_name(revert);
	struct fm_span types, args;
	struct fm_err err;

	if (!expect_str(v, c, "signature", name))
		return false;
	types = fm_signature_types(name);
	args = (struct fm_span){ data.ptr + FM_SELECTOR, data.len - FM_SELECTOR };
	if (!abi_json_args(want, &wanted, v, types, fm_json_get(c, "args")))
		return vector_fail(v, "the arguments cannot be read");
	fm_err_init(&err);
	fm_revert_explain(&err, FM_E_REVERTED, &context, data);
	return expect(v, wanted == count && encodes_to(types, want, wanted, args),
		      "other values") &&
	       expect(v, encodes_to(types, got, count, args),
		      "what was read is written otherwise") &&
	       expect(v, err.code == FM_E_REVERTED && err.msg[0], "no words");
}

/* ---- logs ---- */

static bool read_log(struct fm_event_log *out, struct vectors *v, const struct fm_json *c)
{
	const struct fm_json *topics = fm_json_get(c, "topics"), *at;

	out->data = vector_hex(v, c, "data");
	for (at = fm_json_first(topics); at; at = fm_json_next(topics, at))
		if (out->topic_count == FM_TOPICS ||
		    !fm_hash_parse(&out->topics[out->topic_count++],
				   vector_need(v, at, "")))
			return vector_fail(v, "the log cannot be read");
	return true;
}

/** The values written as words are the topics behind the first, and the data. */
static bool check_values(struct vectors *v, const struct fm_json *c,
			 const struct fm_event_log *log, enum fm_event event,
			 const struct fm_abi_value *got, size_t count)
{
	struct fm_span types = fm_signature_types(fm_event_name(event));
	struct fm_abi_value want[ABI_JSON_MAX];
	struct fm_buf bytes;
	size_t wanted;
	bool good;

	if (!abi_json_answer(want, &wanted, v, types, fm_json_get(c, "decoded")))
		return vector_fail(v, "the decoded values cannot be read");
	fm_buf_init(&bytes, BYTES_MAX);
	for (size_t i = 1; i < log->topic_count; i++)
		fm_buf_add(&bytes, log->topics[i].b, sizeof(log->topics[i].b));
	fm_buf_add(&bytes, log->data.ptr, log->data.len);
	good = expect(v, wanted == count, "%zu values, not %zu", count, wanted) &&
	       expect(v, encodes_to(types, want, wanted, fm_buf_span(&bytes)),
		      "other values") &&
	       expect(v, encodes_to(types, got, count, fm_buf_span(&bytes)),
		      "what was read is written otherwise");
	fm_buf_clear(&bytes);
	return good;
}

static bool check_log(struct vectors *v, const struct fm_json *c)
{
	struct fm_abi_value got[FM_EVENT_VALUES];
	struct fm_event_log log = { 0 };
	enum fm_event event;
	size_t count;

	if (!read_log(&log, v, c))
		return false;
	if (!fm_event_of(&event, &log))
		return vector_fail(v, "no event of ours");
	count = fm_event_count(event);
	return expect_str(v, c, "signature", fm_event_name(event)) &&
	       expect(v, count <= FM_EVENT_VALUES, "%zu values", count) &&
	       expect(v, fm_event_read(got, count, event, &log), "refused") &&
	       check_values(v, c, &log, event, got, count);
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct vector_list lists[] = {
		{ "eth_call.json", "cases", check },
		{ "eth_call.json", "reject_return_cases", check_reject },
		{ "eth_call.json", "revert_cases", check_revert },
		{ "eth_call.json", "log_cases", check_log },
		{ 0 },
	};
	/* clang-format on */

	return vectors_run(argc, argv, lists);
}
