/* SPDX-License-Identifier: MIT */
/** Reading 4Mica's JSON members: the tolerances all its answers share. False when the node is
 *  absent or not such a value. */
#ifndef FOURMICA_CREDIT_MEMBERS_H
#define FOURMICA_CREDIT_MEMBERS_H

#include <fourmica/credit.h>

/** 40 hex digits of any case, "0x" optional. */
bool fm_member_addr(struct fm_addr *out, const struct fm_json *node) FM_MUST_USE;
/** 64 hex digits of any case behind "0x". */
bool fm_member_hash(struct fm_hash *out, const struct fm_json *node) FM_MUST_USE;
/** The tag of a validation policy: absent is empty. */
bool fm_member_tag(struct fm_validation *out, const struct fm_json *node) FM_MUST_USE;
/** An integer token, or its decimal digits in a string. */
bool fm_member_u64(uint64_t *out, const struct fm_json *node) FM_MUST_USE;
/** A member under its snake_case or camelCase name; NULL when absent or null. */
const struct fm_json *fm_member(const struct fm_json *object, const char *snake,
				const char *camel);

#endif
