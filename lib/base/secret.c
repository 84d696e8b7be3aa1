/* SPDX-License-Identifier: MIT */
/* Secrets lie in pages of their own between guard pages (libsodium), without any access
 * but between open and done. */
#include <fourmica/system.h>

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* What changes while a secret is only read. The lock covers the count and the protection
 * together: two threads that open the same key must not race on mprotect. */
struct guard {
	pthread_mutex_t lock;
	unsigned opened;
	bool writable;
};

struct fm_secret {
	struct guard *guard;
	uint8_t *bytes;
	size_t len;
};

enum fm_code fm_init(struct fm_err *err)
{
	if (sodium_init() < 0)
		return fm_fail(err, FM_E_INTERNAL,
			       "the random generator cannot be started");
	return FM_OK;
}

static struct fm_secret *allocate(size_t len)
{
	struct fm_secret *secret = calloc(1, sizeof(*secret));

	if (!secret)
		return NULL;
	secret->len = len;
	secret->guard = calloc(1, sizeof(*secret->guard));
	secret->bytes = sodium_init() < 0 ? NULL : sodium_malloc(len);
	if (secret->guard && secret->bytes &&
	    pthread_mutex_init(&secret->guard->lock, NULL) == 0)
		return secret;
	sodium_free(secret->bytes);
	free(secret->guard);
	free(secret);
	return NULL;
}

struct fm_secret *fm_secret_new(size_t len)
{
	struct fm_secret *secret = allocate(len);

	if (!secret)
		return NULL;
	memset(secret->bytes, 0, len);
	sodium_mprotect_noaccess(secret->bytes);
	return secret;
}

struct fm_secret *fm_secret_take(void *bytes, size_t len)
{
	struct fm_secret *secret = allocate(len);

	if (secret) {
		memcpy(secret->bytes, bytes, len);
		sodium_mprotect_noaccess(secret->bytes);
	}
	fm_wipe(bytes, len);
	return secret;
}

void fm_secret_free(struct fm_secret **secret)
{
	struct fm_secret *old = *secret;

	if (!old)
		return;
	*secret = NULL;
	sodium_free(old->bytes);
	pthread_mutex_destroy(&old->guard->lock);
	free(old->guard);
	free(old);
}

size_t fm_secret_len(const struct fm_secret *secret)
{
	return secret->len;
}

const uint8_t *fm_secret_read(const struct fm_secret *secret)
{
	struct guard *guard = secret->guard;

	pthread_mutex_lock(&guard->lock);
	if (guard->opened++ == 0)
		sodium_mprotect_readonly(secret->bytes);
	pthread_mutex_unlock(&guard->lock);
	return secret->bytes;
}

/* Stays writable until the last of the nested openings is done. */
uint8_t *fm_secret_write(struct fm_secret *secret)
{
	struct guard *guard = secret->guard;

	pthread_mutex_lock(&guard->lock);
	guard->opened++;
	if (!guard->writable)
		sodium_mprotect_readwrite(secret->bytes);
	guard->writable = true;
	pthread_mutex_unlock(&guard->lock);
	return secret->bytes;
}

void fm_secret_done(const struct fm_secret *secret)
{
	struct guard *guard = secret->guard;

	pthread_mutex_lock(&guard->lock);
	assert(guard->opened);
	if (--guard->opened == 0) {
		sodium_mprotect_noaccess(secret->bytes);
		guard->writable = false;
	}
	pthread_mutex_unlock(&guard->lock);
}

void fm_wipe(void *bytes, size_t len)
{
	sodium_memzero(bytes, len);
}

bool fm_equal_ct(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}
