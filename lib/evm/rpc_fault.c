/* SPDX-License-Identifier: MIT */
/* What an error object means. The words are those of geth, Erigon, Nethermind, Besu, Reth,
 * OpenEthereum, Anvil and Hardhat, compared without case. */
#include "evm/revert.h"
#include "evm/rpc.h"

#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 4096 /* bytes of a message that are looked at */
#define CODE_REVERT "3"
#define CODE_NO_METHOD "-32601"
#define CODE_VM "-32015" /* OpenEthereum: the virtual machine stopped */

/** In this order: "replacement transaction underpriced" is not "transaction underpriced". */
static const struct {
	enum fm_rpc_fault fault;
	const char *words;
} phrases[] = {
	{FM_RPC_KNOWN,	"already known"			},
	{ FM_RPC_KNOWN,	"alreadyknown"		       },
	{ FM_RPC_KNOWN,	"already imported"		   },
	{ FM_RPC_KNOWN,	"existing tx with same hash"	     },
	{ FM_RPC_KNOWN,	"already in mempool"		     },
	{ FM_RPC_UNDERPRICED, "replacement"			    },
	{ FM_RPC_UNDERPRICED, "another transaction with same nonce"},
	{ FM_RPC_UNDERPRICED, "could not replace existing tx"      },
	{ FM_RPC_NONCE_LOW,   "nonce too low"			    },
	{ FM_RPC_NONCE_LOW,   "nonce is too low"		       },
	{ FM_RPC_NONCE_LOW,   "oldnonce"			       },
	{ FM_RPC_NONCE_HIGH,  "nonce too high"		      },
	{ FM_RPC_NONCE_HIGH,  "noncegap"				},
	{ FM_RPC_NONCE_HIGH,  "nonce too distant"			 },
	{ FM_RPC_FUNDS,	"insufficient funds"		     },
	{ FM_RPC_FUNDS,	"insufficientfunds"		    },
	{ FM_RPC_FUNDS,	"insufficient balance"	       },
	{ FM_RPC_FUNDS,	"doesn't have enough funds"	    },
	{ FM_RPC_FUNDS,	"upfront cost exceeds"	       },
	{ FM_RPC_FEE_LOW,	  "less than block base fee"	     },
	{ FM_RPC_FEE_LOW,	  "transaction underpriced"	    },
	{ FM_RPC_FEE_LOW,	  "feetoolow"			      },
	{ FM_RPC_FEE_LOW,	  "fee too low"			},
	{ FM_RPC_FEE_LOW,	  "too low for the next block"	       },
	{ FM_RPC_FEE_LOW,	  "gas price too low"		      },
	{ FM_RPC_FEE_LOW,	  "gas price below"		    },
	{ FM_RPC_FEE_LOW,	  "gas price supplied is too low"	  },
	{ FM_RPC_GAS,	      "gas required exceeds"		     },
	{ FM_RPC_GAS,	      "intrinsic gas too low"	      },
	{ FM_RPC_GAS,	      "out of gas"			   },
	{ FM_RPC_GAS,	      "exceeds block gas limit"		},
	{ FM_RPC_NO_METHOD,   "method not found"		       },
	{ FM_RPC_NO_METHOD,   "is not available"		       },
	{ FM_RPC_NO_METHOD,   "not supported"			    },
	{ FM_RPC_NO_METHOD,   "unsupported method"		 },
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/** The message in lower case; empty when there is none. */
static void message_of(char out[static MESSAGE_MAX], const struct fm_json *error)
{
	struct fm_buf text;
	size_t len = 0;

	fm_buf_init(&text, FM_RPC_ANSWER_MAX);
	if (fm_json_str(&text, fm_json_get(error, "message")))
		for (; len < text.len && len < MESSAGE_MAX - 1; len++)
			out[len] = lower(text.ptr[len]);
	out[len] = '\0';
	fm_buf_clear(&text);
}

static bool has_code(const struct fm_json *error, const char *code)
{
	const struct fm_json *node = fm_json_get(error, "code");

	return node && fm_span_is(node->src, code);
}

static bool is_revert(const struct fm_json *error, const char *message)
{
	struct fm_buf bytes;
	bool found;

	if (has_code(error, CODE_REVERT) || has_code(error, CODE_VM) ||
	    strstr(message, "revert"))
		return true;
	fm_buf_init(&bytes, FM_RPC_ANSWER_MAX);
	found = fm_revert_of_error(&bytes, error) && bytes.len > 0;
	fm_buf_clear(&bytes);
	return found;
}

enum fm_rpc_fault fm_rpc_fault_of(const struct fm_json *error)
{
	char message[MESSAGE_MAX];

	if (!error)
		return FM_RPC_FINE;
	message_of(message, error);
	if (is_revert(error, message))
		return FM_RPC_REVERTED;
	if (has_code(error, CODE_NO_METHOD))
		return FM_RPC_NO_METHOD;
	if (strncmp(message, "known transaction", strlen("known transaction")) == 0)
		return FM_RPC_KNOWN; /* "unknown transaction type" is another matter */
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (strstr(message, phrases[i].words))
			return phrases[i].fault;
	return FM_RPC_OTHER;
}

/** What to do about it; NULL: nothing that is known. */
static const char *advice(enum fm_rpc_fault fault)
{
	switch (fault) {
	case FM_RPC_FUNDS:
		return "fund the wallet: it pays the value and the gas";
	case FM_RPC_GAS:
		return "the call needs more gas than it may use; check its arguments";
	case FM_RPC_FEE_LOW:
		return "the network asks for more now; run it again";
	case FM_RPC_NONCE_LOW:
		return "another transaction of this wallet was mined; run it again";
	case FM_RPC_NONCE_HIGH:
		return "an earlier transaction of this wallet is missing there";
	case FM_RPC_UNDERPRICED:
		return "another transaction of this wallet is waiting; wait for it";
	case FM_RPC_NO_METHOD:
		return "give another endpoint with --rpc";
	case FM_RPC_FINE:
	case FM_RPC_REVERTED:
	case FM_RPC_KNOWN:
	case FM_RPC_OTHER:
		break;
	}
	return NULL;
}

/** Its row of the failure table (cause.h); "" when it has none. */
static const char *cause(enum fm_rpc_fault fault)
{
	switch (fault) {
	case FM_RPC_FUNDS:
		return "gas_funds";
	case FM_RPC_FEE_LOW:
		return "fee_low";
	case FM_RPC_NONCE_LOW:
		return "nonce_low";
	case FM_RPC_GAS:
	case FM_RPC_NONCE_HIGH:
	case FM_RPC_UNDERPRICED:
	case FM_RPC_NO_METHOD:
	case FM_RPC_FINE:
	case FM_RPC_REVERTED:
	case FM_RPC_KNOWN:
	case FM_RPC_OTHER:
		break;
	}
	return "";
}

enum fm_code fm_rpc_faulted(const struct fm_rpc *rpc, const char *what,
			    const struct fm_json *error, struct fm_err *err)
{
	enum fm_rpc_fault fault = fm_rpc_fault_of(error);
	const char *hint = advice(fault);
	enum fm_code rc = fm_rpc_refused(rpc, what, error, err);

	if (fault == FM_RPC_FUNDS || fault == FM_RPC_GAS || fault == FM_RPC_REVERTED) {
		rc = FM_E_REVERT;
		if (err)
			err->code = rc;
	}
	if (hint)
		fm_hint(err, "%s", hint);
	if (err)
		snprintf(err->cause, sizeof(err->cause), "%s", cause(fault));
	return rc;
}
