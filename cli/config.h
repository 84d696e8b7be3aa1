/* SPDX-License-Identifier: MIT */
/** config.json and the environment: what holds when no option says otherwise. */
#ifndef CONFIG_H
#define CONFIG_H

#include "app.h"

/** FOURMICA_OUTPUT, when no option chose a form. */
enum fm_code config_output(struct globals *opt, struct fm_err *err);
/** Fill what the options left open from the environment. */
enum fm_code config_environment(struct app *app, struct fm_err *err);
/** Read config.json (absent: nothing is set), fill what is still open, find the network.
 *  Errors: FM_E_CONFIG with line and column, or with the mode that is too open. */
enum fm_code config_load(struct app *app, struct fm_err *err);
void config_free(struct app *app);
/** Endpoints config.json gives for a chain; NULL: none. Those of the chain are tried in order:
 *  NULL behind the last. */
const char *config_core(const struct app *app, uint64_t chain_id);
const char *config_rpc(const struct app *app, uint64_t chain_id, size_t index);
/** The chain's clearing house, as config.json has it; NULL: it does not say. */
const struct fm_addr *config_clearing_house(const struct app *app, uint64_t chain_id);
/** A chain as config.json has it, else as the built-in table has it; NULL: neither does. */
const struct fm_network *config_network_of(const struct app *app, uint64_t chain_id);
/** The networks of config.json; NULL behind the last. */
const struct fm_network *config_network(const struct app *app, size_t index);
/** A network by its name in config.json or the built-in table, or by "eip155:CHAIN". */
enum fm_code config_find_network(const struct fm_network **out, const struct app *app,
				 const char *text, struct fm_err *err);
/** default.wallet of the file; NULL: none. */
const char *config_default_wallet(const struct app *app);
/** The program that signs for a wallet, an absolute path; NULL: its key file does. */
const char *config_signer_program(const struct app *app, const char *wallet);
/** Name of a member of `wallets`, "" for one no wallet can have; NULL behind the last. */
const char *config_wallet_name(char out[static FM_WALLET_NAME], const struct app *app,
			       size_t index);
/** Line of a value of the file by the names, and numbers of list elements, that lead to it,
 *  NULL behind the last; 0: it is not there. */
unsigned config_line(const struct app *app, const char *const *path);
/** Set one value in the file, as JSON text, by the names that lead to it, NULL behind the last.
 *  What is missing on the way is made, every other byte kept, and the whole is read as
 *  config_load would before it takes the old one's place in one step.
 *  Errors: as config_load's; FM_E_IO. What is in force in this run stays as it was. */
enum fm_code config_set(struct app *app, const char *const *path, const char *json,
			struct fm_err *err);
/** The same for default.wallet, which is in force at once. */
enum fm_code config_set_wallet(struct app *app, const char *name, struct fm_err *err);
/** An endpoint must be https, or http on this machine (`any_http`: anywhere). */
enum fm_code config_check_url(const char *url, const char *what, bool any_http,
			      struct fm_err *err);
/** A copy without a slash at the end. NULL: no memory. */
char *config_url_copy(const char *url);

#endif
