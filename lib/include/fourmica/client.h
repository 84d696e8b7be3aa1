/* SPDX-License-Identifier: MIT */
/** A paid request from end to end, and signing by itself. The order of steps lives here and
 *  nowhere else: probe, read, choose, reserve, stop check, request id, sign, record, send. */
#ifndef FOURMICA_CLIENT_H
#define FOURMICA_CLIENT_H

#include <fourmica/credit.h>
#include <fourmica/http.h>
#include <fourmica/policy.h>
#include <fourmica/wallet.h>
#include <fourmica/x402.h>

struct fm_client;

/** Everything a client uses is given to it. Borrowed for the client's life. */
struct fm_client_config {
	const struct fm_clock *clock;
	const struct fm_rand *rand;
	const struct fm_log *log;
	struct fm_http *http; /**< NULL: nothing that needs the network */
	const struct fm_policy *policy;
	const char *ledger_file;
	const char *receipt_dir; /**< made 0700 when missing */
	const char *stop_file;	 /**< its existence stops all signing */
	bool stopped;		 /**< stop given by the environment */
	bool dry_run;		 /**< judge, reserve nothing, sign nothing */
	struct fm_addr payer;
	bool has_payer; /**< false: read-only uses */
	/** Called once, after a payment was allowed: unlocks the wallet. */
	enum fm_code (*open_signer)(void *ctx, struct fm_signer *out, struct fm_err *err);
	/** 4Mica Core's base URL for a chain; NULL when there is none. */
	const char *(*core_url)(void *ctx, uint64_t chain_id);
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
	const char *idem_key;		   /**< NULL: one is made */
	const struct fm_quote_file *quote; /**< pay exactly these terms; NULL: none */
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
	int http_status; /**< of the response that was judged */
	bool warn_domain, warn_pay_to_case, warn_resource;
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
/** Probe `request` and judge the answer. A status other than 402 leaves quote->challenge NULL
 *  and outcome FM_OK (2xx, 3xx) or FM_E_HTTP. */
FM_API enum fm_code fm_quote_request(struct fm_quote *quote, struct fm_client *client,
				     const struct fm_http_request *request,
				     const struct fm_terms_wanted *wanted,
				     struct fm_err *err) FM_MUST_USE;

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

/** Reserve, check the stop, draw the request id, sign, record: for the chosen offer of an
 *  allowed quote. `method`, `url`, `body` bind the idempotency key. */
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
	struct fm_quote quote;
	struct fm_authority authority;
	struct fm_receipt receipt;
	struct fm_verdict_after after;
	char evidence[24]; /**< unverified, receipt_only, none, missing */
	bool has_cert;
	struct fm_cert cert;
	int http_status;    /**< of the final response */
	struct fm_buf head; /**< its header block */
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

/** Signing by itself (expert form): same policy, reservation, record and stop. */
struct fm_signed {
	struct fm_hash digest;
	struct fm_sig sig;
	struct fm_buf payload;	   /**< claims: exact wire text */
	struct fm_payment payment; /**< claims: the ledger row */
	bool known;		   /**< the same claims were signed before: nothing new */
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
};

/** Name what `bytes` are (a saved response, header value, JSON document, certificate) and
 *  append the decoded JSON form with every field to `out`. */
FM_API enum fm_code fm_decode(enum fm_thing *what, struct fm_buf *out,
			      struct fm_span bytes, struct fm_err *err) FM_MUST_USE;
FM_API const char *fm_thing_word(enum fm_thing thing);

#endif
