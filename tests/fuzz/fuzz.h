/* SPDX-License-Identifier: MIT */
/** What the fuzz targets share. Each fuzz_<parser>.c defines LLVMFuzzerTestOneInput; it is linked
 *  with libFuzzer by `make fuzz`, and with replay.c for the inputs of corpus/<parser>/. */
#ifndef FOURMICA_FUZZ_H
#define FOURMICA_FUZZ_H

#include <fourmica/system.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A property of what was accepted; unlike assert it is never compiled out. */
#define MUST(property)                                                             \
	do {                                                                       \
		if (!(property)) {                                                 \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
				#property);                                        \
			abort();                                                   \
		}                                                                  \
	} while (0)

/** An answer nobody waits for. */
static inline void fuzz_any(bool answer)
{
	(void)answer;
}

static inline struct fm_span fuzz_span(const uint8_t *data, size_t size)
{
	return (struct fm_span){ (const char *)data, size };
}

static inline bool fuzz_same(struct fm_span a, struct fm_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** Is `part` a piece of `whole`? */
static inline bool fuzz_inside(struct fm_span part, struct fm_span whole)
{
	return part.ptr >= whole.ptr && part.len <= whole.len &&
	       (size_t)(part.ptr - whole.ptr) <= whole.len - part.len;
}

/** An error record that says what failed, with terminated texts. */
static inline void fuzz_err_ok(enum fm_code code, const struct fm_err *err)
{
	MUST(code != FM_OK && code < FM_CODE_COUNT);
	MUST(err->code == code);
	MUST(err->msg[0] && memchr(err->msg, 0, sizeof(err->msg)));
	MUST(memchr(err->hint, 0, sizeof(err->hint)));
	for (const char *at = err->msg; *at; at++)
		MUST((unsigned char)*at >= 0x20 && *at != 0x7f);
}

static inline void fuzz_init(void)
{
	struct fm_err err;

	fm_err_init(&err);
	MUST(fm_init(&err) == FM_OK);
}

#endif
