/* SPDX-License-Identifier: MIT */
#include "loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM (4u << 20)

struct connection {
	struct loopback *server;
	int fd;
	char *in;
	size_t len;
};

static bool send_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static bool send_bytes(const struct connection *c, const char *bytes)
{
	char port[8];

	snprintf(port, sizeof(port), "%u", (unsigned)c->server->other);
	while (bytes && *bytes) {
		size_t len = strcspn(bytes, "$");
		if (!send_all(c->fd, bytes, len))
			return false;
		bytes += len;
		if (*bytes == '$' && (!send_all(c->fd, port, strlen(port)) || !*++bytes))
			break;
	}
	return true;
}

static bool send_fill(int fd, size_t len)
{
	char block[16384];
	bool ok = true;

	memset(block, 'x', sizeof(block));
	while (ok && len) {
		size_t part = len < sizeof(block) ? len : sizeof(block);
		ok = send_all(fd, block, part);
		len -= part;
	}
	return ok;
}

static bool receive(struct connection *c)
{
	ssize_t n = recv(c->fd, c->in + c->len, ROOM - 1 - c->len, 0);

	if (n <= 0)
		return false;
	c->len += (size_t)n;
	c->in[c->len] = '\0';
	return true;
}

/** Length of the request at the start of the input, once all of it is there; 0: gone. */
static size_t read_request(struct connection *c)
{
	const char *end, *field;
	size_t head, body;

	while (!(end = strstr(c->in, "\r\n\r\n")))
		if (!receive(c))
			return 0;
	head = (size_t)(end - c->in) + 4;
	field = strstr(c->in, "\r\nContent-Length: ");
	body = field && field < end ? (size_t)strtoul(field + 18, NULL, 10) : 0;
	while (c->len < head + body)
		if (!receive(c))
			return 0;
	return head + body;
}

static void keep(struct connection *c, size_t len)
{
	struct loopback *server = c->server;
	char *copy = malloc(len + 1);

	if (!copy)
		abort();
	memcpy(copy, c->in, len);
	copy[len] = '\0';
	memmove(c->in, c->in + len, c->len - len + 1);
	c->len -= len;
	pthread_mutex_lock(&server->lock);
	if (server->count == LOOPBACK_MAX)
		abort();
	server->requests[server->count] = copy;
	server->lengths[server->count++] = len;
	pthread_mutex_unlock(&server->lock);
}

static const struct loopback_route *route_of(const struct connection *c)
{
	const char *path = strchr(c->in, ' ');
	const struct loopback_route *route = c->server->routes;
	size_t len = path ? strcspn(++path, " ?\r\n") : 0;

	for (; route->path; route++)
		if (strcmp(route->path, "*") == 0 ||
		    (path && strlen(route->path) == len &&
		     !strncmp(route->path, path, len)))
			return route;
	return NULL;
}

static bool answer(struct connection *c)
{
	const struct loopback_route *route;
	size_t len;
	bool keeps;

	if (strcmp(c->server->routes->path, "*") == 0) {
		if (!receive(c))
			return false;
		len = c->len;
	} else {
		len = read_request(c);
	}
	if (!len)
		return false;
	route = route_of(c);
	keep(c, len);
	keeps = route && send_bytes(c, route->bytes) && send_fill(c->fd, route->fill);
	if (keeps && route->end == LOOPBACK_HANG)
		while (receive(c))
			c->len = 0;
	return keeps && route->end == LOOPBACK_KEEP;
}

static void *serve(void *arg)
{
	struct connection *c = arg;

	while (answer(c))
		;
	shutdown(c->fd,
		 SHUT_RDWR); /* closed by loopback_stop, so that its number stays ours */
	free(c->in);
	free(c);
	return NULL;
}

static void begin(struct loopback *server, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c || server->connections == LOOPBACK_MAX || !(c->in = calloc(1, ROOM)))
		abort();
	c->server = server;
	c->fd = fd;
	pthread_mutex_lock(&server->lock);
	server->sockets[server->connections] = fd;
	if (pthread_create(&server->threads[server->connections++], NULL, serve, c))
		abort();
	pthread_mutex_unlock(&server->lock);
}

static void *accept_all(void *arg)
{
	struct loopback *server = arg;
	int fd;

	while ((fd = accept(server->listener, NULL, NULL)) >= 0)
		begin(server, fd);
	return NULL;
}

bool loopback_start(struct loopback *server, const struct loopback_route *routes)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	memset(server, 0, sizeof(*server));
	server->routes = routes;
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (server->listener < 0 || bind(server->listener, (void *)&at, sizeof(at)) ||
	    listen(server->listener, 16) ||
	    getsockname(server->listener, (void *)&at, &len))
		return false;
	server->port = server->other = ntohs(at.sin_port);
	pthread_mutex_init(&server->lock, NULL);
	return !pthread_create(&server->acceptor, NULL, accept_all, server);
}

void loopback_stop(struct loopback *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->acceptor, NULL);
	for (size_t i = 0; i < server->connections; i++) {
		shutdown(server->sockets[i], SHUT_RDWR);
		pthread_join(server->threads[i], NULL);
		close(server->sockets[i]);
	}
	close(server->listener);
}

void loopback_clear(struct loopback *server)
{
	for (size_t i = 0; i < server->count; i++)
		free(server->requests[i]);
	pthread_mutex_destroy(&server->lock);
	memset(server, 0, sizeof(*server));
}
