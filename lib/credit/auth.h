/* SPDX-License-Identifier: MIT */
/** Signing in to Core: the message a wallet signs, the checks before it does, and the tokens it
 *  gets. 4mica.md, section 2.4. No state and no keys here. */
#ifndef FOURMICA_CREDIT_AUTH_H
#define FOURMICA_CREDIT_AUTH_H

#include <fourmica/credit.h>

#define FM_REFRESH_MAX 513u /**< bytes of a refresh token, terminator included */

/** What Core wants signed, decoded. No member holds a control character or is empty. */
struct fm_siwe {
	char nonce[129];
	char domain[256];
	char uri[512];
	char statement[1025];
	char issued_at[64], expiration[64]; /**< as received */
	uint64_t chain_id;
};

/** What the message must say. */
struct fm_siwe_rules {
	uint64_t chain_id;
	const char *core_url;
	const char *const
		*domains; /**< hosts the user trusts beside Core's; may be NULL */
	int64_t now_s;
};

/** The answer of /auth/nonce. Errors: FM_E_CORE. */
enum fm_code fm_siwe_read(struct fm_siwe *out, struct fm_span json,
			  struct fm_err *err) FM_MUST_USE;
/** Everything that must hold before a wallet signs it: its chain, Core's own host (or one the
 *  user named), an end that is ahead and at most a day away.
 *  Errors: FM_E_CORE, err->rule sign-in-chain, sign-in-domain or sign-in-time. */
enum fm_code fm_siwe_check(const struct fm_siwe *siwe, const struct fm_siwe_rules *rules,
			   struct fm_err *err) FM_MUST_USE;
/** Append the text that is signed as a personal message: always this one form, so nothing a
 *  server says can make it another document. */
bool fm_siwe_text(struct fm_buf *out, const struct fm_siwe *siwe,
		  const struct fm_addr *address) FM_MUST_USE;

/** RFC 3339 with any fraction and offset, to the second below. */
bool fm_auth_time(int64_t *unix_s, struct fm_span text) FM_MUST_USE;

/** The Date header of HTTP in the one form that may be sent: "Sun, 06 Nov 1994 08:49:37 GMT"
 *  (RFC 9110, 5.6.7). The name of the day is not compared with the date. */
bool fm_auth_http_date(int64_t *unix_s, struct fm_span text) FM_MUST_USE;

/** Secrets: overwrite with fm_wipe. */
struct fm_tokens {
	char access[FM_BEARER_MAX];
	char refresh[FM_REFRESH_MAX];
	int64_t expires_in_s; /**< of the access token */
};

/** The answer of /auth/verify and /auth/refresh. The message of an error shows no token. */
enum fm_code fm_tokens_read(struct fm_tokens *out, struct fm_span json,
			    struct fm_err *err) FM_MUST_USE;

/** {"revoked":bool} of /auth/logout. */
enum fm_code fm_auth_revoked_read(bool *out, struct fm_span json,
				  struct fm_err *err) FM_MUST_USE;

/* The four calls. Those that carry something secret are refused where it could be read on the
 * way: FM_E_CONFIG. */

enum fm_code fm_auth_ask_nonce(struct fm_core_ask *ask, const char *core_url,
			       const struct fm_http_options *options,
			       const struct fm_addr *address,
			       struct fm_err *err) FM_MUST_USE;
enum fm_code fm_auth_ask_verify(struct fm_core_ask *ask, const char *core_url,
				const struct fm_http_options *options,
				const struct fm_addr *address, struct fm_span message,
				const struct fm_sig *sig, struct fm_err *err) FM_MUST_USE;
enum fm_code fm_auth_ask_refresh(struct fm_core_ask *ask, const char *core_url,
				 const struct fm_http_options *options,
				 const char *refresh, struct fm_err *err) FM_MUST_USE;
enum fm_code fm_auth_ask_logout(struct fm_core_ask *ask, const char *core_url,
				const struct fm_http_options *options,
				const char *refresh, struct fm_err *err) FM_MUST_USE;

#endif
