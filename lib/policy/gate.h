/* SPDX-License-Identifier: MIT */
/** The queue in front of the ledger, and in front of a wallet: one process at a time, in turns,
 *  with a deadline.
 *
 *  SQLite's own waiting polls with growing sleeps and starves processes; here the
 *  kernel keeps the queue and wakes who is next. Correctness does not hang on it:
 *  SQLite's lock is taken behind it. */
#ifndef FOURMICA_POLICY_GATE_H
#define FOURMICA_POLICY_GATE_H

#include <fourmica/err.h>

#include <stdint.h>

struct fm_gate {
	int fd;		     /* its open file description owns the lock */
	const char *path;    /* borrowed */
	int64_t at;	     /* its two bytes of the file */
	int64_t turn_end_ms; /* steady time; until then we go in again without queueing */
};

/** Errors: FM_E_CONFIG wrong owner, mode, kind; FM_E_IO. */
enum fm_code fm_gate_open(struct fm_gate *gate, const char *path, int64_t at,
			  struct fm_err *err) FM_MUST_USE;
void fm_gate_close(struct fm_gate *gate);
/** Wait at most wait_ms, then FM_E_BUSY. *cancel (may be NULL) is looked at every 100 ms:
 *  FM_E_INTERRUPTED. */
enum fm_code fm_gate_enter(struct fm_gate *gate, int64_t wait_ms,
			   const volatile int *cancel, struct fm_err *err) FM_MUST_USE;
void fm_gate_leave(struct fm_gate *gate);
/** Leave and close a gate of which only its descriptor was kept. */
void fm_gate_release(int fd);

/** Open (make) a side file of the ledger: ours, 0600, no symbolic link. */
enum fm_code fm_side_open(int *fd, const char *path, struct fm_err *err) FM_MUST_USE;

#endif
