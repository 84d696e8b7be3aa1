/* SPDX-License-Identifier: MIT */
/** Lines that were typed at the prompt, kept for the next time: without secrets. */
#ifndef LINES_H
#define LINES_H

#include <fourmica/fourmica.h>

#define LINES_MOST 2000 /* lines that are kept */

/** May this line be kept? Not one that begins with a blank, holds the value of an option that takes
 *  a credential, a user's part in an address, a word of credentials, 64 hex digits, or twelve
 *  words like those of a mnemonic; nor one that is very long. */
bool lines_may_keep(const char *line);

/** Read the file, if there is one: each line to `add`, oldest first. A file with more than twice
 *  LINES_MOST is written again with the newest. Errors: FM_E_CONFIG it is open to others; FM_E_IO. */
enum fm_code lines_load(const char *path, void (*add)(void *ctx, const char *line),
			void *ctx, struct fm_err *err);
/** Append one line; the file is made with mode 0600. Errors: as lines_load. */
enum fm_code lines_append(const char *path, const char *line, struct fm_err *err);

#endif
