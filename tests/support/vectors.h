/* SPDX-License-Identifier: MIT */
/** Test vectors: JSON files that hold lists of cases, in a folder that argv[1] names
 *  (else tests/vectors). A program lists what it can judge and hands each case to a function:
 *
 *	static bool check(struct vectors *v, const struct fm_json *c)
 *	{
 *		struct fm_span in = vector_str(v, c, "input");
 *		return expect(v, fm_span_is(in, "x"), "input is %s", in.ptr);
 *	}
 *
 *	int main(int argc, char **argv)
 *	{
 *		static const struct vector_list lists[] = {
 *			{ "colours.json", "cases", check },
 *			{ 0 },
 *		};
 *		return vectors_run(argc, argv, lists);
 *	}
 *
 *  Printed for each file: "colours.json: 12 passed, 0 failed, 12 cases". A file that is
 *  not in the folder is told and skipped; a file without a single case fails. */
#ifndef FOURMICA_TESTS_VECTORS_H
#define FOURMICA_TESTS_VECTORS_H

#include <fourmica/json.h>

struct vectors {
	const char *file;
	const struct fm_json *root; /**< the whole document */
	unsigned passed, failed;
	const char *list;
	size_t index;
	void *texts;
};

/** True when the case holds. Says what is wrong through expect() or vector_fail(). */
typedef bool vector_check(struct vectors *v, const struct fm_json *c);

struct vector_list {
	const char *file;
	const char
		*list; /**< path to an array or object (its values); "": the document */
	vector_check *check;
};

/** Lists of the same file stand together; { 0 } ends. Returns the exit status. */
int vectors_run(int argc, char **argv, const struct vector_list *lists);

/** Member by a path of names with points between: "expected.typedData.digest". */
const struct fm_json *vector_get(const struct fm_json *c, const char *path);
/** Decoded string at a path ("" is the node itself), NUL behind it, valid until the case
 *  is over; ptr is NULL when there is no string. */
struct fm_span vector_str(struct vectors *v, const struct fm_json *c, const char *path);
/** As vector_str, but never NULL: fails the case when the member is missing. */
struct fm_span vector_need(struct vectors *v, const struct fm_json *c, const char *path);
/** The bytes of a hex string with or without 0x. */
struct fm_span vector_hex(struct vectors *v, const struct fm_json *c, const char *path);
/** A copy with a NUL behind it, valid as long. */
struct fm_span vector_keep(struct vectors *v, const void *bytes, size_t len);
/** Is the string at `path` there, and equal to `text`? */
bool vector_is(const struct fm_json *c, const char *path, const char *text);
/** "expect" is absent or "accept". */
bool vector_accepts(const struct fm_json *c);

/** Notes a failure of the case in hand. Always false. */
bool vector_fail(struct vectors *v, const char *fmt, ...) FM_PRINTF(2, 3);
/** `holds`; when it does not, notes the failure. */
bool expect(struct vectors *v, bool holds, const char *fmt, ...) FM_PRINTF(3, 4);
/** Does `got` equal the string at `path`? */
bool expect_str(struct vectors *v, const struct fm_json *c, const char *path,
		const char *got);

#endif
