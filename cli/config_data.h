/* SPDX-License-Identifier: MIT */
/** What config.json holds, once read; shared by the reader and the editor of the file. */
#ifndef CONFIG_DATA_H
#define CONFIG_DATA_H

#include "config.h"

#include <limits.h>

#define CONFIG_MAX 262144u /* bytes of the file */
#define RPC_MOST 8	   /* endpoints of one network */
#define URL_MOST 1024

struct config_network {
	struct fm_network
		net; /**< points into the members below, or into the built-in table */
	char name[32];
	char *core;		 /**< without a slash at the end; NULL: not given */
	char *rpc[RPC_MOST + 1]; /**< in the order they are tried, then NULL */
	struct opt_addr clearing_house;
};

/** A wallet whose signer is a program. */
struct config_signer {
	char wallet[FM_WALLET_NAME];
	char program[PATH_MAX];
};

struct config {
	struct config_network *networks;
	size_t network_count;
	struct config_signer *signers;
	size_t signer_count;
	char default_network[64], default_wallet[FM_WALLET_NAME];
	struct fm_buf text;   /**< the file */
	struct fm_json *root; /**< of the text; NULL: no file */
};

/** Read config->text into the app's config and assets. */
enum fm_code config_parse(struct app *app, struct config *config, struct fm_err *err);
/** Would this be a good config.json? Changes nothing. Errors: as config_load's. */
enum fm_code config_try(const struct app *app, struct fm_span text, struct fm_err *err);

#endif
