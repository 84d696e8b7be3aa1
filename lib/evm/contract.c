/* SPDX-License-Identifier: MIT */
#include "evm/contract.h"

#include <string.h>

#define WORD 32

static const struct {
	const char *signature, *returns;
} functions[] = {
#define ROW(id, signature, returns) [id] = { signature, returns },
	FM_FUNCTIONS(ROW)
#undef ROW
};

static const struct {
	const char *signature;
	size_t indexed;
} events[] = {
#define ROW(id, signature, indexed) [id] = { signature, indexed },
	FM_EVENTS(ROW)
#undef ROW
};

/* ---- signatures ---- */

void fm_selector(uint8_t out[static FM_SELECTOR], const char *signature)
{
	struct fm_hash hash;

	fm_keccak256(&hash, signature, strlen(signature));
	memcpy(out, hash.b, FM_SELECTOR);
}

struct fm_span fm_signature_types(const char *signature)
{
	const char *open = strchr(signature, '(');

	return open ? (struct fm_span){ open + 1, strlen(open) - 2 } : fm_span_of("");
}

struct fm_span fm_signature_name(const char *signature)
{
	return (struct fm_span){ signature, strcspn(signature, "(") };
}

/* ---- functions ---- */

const char *fm_fn_name(enum fm_fn fn)
{
	return functions[fn].signature;
}

const char *fm_fn_return_types(enum fm_fn fn)
{
	return functions[fn].returns;
}

static struct fm_span returns_of(enum fm_fn fn)
{
	return fm_span_of(functions[fn].returns);
}

bool fm_fn_by_name(enum fm_fn *out, struct fm_span signature)
{
	for (size_t fn = 0; fn < FM_FN_COUNT; fn++)
		if (fm_span_is(signature, functions[fn].signature)) {
			*out = (enum fm_fn)fn;
			return true;
		}
	return false;
}

static bool calls(enum fm_fn fn, struct fm_span calldata)
{
	uint8_t selector[FM_SELECTOR];

	fm_selector(selector, functions[fn].signature);
	return calldata.len >= FM_SELECTOR &&
	       memcmp(calldata.ptr, selector, FM_SELECTOR) == 0;
}

bool fm_fn_by_calldata(enum fm_fn *out, struct fm_span calldata)
{
	for (size_t fn = 0; fn < FM_FN_COUNT; fn++)
		if (calls((enum fm_fn)fn, calldata)) {
			*out = (enum fm_fn)fn;
			return true;
		}
	return false;
}

void fm_fn_show(struct fm_buf *out, enum fm_fn fn, const struct fm_abi_value *args,
		size_t count)
{
	struct fm_span name = fm_signature_name(functions[fn].signature);

	fm_buf_add(out, name.ptr, name.len);
	fm_buf_chr(out, '(');
	for (size_t i = 0; i < count; i++) {
		if (i)
			fm_buf_str(out, ", ");
		fm_abi_show(out, &args[i]);
	}
	fm_buf_chr(out, ')');
}

size_t fm_fn_arg_count(enum fm_fn fn)
{
	return fm_abi_count(fm_signature_types(functions[fn].signature));
}

bool fm_fn_calldata(struct fm_buf *out, enum fm_fn fn, const struct fm_abi_value *args,
		    size_t count)
{
	uint8_t selector[FM_SELECTOR];

	fm_selector(selector, functions[fn].signature);
	fm_buf_add(out, selector, sizeof(selector));
	return fm_abi_encode(out, fm_signature_types(functions[fn].signature), args,
			     count);
}

bool fm_fn_args(struct fm_abi_value *out, size_t count, enum fm_fn fn,
		struct fm_span calldata)
{
	return calls(fn, calldata) &&
	       fm_abi_decode(out, count, fm_signature_types(functions[fn].signature),
			     (struct fm_span){ calldata.ptr + FM_SELECTOR,
					       calldata.len - FM_SELECTOR },
			     NULL);
}

size_t fm_fn_return_count(enum fm_fn fn)
{
	return fm_abi_count(returns_of(fn));
}

bool fm_fn_returns(struct fm_abi_value *out, size_t count, enum fm_fn fn,
		   struct fm_span data, char *why)
{
	return fm_abi_decode(out, count, returns_of(fn), data, why);
}

bool fm_fn_item(struct fm_abi_value *out, size_t count, enum fm_fn fn,
		const struct fm_abi_value *array, size_t at)
{
	struct fm_span types = returns_of(fn);
	struct fm_abi_type type;

	return fm_abi_next(&type, &types) && fm_abi_item(out, count, &type, array, at);
}

/* ---- events ---- */

const char *fm_event_name(enum fm_event event)
{
	return events[event].signature;
}

void fm_event_topic(struct fm_hash *out, enum fm_event event)
{
	fm_keccak256(out, events[event].signature, strlen(events[event].signature));
}

size_t fm_event_count(enum fm_event event)
{
	return fm_abi_count(fm_signature_types(events[event].signature));
}

static bool is_event(enum fm_event event, const struct fm_event_log *log)
{
	struct fm_hash topic;

	if (log->topic_count != 1 + events[event].indexed)
		return false;
	fm_event_topic(&topic, event);
	return fm_hash_equal(&topic, &log->topics[0]);
}

bool fm_event_of(enum fm_event *out, const struct fm_event_log *log)
{
	for (size_t event = 0; event < FM_EV_COUNT; event++)
		if (is_event((enum fm_event)event, log)) {
			*out = (enum fm_event)event;
			return true;
		}
	return false;
}

bool fm_event_read(struct fm_abi_value *out, size_t count, enum fm_event event,
		   const struct fm_event_log *log)
{
	struct fm_span types = fm_signature_types(events[event].signature), first = types;
	size_t indexed = events[event].indexed;
	struct fm_abi_type type;

	if (!is_event(event, log) || count < indexed)
		return false;
	for (size_t i = 0; i < indexed; i++)
		if (!fm_abi_next(&type, &types))
			return false;
	first.len -= types.len;
	return fm_abi_decode(out, indexed, first,
			     (struct fm_span){ (const char *)log->topics[1].b,
					       indexed * WORD },
			     NULL) &&
	       fm_abi_decode(out + indexed, count - indexed, types, log->data, NULL);
}
