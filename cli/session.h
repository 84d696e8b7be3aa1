/* SPDX-License-Identifier: MIT */
/** What outlives one command: at the prompt connections, the unlocked key, the last result. A
 *  program that runs a single command has one, too, and keeps nothing in it. */
#ifndef SESSION_H
#define SESSION_H

#include "app.h"
#include "args.h"

#include <time.h>

#define SESSION_FOR_S INT64_C(900)  /* how long a key stays unlocked: 15 minutes */
#define SESSION_IDLE_S INT64_C(600) /* ... without a command: 10 minutes */

/** How a command ended, and what it said of it. */
struct told {
	char name[CMD_NAME_MAX]; /**< "pay", "wallet.new"; "": none yet */
	enum fm_code rc;
	struct fm_err err;
	struct fm_buf document; /**< as --json has it */
};

/** Which file it is, and whether it was written since. */
struct session_file {
	uint64_t device, inode;
	struct timespec changed;
};

struct session {
	struct fm_secret *env_pass; /**< FOURMICA_PASSPHRASE */
	bool stays;		    /**< this is a prompt */
	bool leaving;		    /**< `exit` was typed */
	struct args_context context;
	struct globals globals;	       /**< those the prompt was started with */
	struct preset *presets;	       /**< of `set` */
	struct fm_quantity max_amount; /**< of `set max-amount`; no unit: none */
	struct told last, refusal;
	int status;	 /**< of the line that ended it */
	bool shows_utf8; /**< the terminal, by its locale */
	bool open_line;	 /**< the last command's output ended within a line */

	struct fm_log log;
	struct out *out; /**< of the command that runs */
	struct fm_http http;

	struct fm_signer signer; /**< ops NULL: locked */
	char wallet[FM_WALLET_NAME];
	char *wallet_file; /**< of the key, as it was when that was opened */
	struct session_file opened;
	int64_t for_ms, idle_ms;
	int64_t until_ms, used_ms; /**< on the clock that counts sleep as well */
	int64_t asleep_ms;	   /**< how much of it was sleep so far */
	char *stop_file;

	char *ledger_file;
	struct fm_ledger *ledger; /**< open for writing, between commands that pay */
	struct session_file ledger_place;
};

void session_init(struct session *s, struct fm_secret *env_pass);
/** Forgets and wipes; the passphrase too. */
void session_clear(struct session *s);

/** Run one line: argv[0] is not looked at. Returns the exit status. */
int session_run(struct session *s, int argc, char **argv);

/* ---- connections ---- */

/** Hand out what is kept; false: there is nothing. */
bool session_http(struct session *s, struct app *app);
/** The command is done with app->http: keep or close it. */
void session_keep_http(struct session *s, struct app *app);
/** A log that lasts as long as the session, and writes to the command that runs. */
const struct fm_log *session_log(struct session *s);

/** A command that may move value is about to begin: give its client the ledger that is open. */
void session_lend_ledger(struct session *s, struct app *app);
/** ... and went well: keep the ledger for the next one. */
void session_keep_ledger(struct session *s, struct app *app);

/* ---- the key ---- */

/** A time that a key is kept, as an option gives it, from 1s to 24h; text NULL: *seconds stays. */
enum fm_code session_time(int64_t *seconds, const char *text, const char *option,
			  struct fm_err *err);
/** The key of app->wallet, if it is unlocked. *out is the caller's to close, the key stays. */
bool session_signer(struct session *s, struct app *app, struct fm_signer *out);
/** The wallet was opened: keep its key for a while; *out stays good for the command. */
void session_keep_signer(struct session *s, struct app *app, struct fm_signer *out);
/** Is the key of app->wallet here, unlocked? */
bool session_holds(const struct session *s, const struct app *app);
/** Wipe the key. False: there was none. */
bool session_lock(struct session *s);
/** The wallet's file was written by this command, on its owner's word: that is no reason to lock. */
void session_wallet_written(struct session *s, const struct app *app);
/** Lock when the time is over, nothing was done for long, the machine slept, a stop is set, or the
 *  wallet's file is gone or another: somebody gave it another passphrase, or removed it. NULL:
 *  nothing was locked; else why. */
const char *session_watch(struct session *s);
/** How long it will stay unlocked; 0: it is not. */
int64_t session_left_ms(const struct session *s);
/** A command was given: that is not being idle. */
void session_used(struct session *s);

/* ---- what was said ---- */

/** The text a `$last.PATH` stands for: the members of `data`, then of the document.
 *  Errors: FM_E_USAGE. */
enum fm_code session_last(struct fm_buf *out, struct session *s, struct fm_span path,
			  struct fm_err *err);

#endif
