/* SPDX-License-Identifier: MIT */
/** A folder for a ledger, a clock with hands, and a way to die in the middle of writing it. */
#ifndef FOURMICA_TESTS_LEDGER_HOME_H
#define FOURMICA_TESTS_LEDGER_HOME_H

#include <fourmica/system.h>

/** The time of home_clock; set by home_set_up to noon of some day. */
extern int64_t home_now;
#define HOME_NOON (INT64_C(20600) * 86400000 + INT64_C(43200000))
extern const struct fm_clock home_clock;

/** A new, empty place; -1: cannot be made. */
int home_set_up(void **state);
int home_tear_down(void **state);
/** The ledger's folder, which is not made yet, and the database in it. */
const char *home_dir(void);
const char *home_ledger(void);
/** Another file beside it; valid until the next call. */
const char *home_file(const char *name);
/** Remove a folder with all that is in it. */
void home_remove(const char *dir);

/** SIGKILL this process before SQLite's n-th write, sync or truncation from now on. */
void home_kill_at(unsigned long n);

/** Walk the journal's chain as its description says, without the code that made it: the number of
 *  records; the first broken one as a negative number; 0: cannot be read. */
int home_journal(void);

#endif
