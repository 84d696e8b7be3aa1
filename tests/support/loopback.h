/* SPDX-License-Identifier: MIT */
/** A small HTTP/1.1 server on 127.0.0.1 in threads of the test: fixed bytes for each path, all
 *  requests kept. */
#ifndef FOURMICA_TESTS_LOOPBACK_H
#define FOURMICA_TESTS_LOOPBACK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOOPBACK_MAX 64

enum loopback_end {
	LOOPBACK_KEEP,	/**< wait for the next request */
	LOOPBACK_CLOSE, /**< close the connection behind the bytes */
	LOOPBACK_HANG,	/**< send the bytes, then nothing until the client goes away */
};

struct loopback_route {
	const char
		*path; /**< without query; "*" answers everything, also what is no HTTP */
	const char
		*bytes; /**< as sent; NULL: nothing. A '$' becomes the port of `other` */
	size_t fill;	/**< followed by this many bytes 'x' */
	enum loopback_end end;
};

struct loopback {
	uint16_t port;
	uint16_t other;
	const struct loopback_route *routes; /**< ends with path NULL */
	/* private below, but for reading after loopback_stop or under `lock` */
	pthread_mutex_t lock;
	char *requests[LOOPBACK_MAX]; /**< head and body as received, NUL-terminated */
	size_t lengths[LOOPBACK_MAX];
	size_t count;
	size_t connections;
	int listener;
	int sockets[LOOPBACK_MAX];
	pthread_t threads[LOOPBACK_MAX];
	pthread_t acceptor;
};

/** False when no socket can be had. */
bool loopback_start(struct loopback *server, const struct loopback_route *routes);
/** Ends all connections and threads. The requests stay until loopback_clear. */
void loopback_stop(struct loopback *server);
void loopback_clear(struct loopback *server);

#endif
