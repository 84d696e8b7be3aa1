/* SPDX-License-Identifier: MIT */
/** Where a response goes: standard output, a file, or into the JSON document. */
#ifndef BODY_H
#define BODY_H

#include "app.h"

#define BODY_INLINE_MAX \
	(1024u * 1024u) /**< conventions, rule 3: longer ones go to a file */

struct body_args {
	const char *output, *dump_header, *write_out;
	bool include, fail, silent, show_error, no_buffer;
};

/** Rows for a struct `s` with a member `struct body_args body`. */
/* clang-format off */
#define BODY_PARAMS(s)                                                                         \
	GROUP("Output"),                                                                       \
	OPTX(s, body.output, "output", 'o', "FILE", "write the body to a file; - for standard output", \
	     .traits = PARAM_FILE),                                                            \
	OPT(s, body.include, "include", 'i', NULL, "write the response headers before the body"), \
	OPTX(s, body.dump_header, "dump-header", 'D', "FILE", "write the response headers to a file", \
	     .traits = PARAM_FILE),                                                            \
	OPT(s, body.write_out, "write-out", 'w', "FORMAT", "print this at the end; %{http_code} and " \
	    "others"),                                                                         \
	OPT(s, body.fail, "fail", 'f', NULL, "do not write the body of an HTTP error"),        \
	OPT(s, body.no_buffer, "no-buffer", 'N', NULL, "write each piece at once"),            \
	OPT(s, body.silent, "silent", 's', NULL, "no progress and no notes; errors only with -S"), \
	OPT(s, body.show_error, "show-error", 'S', NULL, "with -s, still show errors")
/* clang-format on */

/** A response being written. Owner: body_clear. */
struct body {
	struct app *app;
	const struct body_args *args;
	struct fm_http_sink sink; /**< give this to the library */
	struct fm_buf memory;	  /**< JSON: the body while it is short */
	char *path;		  /**< file it went to, if any */
	char *artefact;		  /**< what body_artefact said */
	int fd;			  /**< -1: none open */
	uint64_t got;		  /**< bytes of the body so far */
	int64_t total;		  /**< what the server said they would be; -1: nothing */
	uint8_t before;		  /**< the byte before the next one */
	bool started, wanted, spooled;
	bool shown; /**< some of it went to standard output */
};

void body_init(struct body *body, struct app *app, const struct body_args *args);
void body_clear(struct body *body);
/** The file of -o with its directory; *path NULL: standard output. Owner: the body. */
enum fm_code body_artefact(struct body *body, const char **path, struct fm_err *err);
/** Close files; say body, body_base64, body_path in JSON. Errors: FM_E_IO. */
enum fm_code body_finish(struct body *body, struct fm_err *err);

#endif
