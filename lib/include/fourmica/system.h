/* SPDX-License-Identifier: MIT */
/** What the library needs from the machine, all of it injected: time, randomness, a place for
 *  diagnostics; guarded memory for secrets; libraries not everybody needs. */
#ifndef FOURMICA_SYSTEM_H
#define FOURMICA_SYSTEM_H

#include <fourmica/bytes.h>

/** Wall time in milliseconds since 1970; steady time in milliseconds since some start. */
struct fm_clock {
	int64_t (*wall_ms)(void *ctx);
	int64_t (*steady_ms)(void *ctx);
	void *ctx;
};

/** The system's clock. */
FM_API extern const struct fm_clock fm_system_clock;

FM_API int64_t fm_wall_ms(const struct fm_clock *clock);
FM_API int64_t fm_wall_s(const struct fm_clock *clock); /**< floor of seconds */
FM_API int64_t fm_steady_ms(const struct fm_clock *clock);

#define FM_TIME_TEXT 32
/** RFC 3339 in UTC, whole seconds: "2026-06-22T10:00:00Z". */
FM_API void fm_time_text(char out[static FM_TIME_TEXT], int64_t unix_s);

/** A length of time as "90s", "15m", "2h", "1d" (digits and one unit). False when it is not. */
FM_API bool fm_duration_parse(int64_t *seconds, struct fm_span text) FM_MUST_USE;

/** Random bytes. */
struct fm_rand {
	enum fm_code (*fill)(void *ctx, void *out, size_t len);
	void *ctx;
};

/** The system's generator (libsodium). */
FM_API extern const struct fm_rand fm_system_rand;
FM_API enum fm_code fm_rand_fill(const struct fm_rand *rand, void *out, size_t len,
				 struct fm_err *err) FM_MUST_USE;

enum fm_level {
	FM_LOG_ERROR,
	FM_LOG_WARN,
	FM_LOG_INFO,
	FM_LOG_DEBUG,
};

/** Where diagnostics go. `write` may be NULL: silent. */
struct fm_log {
	void (*write)(void *ctx, enum fm_level level, const char *text);
	void *ctx;
	enum fm_level level; /**< the least important one wanted */
};

/** Formats only when somebody listens at that level. log may be NULL. */
FM_API void fm_log(const struct fm_log *log, enum fm_level level, const char *fmt, ...)
	FM_PRINTF(3, 4);

/** A secret of fixed size in guarded, locked memory, unreadable except between
 *  fm_secret_read / fm_secret_done. Freed pages are wiped. There is no printer for it. */
struct fm_secret;

/** Zero-filled, `len` bytes. NULL when memory cannot be had. Owner: fm_secret_free. */
FM_API struct fm_secret *fm_secret_new(size_t len);
/** Copies `bytes` and wipes the source. */
FM_API struct fm_secret *fm_secret_take(void *bytes, size_t len);
FM_API void fm_secret_free(struct fm_secret **secret);
FM_API size_t fm_secret_len(const struct fm_secret *secret);
/** Open for reading; pairs with fm_secret_done, pairs may nest. */
FM_API const uint8_t *fm_secret_read(const struct fm_secret *secret);
FM_API uint8_t *fm_secret_write(struct fm_secret *secret);
FM_API void fm_secret_done(const struct fm_secret *secret);
/** Overwrite in a way the compiler cannot drop. */
FM_API void fm_wipe(void *bytes, size_t len);
/** Comparison whose time does not depend on the content. */
FM_API bool fm_equal_ct(const void *a, const void *b, size_t len) FM_MUST_USE;

/** Once per process before anything else; starts libsodium. Safe to call again. */
FM_API enum fm_code fm_init(struct fm_err *err) FM_MUST_USE;

/* ---- libraries that are loaded when they are needed ---- */

/** A function and where its pointer goes in a table. */
struct fm_symbol {
	const char *name;
	size_t at; /**< offsetof, in bytes */
};

/** Load a shared library by its SONAME and fill `table`, a struct of function pointers. *handle is for
 *  fm_library_close; who keeps the library for good forgets it.
 *  Errors: FM_E_CONFIG it is not installed, or lacks one of them; *handle is NULL then. */
FM_API enum fm_code fm_library_open(void **handle, void *table, const char *library,
				    const struct fm_symbol *symbols, size_t count,
				    struct fm_err *err) FM_MUST_USE;
/** NULL is fine. */
FM_API void fm_library_close(void **handle);

#endif
