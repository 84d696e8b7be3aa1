/* SPDX-License-Identifier: MIT */
/** What the two halves of fm_typed_parse share: reading types, reading values. */
#ifndef FOURMICA_EVM_TYPED_H
#define FOURMICA_EVM_TYPED_H

#include <evm/arena.h>
#include <evm/eip712.h>

struct fm_typed_reader {
	struct fm_span text;
	struct fm_arena *arena;
	struct fm_eip712_type *types;
	size_t count;
	struct fm_err *err;
};

/** FM_E_MALFORMED with the place of `node` in front. */
enum fm_code fm_typed_fail(struct fm_typed_reader *r, const struct fm_json *node,
			   const char *fmt, ...) FM_PRINTF(3, 4);
/** Decoded, NUL-terminated, in the arena; NULL when no memory, no string, or it holds a
 *  NUL. */
const char *fm_typed_text(struct fm_typed_reader *r, const struct fm_json *node);
/** Fill r->types from the member `types` of the document. */
enum fm_code fm_typed_types(struct fm_typed_reader *r,
			    const struct fm_json *types) FM_MUST_USE;
/** The members of an object in the order of its type. */
enum fm_code fm_typed_struct(struct fm_typed_reader *r,
			     const struct fm_eip712_value **out,
			     const struct fm_eip712_type *type,
			     const struct fm_json *node) FM_MUST_USE;
const struct fm_eip712_type *fm_typed_find(const struct fm_typed_reader *r,
					   const char *name);

#endif
