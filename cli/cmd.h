/* SPDX-License-Identifier: MIT */
/** What a command is. One const struct cmd per command is its only description: the parser,
 *  --help, the manual pages, the completions and the tests of all four read it. */
#ifndef CMD_H
#define CMD_H

#include <fourmica/fourmica.h>

struct app;

/** Repeatable option values; the array is the parser's, the texts are argv's. */
struct strings {
	const char **items;
	size_t count;
};

/** The type of a destination decides how its text is read. */
enum param_type {
	PARAM_FLAG,   /**< bool */
	PARAM_TEXT,   /**< const char * */
	PARAM_LIST,   /**< struct strings: may be repeated, order kept */
	PARAM_COUNT,  /**< unsigned: -v -v; a flag that counts */
	PARAM_NUMBER, /**< uint64_t: decimal digits */
	PARAM_DURATION, /**< int64_t milliseconds: "90s", "15m"; a bare number of seconds where
			 *   curl takes one */
	PARAM_AMOUNT,  /**< struct fm_quantity: number and unit */
	PARAM_ADDRESS, /**< struct opt_addr: 0x and 40 digits */
};

struct opt_addr {
	bool set;
	struct fm_addr addr;
};

/* clang-format off */
#define PARAM_TYPE(struct_, member)                                                            \
	_Generic(((struct_ *)0)->member,                                                       \
		bool: PARAM_FLAG,                                                              \
		const char *: PARAM_TEXT,                                                      \
		struct strings: PARAM_LIST,                                                    \
		unsigned: PARAM_COUNT,                                                         \
		uint64_t: PARAM_NUMBER,                                                        \
		int64_t: PARAM_DURATION,                                                       \
		struct fm_quantity: PARAM_AMOUNT,                                              \
		struct opt_addr: PARAM_ADDRESS)
/* clang-format on */

enum param_trait {
	PARAM_REQUIRED = 1, /**< positional that must be given */
	PARAM_SECRET = 2,   /**< the value is wiped from the process list */
	PARAM_FILE = 4,	    /**< completes to a file name */
	PARAM_REST = 8, /**< positional that takes all that is left (struct strings) */
};

/** What a value is one of, for completion; see candidates.h. */
enum known {
	KNOWN_NONE,
	KNOWN_WALLET,
	KNOWN_NETWORK,
	KNOWN_SELLER, /**< of the policy and of the ledger */
	KNOWN_TASK,
	KNOWN_PAYMENT, /**< ids of payments and operations, idempotency keys */
	KNOWN_REQUEST, /**< request ids */
	KNOWN_CYCLE,
	KNOWN_LIMIT,   /**< names of the policy's limits */
	KNOWN_SETTING, /**< keys of config.json */
	KNOWN_HELP,    /**< commands and topics */
};

struct param {
	const char *name; /**< long name without dashes; NULL: positional */
	char letter;	  /**< 0: none */
	const char *arg;  /**< name of its value in help; for a flag NULL */
	const char *help; /**< one line, lower case, no full stop */
	const char *
		choices; /**< "certificate|receipt": checked and completed; may be NULL */
	enum param_type type;
	unsigned traits;
	enum known known;
	size_t offset;
};

/** A row that is a heading in --help for the options below it. */
#define GROUP(title)          \
	{                     \
		.help = title \
	}
/* clang-format off */
#define OPT(s, member, name_, letter_, arg_, help_)                                            \
	{ .name = name_, .letter = letter_, .arg = arg_, .help = help_,                        \
	  .type = PARAM_TYPE(s, member), .offset = offsetof(s, member) }
/* clang-format on */
/** With more members: OPTX(struct pay, evidence, "evidence", 0, "KIND", "...", .choices = "a|b") */
/* clang-format off */
#define OPTX(s, member, name_, letter_, arg_, help_, ...)                                      \
	{ .name = name_, .letter = letter_, .arg = arg_, .help = help_,                        \
	  .type = PARAM_TYPE(s, member), .offset = offsetof(s, member), __VA_ARGS__ }

#define ARG(s, member, arg_, help_)                                                            \
	{ .arg = arg_, .help = help_, .type = PARAM_TYPE(s, member),                           \
	  .offset = offsetof(s, member), .traits = PARAM_REQUIRED }

#define ARGX(s, member, arg_, help_, ...)                                                      \
	{ .arg = arg_, .help = help_, .type = PARAM_TYPE(s, member),                           \
	  .offset = offsetof(s, member), __VA_ARGS__ }

#define ARG_OPTIONAL(s, member, arg_, help_)                                                   \
	{ .arg = arg_, .help = help_, .type = PARAM_TYPE(s, member),                           \
	  .offset = offsetof(s, member) }
/* clang-format on */

enum field_kind {
	FIELD_TEXT,
	FIELD_NUMBER,
	FIELD_BOOL,
	FIELD_AMOUNT, /**< the object of the conventions, rule 5 */
	FIELD_ADDRESS,
	FIELD_HASH,
	FIELD_U256, /**< decimal string */
	FIELD_TIME,
	FIELD_DURATION, /**< seconds */
	FIELD_GAUGE,	/**< percent, a whole number */
	FIELD_JSON,	/**< JSON text given as such */
	FIELD_OBJECT,	/**< with fields of its own */
	FIELD_LIST,	/**< of objects with fields of their own */
};

/** A member of a command's `data`. */
struct field {
	const char *name;  /**< NULL ends the table */
	const char *label; /**< for people; NULL: not shown to them */
	enum field_kind kind;
	const char *help;
	const struct field *sub; /**< OBJECT, LIST */
};

enum need {
	NEED_WALLET = 1, /**< a selected wallet (its public part) */
	NEED_POLICY = 2,
	NEED_LEDGER = 4,
	NEED_HTTP = 8,
	MAY_SPEND = 16, /**< gets --dry-run; may sign or send value */
	RAW_OUTPUT =
		32, /**< stdout carries bytes (a body, a header): no human report there */
	NEED_HOME =
		64, /**< paths, config.json, the key store; implied by the four above */
	NEED_PATHS = 128, /**< environment and paths only; nothing is read */
	WALLET_IF_ANY =
		256, /**< the wallet if there is one to be selected, or one is named */
};

struct example {
	const char *line; /**< NULL ends the table */
	const char *help;
};

struct cmd {
	const char *name;
	const char *summary; /**< one line */
	const char *details; /**< paragraphs for the manual, separated by blank lines */
	const struct param
		*params; /**< positionals in order among them; ends with { 0 } */
	size_t size;	 /**< of the struct the params fill; 0: none */
	const struct field *fields;
	const struct example *examples;
	const struct cmd *const
		*subs;	  /**< NULL-terminated; a command with subs needs no run */
	const char *see;  /**< another page on the matter, "fourmica-x 7"; may be NULL */
	const char *bare; /**< sub-command a bare group runs; NULL: usage error */
	unsigned needs;
	/** Do it. Facts go to app's output by field name. */
	enum fm_code (*run)(struct app *app, const void *args, struct fm_err *err);
};

/** All commands, NULL-terminated, in the order help shows them. */
extern const struct cmd *const commands[];

/** Options every command takes. */
struct globals {
	const char *network, *wallet, *config, *policy, *rpc, *core;
	struct opt_addr address;
	bool json, jsonl, quiet, yes, no_input, dry_run, help, version;
	unsigned verbose;
	const char *color;
	const char *passphrase_fd, *passphrase_file;
	const char *core_token_fd, *core_token_file;
	int64_t timeout;
};
extern const struct param global_params[];

/** A name and one line about it. */
struct named {
	const char *name; /**< NULL ends the table */
	const char *help;
};

/** What help and the manual list of the surroundings: environment variables, files. */
extern const struct named env_table[], file_table[];

/** A row of `params` is an option, a positional, a heading, or the end. */
static inline bool param_is_end(const struct param *p)
{
	return !p->name && !p->arg && !p->help;
}

static inline bool param_is_heading(const struct param *p)
{
	return !p->name && !p->arg && p->help;
}

static inline bool param_is_positional(const struct param *p)
{
	return !p->name && p->arg;
}

/** Takes no value. */
static inline bool param_is_flag(const struct param *p)
{
	return p->type == PARAM_FLAG || p->type == PARAM_COUNT;
}

#endif
