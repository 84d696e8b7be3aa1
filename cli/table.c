/* SPDX-License-Identifier: MIT */
/* The commands, the options all of them take, and what surrounds them. Adding a command is its
 * file and one line here. */
#include "cmd.h"

extern const struct cmd cmd_completion, cmd_decode, cmd_help, cmd_networks, cmd_pay,
	cmd_quote, cmd_sign, cmd_verify_cert, cmd_version, cmd_wallet;

const struct cmd *const commands[] = {
	&cmd_quote,  &cmd_pay,	    &cmd_sign,	 &cmd_verify_cert,
	&cmd_decode, &cmd_networks, &cmd_wallet, &cmd_completion,
	&cmd_help,   &cmd_version,  NULL,
};

/* clang-format off */
const struct param global_params[] = {
	GROUP("What to work with"),
	OPT(struct globals, network, "network", 0, "NAME",
	    "only this network: base-sepolia, base, eip155:84532, or one of config.json"),
	OPT(struct globals, wallet, "wallet", 0, "NAME", "the wallet that pays"),
	OPT(struct globals, address, "address", 0, "ADDRESS",
	    "the wallet with this address; without its key here only looking is possible"),
	OPTX(struct globals, config, "config", 0, "FILE", "read FILE instead of config.json",
	     .traits = PARAM_FILE),
	OPTX(struct globals, policy, "policy", 0, "FILE", "read FILE instead of policy.json",
	     .traits = PARAM_FILE),
	OPT(struct globals, core, "core", 0, "URL", "4Mica Core to talk to"),
	OPT(struct globals, rpc, "rpc", 0, "URL", "JSON-RPC endpoint of the chain"),
	GROUP("How to answer"),
	OPT(struct globals, json, "json", 'j', NULL, "one JSON document on standard output"),
	OPT(struct globals, jsonl, "jsonl", 0, NULL,
	    "one JSON line for each event, then the document"),
	OPT(struct globals, quiet, "quiet", 'q', NULL, "no notes, warnings or progress"),
	OPT(struct globals, verbose, "verbose", 'v', NULL,
	    "say what is done on standard error; twice: with the details"),
	OPTX(struct globals, color, "color", 0, "WHEN", "use colour",
	     .choices = "auto|always|never"),
	GROUP("How to ask"),
	OPT(struct globals, yes, "yes", 'y', NULL,
	    "answer confirmations with yes; never lifts a limit"),
	OPT(struct globals, no_input, "no-input", 0, NULL, "never ask; exit 5 instead"),
	OPT(struct globals, passphrase_fd, "passphrase-fd", 0, "N",
	    "read the passphrase from file descriptor N, one line"),
	OPTX(struct globals, passphrase_file, "passphrase-file", 0, "FILE",
	     "read the passphrase from FILE, one line", .traits = PARAM_FILE),
	GROUP("The rest"),
	OPT(struct globals, timeout, "timeout", 0, "TIME",
	    "give up on 4Mica Core and the chain after TIME (30s, 2m)"),
	OPT(struct globals, dry_run, "dry-run", 0, NULL,
	    "judge and show, but reserve, sign and send nothing"),
	OPT(struct globals, help, "help", 'h', NULL, "show the help of a command"),
	OPT(struct globals, version, "version", 'V', NULL, "show the version"),
	{ 0 },
};

const struct named env_table[] = {
	{ "FOURMICA_HOME", "directory for all files, instead of the XDG directories" },
	{ "FOURMICA_NETWORK", "as --network" },
	{ "FOURMICA_WALLET", "as --wallet" },
	{ "FOURMICA_CONFIG", "as --config" },
	{ "FOURMICA_POLICY", "as --policy" },
	{ "FOURMICA_CORE_URL", "as --core" },
	{ "FOURMICA_RPC_URL", "as --rpc" },
	{ "FOURMICA_MAX_AMOUNT",
	  "no payment above this amount (0.05usdc), whatever policy and options say" },
	{ "FOURMICA_TASK", "the task payments are booked on" },
	{ "FOURMICA_OUTPUT", "text, json or jsonl: as --json and --jsonl" },
	{ "FOURMICA_NO_INPUT", "as --no-input, when set and not 0" },
	{ "FOURMICA_STOP", "when set and not 0: sign nothing (exit 37)" },
	{ "FOURMICA_PASSPHRASE_FD", "as --passphrase-fd" },
	{ "FOURMICA_PASSPHRASE_FILE", "as --passphrase-file" },
	{ "FOURMICA_PASSPHRASE",
	  "the passphrase itself; erased when read, but others may have seen it" },
	{ "CREDENTIALS_DIRECTORY",
	  "a service manager's credentials; fourmica-passphrase there is the passphrase" },
	{ "XDG_CONFIG_HOME", "where configuration lies; default: ~/.config" },
	{ "XDG_DATA_HOME", "where wallets lie; default: ~/.local/share" },
	{ "XDG_STATE_HOME", "where ledger and receipts lie; default: ~/.local/state" },
	{ "HTTPS_PROXY", "proxy for https addresses" },
	{ "ALL_PROXY", "proxy for all addresses" },
	{ "NO_PROXY", "hosts that need no proxy" },
	{ "SSL_CERT_FILE", "certificates to trust, instead of the system's" },
	{ "NO_COLOR", "when set: no colour" },
	{ "CLICOLOR_FORCE", "when set and not 0: colour even without a terminal" },
	{ "COLUMNS", "width to wrap help at" },
	{ NULL, NULL },
};

const struct named file_table[] = {
	{ "~/.config/fourmica/config.json", "defaults, networks, tokens" },
	{ "~/.config/fourmica/policy.json", "what may be paid, and to whom" },
	{ "~/.local/share/fourmica/wallets/", "encrypted keys, one file a wallet" },
	{ "~/.local/state/fourmica/ledger.db", "every payment, reserved, signed or done" },
	{ "~/.local/state/fourmica/receipts/", "what proves a payment, one file each" },
	{ "~/.local/state/fourmica/stop", "while it exists nothing is signed" },
	{ NULL, NULL },
};
/* clang-format on */
