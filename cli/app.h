/* SPDX-License-Identifier: MIT */
/** What a running command has: settings resolved in their order of precedence, and the library
 *  objects its `needs` ask for. */
#ifndef APP_H
#define APP_H

#include "cmd.h"
#include "out.h"

#include <signal.h>

struct paths {
	char *config_file, *policy_file; /**< config.json, policy.json */
	char *wallet_dir;
	char *ledger_file;
	char *receipt_dir, *stop_file, *run_dir;
	char *accepted_dir; /**< see accepted.h */
	char *approval_dir; /**< quotes that wait for approval */
	char *history_file; /**< lines of the prompt */
};

struct session;

struct app {
	const struct cmd *cmd;
	struct session *session; /**< what outlives the command; see session.h */
	unsigned needs;		 /**< what was opened: enum need */
	struct globals given;	 /**< as the command line has them */
	struct globals opt;	 /**< after environment and files */
	struct paths paths;	 /**< the files of options and environment among them */
	struct out *out;
	struct fm_log log;
	struct fm_http http; /**< NEED_HTTP; loads nothing before the first exchange */
	struct fm_store store;
	struct fm_wallet
		wallet; /**< NEED_WALLET; without a name when only --address tells it */
	struct fm_policy
		*policy; /**< NEED_POLICY; limits of options and environment applied */
	struct fm_buf policy_text; /**< of the file; empty: built-in rules */
	struct fm_err
		looser; /**< the policy allows more than was accepted; see accepted.h */
	struct fm_secret *pass;	  /**< what opened a wallet that is not bound yet */
	struct fm_client *client; /**< wired from the above when any of them is needed */
	const struct fm_network
		*network;	 /**< named by option, environment or config; or NULL */
	char *task, *max_amount; /**< from the environment; NULL when unset */
	const char *proxy, *no_proxy, *cacert; /**< from the environment; see app_proxy */
	const char *all_proxy;
	struct fm_asset *assets; /**< the config's own tokens */
	size_t asset_count;
	void *config; /**< parsed config.json; private to config.c */
	char *core;   /**< --core without a slash at the end; see app_core_url */
	bool stopped; /**< FOURMICA_STOP */
	const struct fm_secret
		*env_pass; /**< FOURMICA_PASSPHRASE, taken out of the environment */
	struct fm_buf core_token; /**< --core-token-...; empty: none. Wiped */
	struct fm_op told;	  /**< what the report ends; see app_written */
	bool at_hand;	/**< only what is typed now opens the wallet; see prove() */
	bool no_holder; /**< what is to be signed is nothing for a key holder */
	void *external; /**< private to external.c */
	struct fm_signer
		proved; /**< the wallet, opened by prove(); app_signer hands it out */
};

/** Set by SIGINT, SIGTERM: the signal's number. */
extern volatile sig_atomic_t app_signal;

/** The passphrase of the selected wallet, from descriptor, file, service credential,
 *  environment (warned, erased) or the terminal; FM_E_INPUT names the option that would have
 *  answered. */
enum fm_code ask_passphrase(struct app *app, struct fm_secret **out, const char *prompt,
			    struct fm_err *err);
/** Twice, equal; for new wallets. Sources other than the terminal are asked once. */
enum fm_code ask_new_passphrase(struct app *app, struct fm_secret **out,
				struct fm_err *err);
/** A question with "no" as default; --yes answers it. FM_E_DECLINED, FM_E_INPUT. */
enum fm_code ask_yes(struct app *app, const char *question, struct fm_err *err);

/** Prepare what the command needs. *app is closed by app_close even after an error. */
enum fm_code app_open(struct app *app, const struct cmd *cmd, const struct globals *opt,
		      struct out *out, struct session *session, struct fm_err *err);
void app_close(struct app *app);
/** The report was written: the ledger learns that the operation app->told (id empty: none) was
 *  told. A crash before that makes the next run tell it again, and never repeat it. */
void app_written(struct app *app);
/** What a command whose table row needs nothing turns out to need after all; once. */
enum fm_code app_need(struct app *app, unsigned needs, struct fm_err *err);
/** Make app->client, and the transport with NEED_HTTP, of what was prepared so far; NEED_WALLET:
 *  app->wallet is one. The last part of app_need, by itself for a command that goes on when
 *  another part failed. */
enum fm_code app_connect(struct app *app, unsigned needs, struct fm_err *err);
/** Select app->wallet: --wallet, environment, config, --address, the only one there is. Part of
 *  NEED_WALLET; by itself for commands that can do without. */
enum fm_code app_find_wallet(struct app *app, struct fm_err *err);
/** The network in force: the named one, else Base Sepolia as config.json has it. */
const struct fm_network *app_network(const struct app *app);
/** Read the policy file, or take the built-in rules. Part of NEED_POLICY. */
enum fm_code app_load_policy(struct app *app, struct fm_err *err);
/** The proxy for a URL: HTTPS_PROXY for https, else ALL_PROXY; NULL: none. */
const char *app_proxy(const struct app *app, const char *url);
/** The interruption a signal asked for: FM_E_INTERRUPTED or FM_E_TERMINATED; FM_OK: none. */
enum fm_code app_interrupted(struct fm_err *err);

/** How far a command that only looks goes for Core's word: a wallet without passphrase signs in
 *  without a question. */
unsigned app_look(struct app *app);
/** Who signs for the selected wallet: the program that config.json names, the key holder, else the
 *  key itself, decrypted (three tries at a terminal, then FM_E_LOCKED; at once for a wallet that
 *  only watches). */
enum fm_code app_signer(void *app, struct fm_signer *out, struct fm_err *err);
/** The key of the selected wallet by its passphrase, and that (NULL: it has none); never from a
 *  key holder. Three tries as app_signer. */
enum fm_code app_key(struct app *app, struct fm_secret **key, struct fm_secret **pass,
		     struct fm_err *err);
/** The word of whom the selected wallet belongs to: its passphrase, asked for now whatever is
 *  unlocked, and tried; for a wallet without one the answer to a question. *pass is NULL before,
 *  and stays so then. */
enum fm_code app_owner(struct app *app, struct fm_secret **pass, const char *question,
		       struct fm_err *err);
/** Open a file for reading. */
enum fm_code app_open_file(int *fd, const char *path, struct fm_err *err);
/** Read a whole file ("-": standard input) into `out`, at most its cap. */
enum fm_code app_read_file(struct fm_buf *out, const char *path, struct fm_err *err);
/** A token of the user's own list, else of the built-in table; NULL: neither knows it. */
const struct fm_asset *app_asset(const struct app *app, uint64_t chain_id,
				 const struct fm_addr *address);
#define APP_QUOTE_MAX (4u * 1024u * 1024u) /* bytes of a quote or receipt file */
/** Read a quote file into `out`, which was initialized. */
enum fm_code app_read_quote(struct fm_quote_file *out, const char *path,
			    struct fm_err *err);
/** Core base URL and RPC of a chain: option, environment, config, built-in table; NULL: none.
 *  Of the last three the first that has any is all there is; `index` counts within it. */
const char *app_core_url(const struct app *app, uint64_t chain_id);
const char *app_rpc_url(const struct app *app, uint64_t chain_id, size_t index);

#endif
