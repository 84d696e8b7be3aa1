/* SPDX-License-Identifier: MIT */
/** Small questions to the system that several parts of the program ask. */
#ifndef SYS_H
#define SYS_H

#include <fourmica/fourmica.h>

#include <sys/types.h>

#define SYS_ERROR_TEXT 96

/** Words for an errno. */
const char *sys_error(char out[static SYS_ERROR_TEXT], int number);
/** An environment variable; NULL when unset or empty. */
const char *sys_env(const char *name);
/** Is a switch on: set and neither empty nor "0"? */
bool sys_env_on(const char *name);
/** Wait until something can be read, or `wait_ms` (-1: for ever) are over, or a signal asks for an
 *  end: FM_E_INTERRUPTED, FM_E_TERMINATED. */
enum fm_code sys_wait_readable(bool *ready, int fd, int64_t wait_ms, struct fm_err *err);
/** read(), but ended by a signal that asks for it. Waits at most `wait_ms`, then *got is -1;
 *  -1: for ever. `name` is for messages. */
enum fm_code sys_read_some(ssize_t *got, int fd, void *bytes, size_t size,
			   int64_t wait_ms, const char *name, struct fm_err *err);
/** Read all of a descriptor, at most the cap of `out`; ends early when a signal asks for it.
 *  `name` is for messages. */
enum fm_code sys_read_all(struct fm_buf *out, int fd, const char *name,
			  struct fm_err *err);
/** One line into `out` without its line end; false in *any when there was none at all. Reads
 *  byte by byte: what follows is the next reader's. */
enum fm_code sys_read_line(struct fm_buf *out, bool *any, int fd, const char *name,
			   struct fm_err *err);
/** A descriptor's number as an option gives it: 0 to 9999. */
bool sys_fd_number(int *fd, const char *text);
/** Join path pieces: "DIR/NAME". NULL: no memory. Owner: free. */
char *sys_join(const char *dir, const char *name);

#endif
