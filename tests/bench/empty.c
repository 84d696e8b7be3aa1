/* SPDX-License-Identifier: MIT */
/* The floor of a cold start: the libraries fourmica is linked to, and nothing done with them but
 * what every user of libsodium must do. */
#include <sodium.h>

int main(void)
{
	return sodium_init() < 0;
}
