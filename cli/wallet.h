/* SPDX-License-Identifier: MIT */
/** What the commands about wallets share. */
#ifndef WALLET_H
#define WALLET_H

#include "app.h"

/* In a table of many wallets the last two would only make it wide. */
/* clang-format off */
#define WALLET_FIELDS(created_label, file_label)                                               \
	{ "name", "Wallet", FIELD_TEXT, "its name", NULL },                                    \
	{ "address", "Address", FIELD_ADDRESS, "its address", NULL },                          \
	{ "key", "Key", FIELD_BOOL,                                                            \
	  "whether its key is here; a wallet without it only watches", NULL },                 \
	{ "passphrase", "Passphrase", FIELD_BOOL,                                              \
	  "whether its key is encrypted under a passphrase; without one it serves test "       \
	  "networks only; null without a key", NULL },                                         \
	{ "kdf", NULL, FIELD_TEXT,                                                             \
	  "none, interactive, moderate or sensitive; null without a key", NULL },              \
	{ "created", created_label, FIELD_TIME, "when it was made here", NULL },               \
	{ "default", "Default", FIELD_BOOL, "whether commands use it when none is named",      \
	  NULL },                                                                              \
	{ "pays_from", NULL, FIELD_HASH,                                                       \
	  "the ledger it pays from; null: it has not paid yet", NULL },                        \
	{ "accepted", NULL, FIELD_TEXT,                                                        \
	  "SHA-256 of the policy it pays under, or builtin; null: it has not paid yet", NULL },\
	{ "file", file_label, FIELD_TEXT, "where its key file lies", NULL }
/* clang-format on */

#define WALLET_KDF_HELP "how long one guess at the passphrase takes; default: moderate"
#define WALLET_KDF_CHOICES "interactive|moderate|sensitive"

/** WALLET_FIELDS of one wallet. */
extern const struct field wallet_fields[];
/** Say them. */
enum fm_code wallet_put(struct app *app, const struct fm_wallet *wallet,
			struct fm_err *err);
bool wallet_is_default(const struct app *app, const char *name);
/** May a wallet be called that? A key pasted into the wrong place is not repeated. */
enum fm_code wallet_check_name(const char *name, struct fm_err *err);
/** The words of --no-passphrase and --kdf; without either *out stays. */
enum fm_code wallet_choose_kdf(enum fm_kdf *out, bool no_passphrase, const char *word,
			       struct fm_err *err);

/** The key in an Ethereum v3 key file, whose passphrase `source` tells; three tries at a
 *  terminal. */
struct ask_source;
enum fm_code wallet_read_v3(struct app *app, struct fm_secret **key, const char *path,
			    const struct ask_source *source, struct fm_err *err);

extern const struct cmd wallet_allowances_cmd, wallet_export_cmd, wallet_passwd_cmd;

#endif
