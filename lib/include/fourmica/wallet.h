/* SPDX-License-Identifier: MIT */
/** Encrypted key files, the directory that holds them, and the signer ops table. */
#ifndef FOURMICA_WALLET_H
#define FOURMICA_WALLET_H

#include <fourmica/system.h>

#define FM_WALLET_NAME 64   /**< [a-z0-9][a-z0-9_-]*, terminator included */
#define FM_KEYFILE_MAX 8192 /**< bytes of a key file */

/** How hard a passphrase is to guess: libsodium's Argon2id presets. */
enum fm_kdf {
	FM_KDF_NONE,	    /**< no passphrase: the wallet serves test networks only */
	FM_KDF_INTERACTIVE, /**< 2 passes, 64 MiB */
	FM_KDF_MODERATE,    /**< 3 passes, 256 MiB; the default */
	FM_KDF_SENSITIVE,   /**< 4 passes, 1 GiB */
};

/** What a wallet spends from: one ledger, under rules no looser than the accepted ones (design,
 *  Decision 7). In a key file it is as authentic as the key. */
struct fm_spending {
	bool bound;	       /**< false: it has not spent yet, and the rest is zero */
	struct fm_hash ledger; /**< its name: fm_ledger_name */
	bool builtin;	       /**< the accepted rules are the built-in ones */
	struct fm_hash policy; /**< else: SHA-256 of the accepted policy's text */
};

/** What a key file says without its passphrase. */
struct fm_wallet {
	char name[FM_WALLET_NAME];
	struct fm_addr address;
	enum fm_kdf kdf;
	int64_t created_s;
	bool watch; /**< an address without its key: nothing can be signed; kdf is NONE */
	struct fm_spending spending;
};

FM_API bool fm_spending_equal(const struct fm_spending *a,
			      const struct fm_spending *b) FM_MUST_USE;

/** A directory of key files (mode 0700; files 0600). */
struct fm_store {
	const char *dir;
	const struct fm_rand *rand;
	const struct fm_clock *clock;
};

FM_API bool fm_wallet_name_ok(const char *name) FM_MUST_USE;

/** Encrypt `key` under `passphrase` (NULL with FM_KDF_NONE only) and write NAME.json: to a
 *  temporary file, mode 0600, synced, renamed without replacing an existing wallet, directory
 *  synced. Errors: FM_E_USAGE name taken or not allowed; FM_E_IO. */
FM_API enum fm_code fm_store_add(struct fm_wallet *out, const struct fm_store *store,
				 const char *name, const struct fm_secret *key,
				 const struct fm_secret *passphrase, enum fm_kdf kdf,
				 struct fm_err *err) FM_MUST_USE;
/** Write NAME.json for an address whose key is elsewhere, as fm_store_add does. */
FM_API enum fm_code fm_store_watch(struct fm_wallet *out, const struct fm_store *store,
				   const char *name, const struct fm_addr *address,
				   struct fm_err *err) FM_MUST_USE;
/** Make NAME.json say what it spends from: the same key sealed anew, so that only who has the
 *  passphrase can; the old file or the new one is there at every instant. Processes take turns.
 *  In:  before  what the file said when it was looked at; when it says `after` by now, nothing is
 *               done, and the passphrase not looked at
 *  Errors: FM_E_BUSY it says neither by now; FM_E_LOCKED wrong passphrase, or no key;
 *  FM_E_INTERRUPTED; FM_E_CONFIG, FM_E_USAGE, FM_E_IO. */
FM_API enum fm_code fm_store_bind(const struct fm_store *store, const char *name,
				  const struct fm_secret *passphrase,
				  const struct fm_spending *before,
				  const struct fm_spending *after,
				  struct fm_err *err) FM_MUST_USE;
/** Seal the key of NAME.json under another passphrase, at another cost; all else it says stays.
 *  The old file or the new one is there at every instant; processes take turns.
 *  Errors: FM_E_LOCKED wrong passphrase `old`, or no key; FM_E_USAGE `fresh` is empty, or `kdf` is
 *  FM_KDF_NONE, since a passphrase once given is not taken away; FM_E_INTERRUPTED; FM_E_CONFIG,
 *  FM_E_IO. */
FM_API enum fm_code fm_store_passwd(struct fm_wallet *out, const struct fm_store *store,
				    const char *name, const struct fm_secret *old,
				    const struct fm_secret *fresh, enum fm_kdf kdf,
				    struct fm_err *err) FM_MUST_USE;
/** Take NAME.json away for good, readable or not; the directory is synced.
 *  Errors: FM_E_USAGE there is none; FM_E_CONFIG, FM_E_IO. */
FM_API enum fm_code fm_store_remove(const struct fm_store *store, const char *name,
				    struct fm_err *err) FM_MUST_USE;
/** All wallets, sorted by name; the array belongs to the caller (free). A damaged file is an
 *  error that names it; a missing directory is an empty list. */
FM_API enum fm_code fm_store_list(struct fm_wallet **out, size_t *count,
				  const struct fm_store *store,
				  struct fm_err *err) FM_MUST_USE;
/** Read what NAME.json says; refused when the file or directory is open to others. */
FM_API enum fm_code fm_store_show(struct fm_wallet *out, const struct fm_store *store,
				  const char *name, struct fm_err *err) FM_MUST_USE;
/** Decrypt. FM_E_LOCKED for a wrong passphrase (or none where one is needed) and for a
 *  watched address; FM_E_CONFIG for a damaged file. The address inside is checked against the key. */
FM_API enum fm_code fm_store_open(struct fm_secret **key, struct fm_wallet *out,
				  const struct fm_store *store, const char *name,
				  const struct fm_secret *passphrase,
				  struct fm_err *err) FM_MUST_USE;

/** A fresh secp256k1 key. */
FM_API enum fm_code fm_wallet_generate(struct fm_secret **key, const struct fm_rand *rand,
				       struct fm_err *err) FM_MUST_USE;
/** A key as text: 64 hex digits, "0x" and surrounding white space optional. The error never
 *  shows the text. */
FM_API enum fm_code fm_wallet_key_text(struct fm_secret **key, struct fm_span text,
				       struct fm_err *err) FM_MUST_USE;

#define FM_V3_MAX 16384	      /**< bytes of an Ethereum v3 key file */
#define FM_V3_PASSPHRASE 1024 /**< bytes of its passphrase */

/** Look at the text of an Ethereum v3 key file (Web3 Secret Storage): would fm_v3_open try it?
 *  Needs neither passphrase nor libcrypto, and no time.
 *  Errors: FM_E_CONFIG damaged, another version or cipher, or parameters that ask for more than
 *  1 GiB of memory, 2^24 steps of scrypt (n * r * p) or 10^7 rounds of PBKDF2. */
FM_API enum fm_code fm_v3_check(struct fm_span text, struct fm_err *err) FM_MUST_USE;
/** Decrypt it. libcrypto is loaded for that (FM_E_CONFIG when it is not installed).
 *  Errors: as fm_v3_check; FM_E_LOCKED wrong passphrase, or damage that looks like one;
 *  FM_E_CONFIG no key inside, or that of another address; FM_E_NOMEM. */
FM_API enum fm_code fm_v3_open(struct fm_secret **key, struct fm_span text,
			       const struct fm_secret *passphrase,
			       struct fm_err *err) FM_MUST_USE;
/** Append the text of such a file for `key`: scrypt with n = 2^18, r = 8, p = 1 (256 MiB), fresh
 *  salt and counter. Errors: FM_E_USAGE an empty passphrase; FM_E_CONFIG no libcrypto. */
FM_API enum fm_code fm_v3_seal(struct fm_buf *out, const struct fm_secret *key,
			       const struct fm_secret *passphrase,
			       const struct fm_rand *rand,
			       struct fm_err *err) FM_MUST_USE;

/** What a signature is for. */
enum fm_sign_kind {
	FM_SIGN_CLAIMS,	       /**< a 4Mica guarantee */
	FM_SIGN_AUTHORIZATION, /**< EIP-3009 TransferWithAuthorization */
	FM_SIGN_TRANSACTION,
	FM_SIGN_SIGN_IN, /**< to 4Mica Core */
	FM_SIGN_MESSAGE, /**< EIP-191 personal message */
	FM_SIGN_TYPED,	 /**< EIP-712 of somebody else's */
};

/** What is to be signed, twice: the digest for who has the key in this process, and the document
 *  it follows from for who has it elsewhere and trusts no bare digest (fourmica-signer(5)). */
struct fm_sign_request {
	enum fm_sign_kind kind;
	struct fm_hash digest;
	struct fm_span document; /**< JSON; only for signers with `elsewhere` */
};

/** Somebody who can sign with one address. */
struct fm_signer_ops {
	enum fm_code (*sign)(void *ctx, struct fm_sig *out,
			     const struct fm_sign_request *request, struct fm_err *err);
	void (*close)(void *ctx);
	bool elsewhere; /**< the key is in another process, which gets the document */
	/** 32 bytes for one purpose, always the same, from the key. NULL: it cannot. */
	enum fm_code (*derive)(void *ctx, struct fm_secret **out, const char *purpose,
			       struct fm_err *err);
};

struct fm_signer {
	const struct fm_signer_ops *ops;
	void *ctx;
	struct fm_addr address;
	bool test_only; /**< a wallet without passphrase: refuses networks of value */
};

/** A signer over an opened key; takes the key. `known` is its address where that was checked
 *  already (fm_store_open does); NULL: it is derived from the key. */
FM_API enum fm_code fm_signer_local(struct fm_signer *out, struct fm_secret **key,
				    const struct fm_addr *known, bool test_only,
				    struct fm_err *err) FM_MUST_USE;
FM_API void fm_signer_close(struct fm_signer *signer);

/* ---- keys in another process ---- */

/** What a key holder says of itself. */
struct fm_holder_state {
	char wallet[FM_WALLET_NAME];
	struct fm_addr address;
	int64_t left_s; /**< until it drops the key, unless somebody locks it before */
	int64_t idle_s; /**< ... or until then, if nothing is signed */
	uint64_t signatures;
};

/** Ask the holder of an address, whose socket is in `dir` (fourmica unlock). *found false and
 *  FM_OK: there is none. Errors: FM_E_LOCKED one of another version or another user, or something
 *  else that answers there; FM_E_TIMEOUT, FM_E_IO. */
FM_API enum fm_code fm_holder_look(struct fm_holder_state *out, bool *found,
				   const char *dir, const struct fm_addr *address,
				   struct fm_err *err) FM_MUST_USE;
/** Have it drop the key and end. One that does not do as it is told, a holder of another version
 *  included, is ended by SIGTERM, and by SIGKILL when that does not. *found false: there was none. */
FM_API enum fm_code fm_holder_lock(bool *found, const char *dir,
				   const struct fm_addr *address,
				   struct fm_err *err) FM_MUST_USE;
/** The same for all in `dir`. Goes on after an error, and reports the first. */
FM_API enum fm_code fm_holder_lock_all(size_t *count, const char *dir,
				       struct fm_err *err) FM_MUST_USE;
/** A signer whose key is with the holder of an address; *found false and FM_OK: there is none.
 *  It is asked at every signature anew: when it is gone by then, FM_E_LOCKED. */
FM_API enum fm_code fm_signer_holder(struct fm_signer *out, bool *found, const char *dir,
				     const struct fm_addr *address,
				     struct fm_err *err) FM_MUST_USE;

#define FM_SIGNER_WAIT_MS 120000 /**< a person may have to press a button */

/** How a program signs. Borrowed until the signer is closed. */
struct fm_program {
	const char *path;	    /**< absolute; run as it is, with no arguments */
	char *const *environment;   /**< all of it, NULL-terminated */
	int64_t wait_ms;	    /**< 0: FM_SIGNER_WAIT_MS; then it is killed */
	const volatile int *cancel; /**< not 0: the run was cancelled; may be NULL */
};
/** A signer that runs a program for each signature: the sign document on its standard input,
 *  {"signature":"0x..."} on its standard output, within 4 KiB; what it writes to standard error
 *  goes to ours (fourmica-signer(5)). It signs nothing with FM_E_CONFIG when others may write the
 *  program, and with FM_E_LOCKED while SIGCHLD is ignored: how the program ended is unknown then. */
FM_API enum fm_code fm_signer_program(struct fm_signer *out,
				      const struct fm_program *program,
				      const struct fm_addr *address,
				      struct fm_err *err) FM_MUST_USE;
/** The answer of such a program, strictly. Errors: FM_E_LOCKED, FM_E_NOMEM. */
FM_API enum fm_code fm_program_answer(struct fm_sig *out, struct fm_span json,
				      struct fm_err *err) FM_MUST_USE;

#endif
