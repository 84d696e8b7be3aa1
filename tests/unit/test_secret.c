/* SPDX-License-Identifier: MIT */
#include <fourmica/system.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Asks the kernel instead of reading: write(2) gives EFAULT for a page without read
 * access. */
static bool readable(const uint8_t *at)
{
	int fds[2];
	ssize_t got;
	bool fault;

	assert_int_equal(pipe(fds), 0);
	got = write(fds[1], at, 1);
	fault = got < 0 && errno == EFAULT;
	close(fds[0]);
	close(fds[1]);
	return !fault;
}

static void unreadable_but_while_open(void **state)
{
	char source[] = "0123456789abcdef0123456789abcdef";
	struct fm_secret *secret = fm_secret_take(source, 32);
	const uint8_t *bytes, *again;

	(void)state;
	assert_non_null(secret);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(source[i], 0);
	assert_int_equal(fm_secret_len(secret), 32);
	bytes = fm_secret_read(secret);
	assert_memory_equal(bytes, "0123456789abcdef0123456789abcdef", 32);
	again = fm_secret_read(secret);
	assert_ptr_equal(bytes, again);
	fm_secret_done(secret);
	assert_true(readable(bytes));
	fm_secret_done(secret);
	assert_false(readable(bytes));
	fm_secret_free(&secret);
	assert_null(secret);
	fm_secret_free(&secret);
}

static void writing(void **state)
{
	struct fm_secret *secret = fm_secret_new(7);
	uint8_t *bytes;

	(void)state;
	assert_non_null(secret);
	assert_memory_equal(fm_secret_read(secret), "\0\0\0\0\0\0\0", 7);
	/* Opened for writing while it is open for reading. */
	bytes = fm_secret_write(secret);
	memcpy(bytes, "private", 7);
	fm_secret_done(secret);
	assert_memory_equal(bytes, "private", 7);
	fm_secret_done(secret);
	assert_false(readable(bytes));
	assert_memory_equal(fm_secret_read(secret), "private", 7);
	fm_secret_done(secret);
	fm_secret_free(&secret);
}

static void wipe_and_compare(void **state)
{
	char a[] = "same", b[] = "same";

	(void)state;
	assert_true(fm_equal_ct(a, b, 4));
	b[3] = 'E';
	assert_false(fm_equal_ct(a, b, 4));
	assert_true(fm_equal_ct(a, b, 3));
	fm_wipe(a, 4);
	assert_memory_equal(a, "\0\0\0\0", 4);
	assert_int_equal(fm_init(NULL), FM_OK);
	assert_int_equal(fm_init(NULL), FM_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unreadable_but_while_open),
		cmocka_unit_test(writing),
		cmocka_unit_test(wipe_and_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
