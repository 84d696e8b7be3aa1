/* SPDX-License-Identifier: MIT */
/** A paid request from end to end, and signing by itself. The order of steps lives here and
 *  nowhere else: probe, read, choose, collateral, reserve, stop check, request id, sign, record,
 *  send. */
#ifndef FOURMICA_CLIENT_H
#define FOURMICA_CLIENT_H

#include <fourmica/cert.h>
#include <fourmica/credit.h>
#include <fourmica/http.h>
#include <fourmica/policy.h>
#include <fourmica/wallet.h>
#include <fourmica/x402.h>

struct fm_client;
struct fm_quote;

/** Everything a client uses is given to it. Borrowed for the client's life. */
struct fm_client_config {
	const struct fm_clock *clock;
	const struct fm_rand *rand;
	const struct fm_log *log;
	struct fm_http *http; /**< NULL: nothing that needs the network */
	const struct fm_policy *policy;
	const char *ledger_file;
	const char *head_dir; /**< as in struct fm_ledger_options */
	/** What the wallet pays from, as its file says. NULL: whatever there is. */
	const struct fm_spending *spending;
	/** The rules allow more than was accepted: the refusal. NULL, or code FM_OK: they do not. */
	const struct fm_err *looser;
	/** A wallet that is not bound, open by now, is about to pay for the first time, from the
	 *  ledger of this name: bind it. NULL: wallets are not bound. */
	enum fm_code (*bind)(void *ctx, const struct fm_hash *ledger, struct fm_err *err);
	const char *receipt_dir; /**< made 0700 when missing */
	/** Where quotes wait for somebody's approval, made 0700 when missing; NULL: they do not. */
	const char *approval_dir;
	const char *stop_file; /**< its existence stops all signing */
	bool stopped;	       /**< stop given by the environment */
	bool dry_run;	       /**< judge, reserve nothing, sign nothing */
	struct fm_addr payer;
	bool has_payer; /**< false: read-only uses */
	/** Called once, after a payment was allowed: unlocks the wallet. */
	enum fm_code (*open_signer)(void *ctx, struct fm_signer *out, struct fm_err *err);
	/** A payment is not allowed without a person's word: show it, and have them prove who they
	 *  are. FM_OK: they allow it; FM_E_APPROVAL: there is nobody to ask; else what they said.
	 *  NULL: there is nobody. */
	enum fm_code (*approve)(void *ctx, const struct fm_quote *quote,
				struct fm_err *err);
	/** What is known of a chain; NULL: nothing. The member NULL: the built-in table. */
	const struct fm_network *(*network)(void *ctx, uint64_t chain_id);
	/** 4Mica Core's base URL for a chain; NULL when there is none. */
	const char *(*core_url)(void *ctx, uint64_t chain_id);
	/** JSON-RPC endpoints of a chain in the order they are tried; NULL behind the last.
	 *  Never Core's own endpoint: it is asked to check Core's word. May be NULL. */
	const char *(*rpc_url)(void *ctx, uint64_t chain_id, size_t index);
	/** A chain's ClearingHouse contract; NULL: not configured. May be NULL. */
	const struct fm_addr *(*clearing_house)(void *ctx, uint64_t chain_id);
	/** Proxy, CA and time limit of our own calls to Core and chain. May be NULL. */
	void (*transport)(void *ctx, struct fm_http_options *options, const char *url);
	const struct fm_asset *assets; /**< the user's own tokens */
	size_t asset_count;
	/** Wait; returns early when the run was cancelled. NULL: waits are skipped. */
	void (*sleep_ms)(void *ctx, int64_t ms);
	/** A step was reached: for progress and --jsonl. May be NULL. */
	void (*event)(void *ctx, const char *event, const char *text);
	void *ctx;
};

FM_API enum fm_code fm_client_new(struct fm_client **out,
				  const struct fm_client_config *config,
				  struct fm_err *err) FM_MUST_USE;
FM_API void fm_client_free(struct fm_client **client);
/** The ledger, opened with its first use. NULL in *out when `create` is false and there is none. */
FM_API enum fm_code fm_client_ledger(struct fm_ledger **out, struct fm_client *client,
				     bool create, struct fm_err *err) FM_MUST_USE;

/** Take a ledger that another client let go of, opened with the same files, so that this one need
 *  not open it again. One the client has already is kept, and the other closed. *ledger becomes
 *  NULL; it may be so before. */
FM_API void fm_client_lend_ledger(struct fm_client *client, struct fm_ledger **ledger);
/** Let go of the ledger, for the next client, if it was open for writing; else *out is NULL. */
FM_API void fm_client_return_ledger(struct fm_ledger **out, struct fm_client *client);

#define FM_STOP_REASON 512			/**< bytes, terminator included */
#define FM_STOP_SHOWN 120			/**< bytes of it in messages */
#define FM_STOP_TIME_MAX UINT64_C(253402300799) /**< end of the year 9999 */

/** What a stop file says. */
struct fm_stop {
	bool set; /**< the file exists; also one that says nothing, or was made by `touch` */
	int64_t since_s; /**< what it says, else when it was changed; 0: it cannot be looked at */
	char reason[FM_STOP_REASON]; /**< "": none. Not escaped */
};

FM_API void fm_stop_look(struct fm_stop *out, const char *path);
/** The text of one; false: it is none, and *out is set and says nothing. */
FM_API bool fm_stop_parse(struct fm_stop *out, struct fm_span text) FM_MUST_USE;
/** Make it, mode 0600, flushed; one that is there stays. Without room for the text it is empty.
 *  reason NULL: none; longer than FM_STOP_REASON - 1 must not be. Errors: FM_E_IO. */
FM_API enum fm_code fm_stop_set(const char *path, int64_t now_s, const char *reason,
				struct fm_err *err) FM_MUST_USE;
/** Take it away; flushed. *was: there was one. */
FM_API enum fm_code fm_stop_lift(bool *was, const char *path,
				 struct fm_err *err) FM_MUST_USE;

/** FM_E_STOPPED, with why and since when: the stop file exists, or the environment says so. FM_OK:
 *  no stop. */
FM_API enum fm_code fm_client_check_stop(const struct fm_client *client,
					 struct fm_err *err) FM_MUST_USE;

/** A request, as approvals and quote files name it. */
struct fm_wanted_request {
	const char *method, *url;
	struct fm_hash body; /**< SHA-256 of its body */
};
FM_API void fm_wanted_request(struct fm_wanted_request *out, const char *method,
			      const char *url, struct fm_span body);

/** What the buyer insists on; zero means no opinion. */
struct fm_terms_wanted {
	uint64_t chain_id;
	const char *scheme;
	const char *const *prefer; /**< NULL-terminated */
	const struct fm_addr *pay_to;
	const struct fm_quantity *amount; /**< exactly this */
	const char *asset;		  /**< symbol or address */
	enum fm_evidence evidence;
	bool insecure; /**< TLS was not verified (-k) */
	bool no_pay;   /**< judge, and refuse to pay: FM_E_DECLINED */
	const char *task;
	const char *category, *reason; /**< what it is for; may be NULL */
	const char *artefact; /**< file the result goes to, for the record; may be NULL */
	const char *idem_key; /**< NULL: one is made */
	const struct fm_quote_file *quote; /**< pay exactly these terms; NULL: none */
	/** What an approval has to be of; NULL: a GET of the URL that is judged. fm_pay and
	 *  fm_quote_request set it themselves. */
	const struct fm_wanted_request *request;
};

/** fourmica.quote/1, read back: a challenge somebody looked at, tied to one request.
 *  Owner: fm_quote_file_clear. */
struct fm_quote_file {
	char method[16];
	char url[FM_X402_URL_MAX];
	struct fm_hash body_hash; /**< SHA-256 of the request body */
	enum fm_source source;
	struct fm_buf challenge; /**< its JSON as received */
	struct fm_terms terms;	 /**< of the chosen offer */
	int64_t time_s, deadline_s;
	struct fm_hash hash; /**< over all of it, in the file's order */
};

FM_API void fm_quote_file_init(struct fm_quote_file *file);
FM_API void fm_quote_file_clear(struct fm_quote_file *file);
/** Errors: FM_E_CONFIG when it is no quote file or was altered. */
FM_API enum fm_code fm_quote_file_read(struct fm_quote_file *out, struct fm_span text,
				       struct fm_err *err) FM_MUST_USE;

/** Is there collateral for a guarantee? */
enum fm_covered {
	FM_COVER_NONE, /**< not looked for: no guarantee, no wallet, or no 4Mica Core */
	FM_COVER_UNKNOWN,
	FM_COVER_ENOUGH,
	FM_COVER_LITTLE, /**< known for certain: it is not signed */
};

/** The answer, and where it is from (design, Decision 10). */
struct fm_cover {
	enum fm_covered covered;
	struct fm_amount needed;
	struct fm_amount free; /**< of ENOUGH and LITTLE */
	const char *source;    /**< of these: "memory", "chain", "core"; else NULL */
	/** LITTLE: the refusal. UNKNOWN: why; empty when nobody was to be asked. */
	struct fm_err why;
	bool chain_asked, core_asked; /**< in this run */
	bool without_core; /**< no access token was at hand, so Core has no part in it */
};

/** A judged challenge. Owner: fm_quote_clear. */
struct fm_quote {
	enum fm_code
		outcome; /**< class of the challenge: FM_OK when an offer is payable */
	enum fm_verdict verdict;
	struct fm_err why;		/**< when not allowed: code, rule, words */
	struct fm_challenge *challenge; /**< NULL when it could not be read */
	struct fm_offer
		*offer; /**< the chosen or the best refused offer; NULL when none */
	struct fm_amount amount;
	struct fm_check checks[FM_CHECKS_MAX];
	size_t check_count;
	struct fm_ask ask;
	char origin[FM_ORIGIN_MAX];
	char route[FM_X402_URL_MAX];
	char url[FM_X402_URL_MAX]; /**< that answered */
	int http_status;	   /**< of the response that was judged */
	/** FM_ALLOW only because a person approved exactly this, once: then this is what fm_authorize
	 *  uses up. */
	bool has_approval;
	struct fm_approval approval;
	/** FM_APPROVE: the quote file to approve; "": none was kept. */
	char kept_path[FM_X402_URL_MAX];
	bool warn_domain, warn_pay_to_case, warn_resource, warn_user;
	struct fm_cover
		cover; /**< of an offer that is allowed; filled by fm_quote_cover */
};

FM_API void fm_quote_init(struct fm_quote *quote);
FM_API void fm_quote_clear(struct fm_quote *quote);

/** Judge a response: no network, nothing reserved. `url` is what was asked for. The judgement
 *  is in *quote; an error is only what made judging impossible (usage, ledger). */
FM_API enum fm_code fm_quote_response(struct fm_quote *quote, struct fm_client *client,
				      int status, struct fm_span head,
				      struct fm_span body, bool body_truncated,
				      const char *url,
				      const struct fm_terms_wanted *wanted,
				      struct fm_err *err) FM_MUST_USE;
/** Look for the collateral of an allowed offer: quote->cover. What the ledger remembers will do for
 *  ten minutes while it covers the amount; else, with `ask`, the chain is asked, and Core when an
 *  access token is at hand. Nobody is asked in a dry run, or when no vault is pinned.
 *  Errors: what made looking impossible (ledger, interruption). */
FM_API enum fm_code fm_quote_cover(struct fm_quote *quote, struct fm_client *client,
				   bool ask, struct fm_err *err) FM_MUST_USE;
/** Probe `request` and judge the answer, and look for collateral. A status other than 402 leaves
 *  quote->challenge NULL and outcome FM_OK (2xx, 3xx) or FM_E_HTTP. */
FM_API enum fm_code fm_quote_request(struct fm_quote *quote, struct fm_client *client,
				     const struct fm_http_request *request,
				     const struct fm_terms_wanted *wanted,
				     struct fm_err *err) FM_MUST_USE;

/** What makes a kept quote's offer the one that is chosen, and its request the one that is paid for.
 *  Borrows from the file; not to be moved. */
struct fm_kept {
	struct fm_terms_wanted wanted;
	struct fm_wanted_request request;
	char asset[FM_ADDR_TEXT];
};
FM_API void fm_kept_wanted(struct fm_kept *out, const struct fm_quote_file *file);
/** Judge a kept quote by the policy and the ledger of now: no network, nothing reserved. What is
 *  judged, and to be shown, is its challenge, never the file's own words.
 *  Errors: FM_E_QUOTE the words say something else than the challenge; else as
 *  fm_quote_response. */
FM_API enum fm_code fm_quote_kept(struct fm_quote *quote, struct fm_client *client,
				  const struct fm_quote_file *file,
				  const struct fm_kept *kept,
				  struct fm_err *err) FM_MUST_USE;

/** What an approval of the offer of a quote is of; it borrows from quote, client and `wanted`. */
FM_API void fm_quote_terms(struct fm_approval_terms *out, const struct fm_client *client,
			   const struct fm_quote *quote,
			   const struct fm_terms_wanted *wanted);
/** Is a person's word on this one payment what the quote lacks? Rules that are looser than the
 *  accepted ones need another. */
FM_API bool fm_quote_approvable(const struct fm_quote *quote) FM_MUST_USE;
/** A person approved the offer of an approvable quote: record it for `for_s` seconds, and judge the
 *  quote again. Errors: FM_E_USAGE it is not approvable. */
FM_API enum fm_code fm_quote_approve(struct fm_quote *quote, struct fm_client *client,
				     const struct fm_terms_wanted *wanted, int64_t for_s,
				     struct fm_err *err) FM_MUST_USE;
/** Of an approvable quote: ask the person at hand, and approve with their word. With nobody to ask
 *  the quote is kept in a file for somebody to approve (quote->kept_path, and the hint of
 *  quote->why), at most 64 of them and none for longer than a day. FM_OK in both cases: the
 *  verdict tells. For other quotes, in dry runs and with `no_pay` nothing is done.
 *  Errors: FM_E_STOPPED, FM_E_DECLINED and what else the person said; ledger. */
FM_API enum fm_code fm_quote_seek_approval(struct fm_quote *quote,
					   struct fm_client *client,
					   const struct fm_terms_wanted *wanted,
					   struct fm_err *err) FM_MUST_USE;
/** Record that this quote was refused, or needs a person, with *err (30-38; other codes are none of
 *  the journal's business). For who was about to pay, when nothing was reserved. Best effort. */
FM_API void fm_quote_denied(const struct fm_quote *quote, struct fm_client *client,
			    const char *method, const struct fm_terms_wanted *wanted,
			    const struct fm_err *err);

/** Append the quote file of a quote that has an offer. */
FM_API enum fm_code fm_quote_file_write(struct fm_buf *out, const struct fm_quote *quote,
					const char *method, const char *url,
					struct fm_span body, int64_t now_s,
					struct fm_err *err) FM_MUST_USE;

/** A payment that was allowed, reserved, signed and recorded. Owner: fm_authority_clear. */
struct fm_authority {
	bool known; /**< the key already had a payment: nothing was signed */
	struct fm_payment payment;
	struct fm_buf header;	    /**< base64 value, ready to send */
	struct fm_buf payload_json; /**< the JSON behind it */
	const char *header_name;
};

FM_API void fm_authority_init(struct fm_authority *authority);
FM_API void fm_authority_clear(struct fm_authority *authority);

/** Look for collateral, reserve, check the stop, draw the request id, sign, record: for the chosen
 *  offer of an allowed quote. `method`, `url`, `body` bind the idempotency key.
 *  Out:  quote->cover
 *  Errors: FM_E_COLLATERAL too little for certain, nothing reserved. */
FM_API enum fm_code fm_authorize(struct fm_authority *out, struct fm_client *client,
				 struct fm_quote *quote, const char *method,
				 const char *url, struct fm_span body,
				 const struct fm_terms_wanted *wanted,
				 struct fm_err *err) FM_MUST_USE;

/** What a payment of an earlier run means for this one: FM_OK paid; FM_E_PAYMENT refused;
 *  FM_E_IN_DOUBT signed, outcome unknown. */
FM_API enum fm_code fm_payment_known(const struct fm_payment *payment,
				     struct fm_err *err) FM_MUST_USE;

/** What became of a paid request. Owner: fm_paid_clear. */
struct fm_paid {
	const char
		*status; /**< paid, free, already_paid, would_pay, or the code's word */
	bool attempted;	 /**< a payment header was sent */
	bool lost; /**< it was sent again, because nobody knows what became of a sending */
	struct fm_quote quote;
	struct fm_authority authority;
	struct fm_receipt receipt;
	struct fm_verdict_after after;
	char evidence
		[24]; /**< verified, receipt_only, missing, invalid, unverified (could not be checked); "": none */
	/** What certificates are held against. FM_ANCHOR_CORE only where a receipt is enough. */
	struct fm_cert_trust trust;
	struct fm_cert_verdict verdict; /**< of the certificate that came, if one did */
	bool has_cycle;
	struct fm_cycle_guess cycle; /**< the text behind the certificate's cycle id */
	int http_status;	     /**< of the final response */
	struct fm_buf head;	     /**< its header block */
	uint64_t body_bytes;
	struct fm_hash body_sha256;
	char receipt_path[FM_X402_URL_MAX];
	char url[FM_X402_URL_MAX]; /**< that answered */
};

FM_API void fm_paid_init(struct fm_paid *paid);
FM_API void fm_paid_clear(struct fm_paid *paid);

/** Fetch, paying if asked to and allowed. `sink` gets the head and body of the response that is
 *  the result: the paid one, or the first when nothing was to pay.
 *  Errors carry what is known of the money in err->spent and in their exit status. */
FM_API enum fm_code fm_pay(struct fm_paid *paid, struct fm_client *client,
			   const struct fm_http_request *request,
			   const struct fm_terms_wanted *wanted,
			   const struct fm_http_sink *sink,
			   struct fm_err *err) FM_MUST_USE;

/* ---- trust: whose certificates are believed ----
 *
 * The key and the domains of a vault's certificates are pinned in the ledger with their first
 * use, and only when Core's public parameters and the vault on chain say the same. What differs
 * later is an error until a person accepted it. Rules: 4mica.md, sections 5.2 and 5.3. */

/** How far fm_client_trust may go. */
enum fm_trust_ask {
	FM_TRUST_PINNED, /**< the pin or nothing; no network */
	FM_TRUST_FIRST_USE, /**< the pin, and then nobody is asked; without one ask Core and the
			     *   chain, and pin what both say: what `pay` wants before it signs */
	FM_TRUST_NOW, /**< ask Core and the chain now, pin or no pin: they must agree with
			     *   each other and with the pin; pins when there is none */
};

/** What certificates of one vault are held against.
 *  Out:  out     anchor FM_ANCHOR_PIN; FM_ANCHOR_CHAIN when Core and the chain were asked
 *  In:   vault   NULL: the one pinned for the chain and its Core, else the one Core names
 *  Returns: FM_OK;
 *    FM_E_CERT_KEY nothing is pinned and nobody may be asked, or the chain could not be reached
 *      (Core alone never pins), or Core or the chain differ from the pin (err->rule
 *      "pinned-trust"); the hint tells what to do;
 *    FM_E_CORE, FM_E_CHAIN the two contradict each other, or one of them itself, each with both
 *      values named; FM_E_NETWORK, FM_E_TIMEOUT, FM_E_INTERRUPTED; what the ledger says.
 *  After an error nothing was pinned. */
FM_API enum fm_code fm_client_trust(struct fm_cert_trust *out, struct fm_client *client,
				    uint64_t chain_id, const struct fm_addr *vault,
				    enum fm_trust_ask ask,
				    struct fm_err *err) FM_MUST_USE;

#define FM_TRUST_URL 512 /**< bytes of an endpoint's name, terminator included */
#define FM_TRUST_EARLIER_MAX \
	32 /**< replaced keys a pin remembers; the journal has them all */

/** Whom to believe about one vault: as pinned, or as Core and the chain have it now. */
struct fm_trust_facts {
	uint64_t chain_id;
	struct fm_addr vault;
	uint8_t key[FM_BLS_KEY];
	struct fm_trust_version version[FM_GUARANTEE_VERSIONS];
	/* Core's parameters: what they become needs nobody's word */
	struct fm_credit_domain domain; /**< EIP-712, what guarantees are signed under */
	struct fm_addr registries[32];
	size_t registry_count;
	/* who said so, without what may be secret in a URL */
	char core[FM_TRUST_URL];
	char rpc[FM_TRUST_URL]; /**< origin only */
};

/** A pin that was replaced: its certificates can still be verified by naming its key. */
struct fm_trust_earlier {
	struct fm_addr vault;
	uint8_t key[FM_BLS_KEY];
	struct fm_trust_version version[FM_GUARANTEE_VERSIONS];
	int64_t pinned_s, replaced_s;
};

struct fm_trust_pin {
	struct fm_trust_facts facts;
	int64_t pinned_s; /**< key, domains and vault */
	struct fm_trust_earlier earlier[FM_TRUST_EARLIER_MAX]; /**< newest first */
	size_t earlier_count;
};

/** The pin of a vault, no network. *found false: none, or no ledger.
 *  In:  vault  NULL: the one pinned for the chain and its Core */
FM_API enum fm_code fm_trust_find(struct fm_trust_pin *out, bool *found,
				  struct fm_client *client, uint64_t chain_id,
				  const struct fm_addr *vault,
				  struct fm_err *err) FM_MUST_USE;
/** When Core's public parameters of a chain were last read; 0: never. No network. */
FM_API enum fm_code fm_trust_params_read(int64_t *at_s, struct fm_client *client,
					 uint64_t chain_id,
					 struct fm_err *err) FM_MUST_USE;

/** One thing that is not what it was. */
struct fm_trust_change {
	const char *what; /**< "vault", "key", "domain_v1", "enabled_v2", "eip712", ... */
	char before[FM_CERT_VALUE_TEXT], after[FM_CERT_VALUE_TEXT];
	bool needs_word; /**< a person has to accept it */
};

#define FM_TRUST_CHANGES_MAX 12

/** What Core and the chain say now, and how it differs from the pin. */
struct fm_trust_review {
	bool pinned; /**< `pin` is filled */
	struct fm_trust_pin pin;
	struct fm_trust_facts now;
	struct fm_trust_change changes[FM_TRUST_CHANGES_MAX];
	size_t change_count;
	bool needs_word; /**< of any change */
};

/** Ask Core and the chain, compare. Nothing is pinned, and in a dry run nothing written at all.
 *  Errors: as fm_client_trust, but the pin does not count: how it differs is the answer; a chain
 *  that cannot be reached is FM_E_NETWORK or FM_E_TIMEOUT. */
FM_API enum fm_code fm_trust_review(struct fm_trust_review *out, struct fm_client *client,
				    uint64_t chain_id, struct fm_err *err) FM_MUST_USE;
/** Pin review->now, whatever was pinned before; the caller asked whom it had to ask.
 *  Errors: FM_E_BUSY the pin is no longer the one that was reviewed; what the ledger says. */
FM_API enum fm_code fm_trust_accept(struct fm_client *client,
				    const struct fm_trust_review *review,
				    struct fm_err *err) FM_MUST_USE;

/** Signing by itself (expert form): same policy, reservation, record and stop. */
struct fm_signed {
	struct fm_hash digest;
	struct fm_sig sig;
	struct fm_buf payload;	   /**< claims: exact wire text */
	struct fm_payment payment; /**< claims: the ledger row */
	bool known;		   /**< the same claims were signed before: nothing new */
	struct fm_cover cover;	   /**< claims: of new ones */
};

FM_API void fm_signed_clear(struct fm_signed *out);

FM_API enum fm_code fm_sign_claims(struct fm_signed *out, struct fm_client *client,
				   const struct fm_claims *claims,
				   const struct fm_credit_domain *domain, bool eip191,
				   const struct fm_terms_wanted *wanted,
				   struct fm_err *err) FM_MUST_USE;
/** eth_signTypedData_v4. Payment forms are refused (FM_E_UNSUPPORTED); `confirm` is asked for
 *  anything else. */
FM_API enum fm_code fm_sign_typed(struct fm_signed *out, struct fm_client *client,
				  struct fm_span json,
				  enum fm_code (*confirm)(void *ctx, const char *what,
							  struct fm_err *err),
				  void *confirm_ctx, struct fm_err *err) FM_MUST_USE;
/** EIP-191 personal message. */
FM_API enum fm_code fm_sign_message(struct fm_signed *out, struct fm_client *client,
				    struct fm_span message,
				    enum fm_code (*confirm)(void *ctx, const char *what,
							    struct fm_err *err),
				    void *confirm_ctx, struct fm_err *err) FM_MUST_USE;

/** What a file holds, told from its bytes. */
enum fm_thing {
	FM_THING_UNKNOWN,
	FM_THING_CHALLENGE,
	FM_THING_PAYMENT, /**< payment header */
	FM_THING_RECEIPT, /**< receipt header or facilitator answer */
	FM_THING_CERTIFICATE,
	FM_THING_RECEIPT_FILE, /**< fourmica.receipt/1 */
};

/** Name what `bytes` are (a saved response, header value, JSON document, certificate) and
 *  append the decoded JSON form with every field to `out`. */
FM_API enum fm_code fm_decode(enum fm_thing *what, struct fm_buf *out,
			      struct fm_span bytes, struct fm_err *err) FM_MUST_USE;
FM_API const char *fm_thing_word(enum fm_thing thing);

/* ---- certificates as they come --------------------------------------------------------------- */

/** Terms a certificate can be held against, by value; `has` says which are there. */
enum fm_term {
	FM_TERM_VERSION = 1,
	FM_TERM_PAYER = 2,
	FM_TERM_RECIPIENT = 4,
	FM_TERM_AMOUNT = 8,
	FM_TERM_ASSET = 16,
	FM_TERM_REQ_ID = 32,
	FM_TERM_TIMESTAMP = 64,
	FM_TERM_CYCLE = 128,
	FM_TERM_POLICY = 256, /**< the validation policy of a V2 guarantee */
};

struct fm_cert_terms {
	unsigned has; /**< enum fm_term */
	int version;
	struct fm_addr payer, recipient, asset;
	struct fm_u256 amount, req_id, cycle_id;
	uint64_t timestamp;
	struct fm_validation policy;
};

/** All terms of what was signed. */
FM_API void fm_cert_terms_of(struct fm_cert_terms *out, const struct fm_claims *claims);
/** Take the terms `to` does not have from `from`. Returns the name of the first term both have
 *  with different values ("amount", static text), else NULL. */
FM_API const char *fm_cert_terms_add(struct fm_cert_terms *to,
				     const struct fm_cert_terms *from);
/** As the checks want them: pointers into `terms`. */
FM_API void fm_cert_terms_expect(struct fm_cert_expect *out,
				 const struct fm_cert_terms *terms);

#define FM_CERT_INPUT_MAX (2u * 1024u * 1024u) /**< bytes of one input */

/** What a certificate came in. */
enum fm_cert_source {
	FM_CERT_OBJECT,	 /**< {"claims","signature"} */
	FM_CERT_ANSWER,	 /**< payment-response, or a facilitator's answer */
	FM_CERT_RECEIPT, /**< receipt file written by `pay` */
};
/** "certificate", "answer", "receipt". */
FM_API const char *fm_cert_source_word(enum fm_cert_source source);

/** A certificate's bytes, and what a receipt file says besides. Nothing of it is checked. */
struct fm_cert_input {
	enum fm_cert_source source;
	uint8_t claims[2048]; /**< longer ones are refused when read */
	uint8_t signature[256];
	size_t claims_len, signature_len;
	struct fm_cert_terms terms; /**< receipt: what the payer signed */
	uint64_t chain_id;	    /**< receipt: 0 when it names none */
	bool has_vault, has_key;
	struct fm_addr vault;	 /**< receipt: as Core named it then */
	uint8_t key[FM_BLS_KEY]; /**< receipt: Core's key as it was then */
	bool has_domain[FM_GUARANTEE_VERSIONS];
	struct fm_hash domain[FM_GUARANTEE_VERSIONS]; /**< receipt: the vault's, then */
};

/** Find the certificate in a text: the JSON object, a facilitator's answer, a receipt file, a
 *  payment-response value (base64 or JSON, with its header name or without), a response saved
 *  with `curl -i`. Rules: 4mica.md, sections 5 and 6.
 *  Errors: FM_E_CERT with err->rule
 *    input    none of these forms, or a receipt that contradicts itself
 *    missing  an answer or receipt without a certificate, or one half of it
 *    hex, length  claims or signature are no hex, or longer than any certificate;
 *  FM_E_NOMEM. */
FM_API enum fm_code fm_cert_input_read(struct fm_cert_input *out, struct fm_span text,
				       struct fm_err *err) FM_MUST_USE;
/** What the payer signed, from a receipt file with a certificate or without, and the chain.
 *  Errors: FM_E_CONFIG when it is no receipt of a guarantee; FM_E_NOMEM. */
FM_API enum fm_code fm_receipt_terms(struct fm_cert_terms *out, uint64_t *chain_id,
				     struct fm_span text, struct fm_err *err) FM_MUST_USE;
/** The two hex texts by themselves. Errors: FM_E_CERT with rule hex, length. */
FM_API enum fm_code fm_cert_input_hex(struct fm_cert_input *out, struct fm_span claims,
				      struct fm_span signature,
				      struct fm_err *err) FM_MUST_USE;

/* ---- signed in to Core -----------------------------------------------------------------------
 *
 * Core shows balances and cycles to a signed-in wallet only. The tokens it gives are kept beside
 * the ledger, one file for each wallet, chain and Core, encrypted under a key that only the
 * wallet's key yields: without the wallet they cannot be opened, so a command that does not
 * unlock anything has none, and what it would have asked is unknown. A wallet without passphrase
 * unlocks without a question, so callers give it FM_SIGN_IN_ANEW always. */

/** How a client signs in. Borrowed for the client's life. */
struct fm_session_config {
	const char *dir; /**< NULL: "sessions" beside the ledger */
	/** A token of the caller's own: used for `bearer_chain`'s Core and instead of all that,
	 *  never stored. NULL: none. */
	const char *bearer;
	uint64_t bearer_chain;
	/** Host names a sign-in message may be for, beside Core's own. NULL-terminated, or NULL. */
	const char *const *domains;
};

/** Once, before the first use of the functions below; without it all is as if zero. */
FM_API void fm_client_session(struct fm_client *client,
			      const struct fm_session_config *config);

/** How far to go for an access token. */
enum fm_sign_in {
	FM_SIGN_IN_NEVER, /**< what is kept and still good, if the wallet is open already; no
			   *   network */
	FM_SIGN_IN_RENEW, /**< renew what is kept as well; nothing is unlocked or signed */
	FM_SIGN_IN_ANEW, /**< unlock the wallet, which may ask a person, and sign in; a dry run
			   *   goes as far as RENEW */
};

/** Append an access token to `bearer`; the caller wipes it. *have false and FM_OK: there is
 *  none to be had that far, and what needs one is unknown.
 *  Errors: FM_E_CONFIG no Core for the chain, or one without TLS; FM_E_CORE what Core said of
 *  signing in, or a message that is not signed (err->rule sign-in-chain, sign-in-domain,
 *  sign-in-time); FM_E_NETWORK, FM_E_TIMEOUT, FM_E_INTERRUPTED; FM_E_BUSY another process signs
 *  in for too long; FM_E_LOCKED and what else unlocking says; FM_E_IO. */
FM_API enum fm_code fm_client_token(struct fm_buf *bearer, bool *have,
				    struct fm_client *client, uint64_t chain_id,
				    enum fm_sign_in how, struct fm_err *err) FM_MUST_USE;

/** What was tried already for a token that Core did not take; starts zero. */
struct fm_token_tries {
	bool renewed, signed_in;
};

/** Core did not take `bearer` (FM_CORE_ACCESS_RENEW, never FM_CORE_ACCESS_DENIED): put another
 *  in its place. Renews once, then signs in once, then *have is false. */
FM_API enum fm_code fm_client_token_again(struct fm_buf *bearer, bool *have,
					  struct fm_token_tries *tries,
					  struct fm_client *client, uint64_t chain_id,
					  enum fm_sign_in how,
					  struct fm_err *err) FM_MUST_USE;

/** Ask Core `asks` at the same time with an access token; those whose token it does not take
 *  are asked again with another. Read each with its own fm_core_..._take.
 *  *have false and FM_OK: no token, nothing was asked. */
FM_API enum fm_code fm_client_ask_core(bool *have, struct fm_client *client,
				       uint64_t chain_id, enum fm_sign_in how,
				       struct fm_core_ask *const asks[], size_t count,
				       struct fm_err *err) FM_MUST_USE;

/** Forget the wallet's tokens of a chain, or of all with chain_id 0, and tell Core when the
 *  wallet is open and the client has a network; Core's silence is no error.
 *  Errors: FM_E_IO, FM_E_BUSY, FM_E_CONFIG; the others were forgotten all the same. */
FM_API enum fm_code fm_client_sign_out(struct fm_client *client, uint64_t chain_id,
				       struct fm_err *err) FM_MUST_USE;

/* ---- the key holder ---- */

/** What a key holder works with. Borrowed while it serves. */
struct fm_holder_config {
	const char *dir; /**< of sockets, made 0700 when missing */
	const char *wallet;
	struct fm_addr address;
	const struct fm_secret *key;
	const struct fm_spending *spending; /**< the ledger the wallet is bound to */
	const char *ledger_file, *head_dir; /**< as in struct fm_client_config */
	const char *stop_file;
	/** Core of a chain: a sign-in to another host is not signed. NULL: to none. */
	const char *(*core_url)(void *ctx, uint64_t chain_id);
	int64_t for_s;		 /**< drop the key after so long */
	int64_t idle_s;		 /**< ... and when so long nothing was signed */
	const volatile int *end; /**< not 0: end; may be NULL */
	/** It listens: whoever waits for that may go on. May be NULL. */
	void (*ready)(void *ctx);
	/** How long the machine has slept since it started. NULL: the system knows. */
	int64_t (*asleep_ms)(void *ctx);
	void *ctx;
};

/** Hold the key, and sign what is reserved in the ledger, until it is to be dropped: locked,
 *  stopped, after its time, after the machine slept, or when the socket or its folder is gone.
 *  Another holder of the same wallet is made to drop its key first. Structured requests only: the
 *  digest is computed here from the values, claims and authorizations need their reservation in
 *  the ledger, transactions their open operation, each is signed for once.
 *  Errors: FM_E_IO, FM_E_CONFIG, FM_E_LOCKED, FM_E_BUSY it never listened. */
FM_API enum fm_code fm_holder_serve(const struct fm_holder_config *config,
				    struct fm_err *err) FM_MUST_USE;

#endif
