/* SPDX-License-Identifier: MIT */
/** Contract values as vector files write them: decimal text or a number, hex text, true or false,
 *  a list for an array, a list or object for a tuple. */
#ifndef FOURMICA_TESTS_ABI_JSON_H
#define FOURMICA_TESTS_ABI_JSON_H

#include "vectors.h"

#include <evm/codec.h>

#define ABI_JSON_MAX 64 /* values of one call */

/** The values of a list of arguments. False when they are not of the types. They live as long as
 *  the case. */
bool abi_json_args(struct fm_abi_value out[static ABI_JSON_MAX], size_t *count,
		   struct vectors *v, struct fm_span types, const struct fm_json *list);
/** The values of an answer: one value, or a list or object of several. */
bool abi_json_answer(struct fm_abi_value out[static ABI_JSON_MAX], size_t *count,
		     struct vectors *v, struct fm_span types, const struct fm_json *node);

#endif
