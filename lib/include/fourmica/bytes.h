/* SPDX-License-Identifier: MIT */
/** Growable bytes with a hard cap, hex, base64, hashes, text made safe for a terminal. */
#ifndef FOURMICA_BYTES_H
#define FOURMICA_BYTES_H

#include <fourmica/types.h>

/** Growable bytes. The cap is given at birth; the first failure (cap or memory) frees the
 *  content and sticks, so callers may append on and look once at the end. `ptr` is always
 *  terminated by a NUL that `len` does not count. */
struct fm_buf {
	char *ptr;
	size_t len;
	size_t room;
	size_t cap;
	bool failed;
};

FM_API void fm_buf_init(struct fm_buf *buf, size_t cap);
FM_API void fm_buf_clear(struct fm_buf *buf);
/** False once anything failed; the content is then gone. */
FM_API bool fm_buf_ok(const struct fm_buf *buf) FM_MUST_USE;
FM_API bool fm_buf_add(struct fm_buf *buf, const void *bytes, size_t len);
FM_API bool fm_buf_str(struct fm_buf *buf, const char *text);
FM_API bool fm_buf_chr(struct fm_buf *buf, char c);
FM_API bool fm_buf_fmt(struct fm_buf *buf, const char *fmt, ...) FM_PRINTF(2, 3);
FM_API struct fm_span fm_buf_span(const struct fm_buf *buf);
/** Make room for `len` more bytes and return where they go (buf->len grows); NULL on failure. */
FM_API char *fm_buf_grow(struct fm_buf *buf, size_t len);
/** Overwrite with zeros, then clear: for buffers that held something private. */
FM_API void fm_buf_wipe(struct fm_buf *buf);

/** Lower-case hex without prefix and without terminator: writes 2 * len characters. */
FM_API void fm_hex_write(char *out, const void *bytes, size_t len);
/** Exactly 2 * len digits of either case, no prefix. Variable time: public data only. */
FM_API bool fm_hex_read(void *out, size_t len, struct fm_span text) FM_MUST_USE;
/** As fm_hex_read, in time that does not depend on the digits: for keys. */
FM_API bool fm_hex_read_ct(void *out, size_t len, struct fm_span text) FM_MUST_USE;
/** Without "0x" in front, if it is there. */
FM_API struct fm_span fm_hex_strip(struct fm_span text);

/** Append the base64 of bytes: standard alphabet, padded, one line. */
FM_API bool fm_base64_write(struct fm_buf *out, const void *bytes, size_t len);
/** Append what a base64 text stands for. Both alphabets (not mixed with junk), padding
 *  optional but right when present, unused bits zero, no white space. False: not base64. */
FM_API bool fm_base64_read(struct fm_buf *out, struct fm_span text) FM_MUST_USE;

FM_API void fm_keccak256(struct fm_hash *out, const void *bytes, size_t len);
FM_API void fm_sha256(struct fm_hash *out, const void *bytes, size_t len);

/** SHA-256 of bytes that come in pieces. */
struct fm_sha256 {
	uint64_t state[16];
};

FM_API void fm_sha256_init(struct fm_sha256 *sha);
FM_API void fm_sha256_add(struct fm_sha256 *sha, const void *bytes, size_t len);
FM_API void fm_sha256_end(struct fm_hash *out, struct fm_sha256 *sha);

/** Is it well-formed UTF-8 throughout? No bytes are. */
FM_API bool fm_utf8_ok(struct fm_span text) FM_MUST_USE;

/** Append text as a terminal may show it: control characters, invalid UTF-8, bidirectional
 *  and other invisible formatting characters become \xNN or \u{NNNN}; at most `most` bytes of
 *  input are looked at, then "..." follows. */
FM_API bool fm_text_escape(struct fm_buf *out, struct fm_span text, size_t most);

/** Lines out of bytes that come in pieces, in memory that does not grow with either. Feed it what
 *  was read, take lines until it wants more. Owner: fm_lines_clear. */
struct fm_lines {
	char *bytes;
	size_t most; /**< bytes of a line without its end */
	size_t size, from, to;
	bool end;	 /**< no more bytes will come */
	bool skipping;	 /**< inside a line that was too long */
	uint64_t number; /**< of the line handed out last, from 1 */
};

enum fm_line_kind {
	FM_LINE_NONE,  /**< more bytes are needed */
	FM_LINE_READY, /**< a line, without its LF or CR LF */
	FM_LINE_LONG,  /**< a line over the cap, told once; its bytes are dropped */
	FM_LINE_END,
};

FM_API enum fm_code fm_lines_init(struct fm_lines *lines, size_t most,
				  struct fm_err *err) FM_MUST_USE;
FM_API void fm_lines_clear(struct fm_lines *lines);
/** Where the next bytes go, and how many fit; only behind FM_LINE_NONE. Moves the rest of the
 *  line, so lines handed out before are gone. */
FM_API char *fm_lines_room(struct fm_lines *lines, size_t *room);
/** `got` bytes were put there; 0: that was all. */
FM_API void fm_lines_fed(struct fm_lines *lines, size_t got);
/** The next line; *line is borrowed until the next fm_lines_room. */
FM_API enum fm_line_kind fm_lines_next(struct fm_span *line, struct fm_lines *lines);

#endif
