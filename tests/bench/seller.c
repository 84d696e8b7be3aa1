/* SPDX-License-Identifier: MIT */
/* A seller on the loopback for measuring: 402 with a version 2 document of about 1.5 KB, then 200
 * with a receipt for any request that carries a payment header. Nothing is verified. It prints
 * "http://127.0.0.1:PORT" and lives until its standard input ends. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fourmica/bytes.h>

#define CLIENTS 256
#define REQUEST_MAX 32768

struct client {
	char text[REQUEST_MAX];
	size_t len;
};

static struct pollfd fds[CLIENTS + 2]; /* 0 listens, 1 is standard input */
static struct client *clients[CLIENTS + 2];
static struct fm_buf ask, thanks;

static void response(struct fm_buf *out, const char *status, const char *name,
		     const char *json, const char *body)
{
	fm_buf_init(out, 1u << 16);
	fm_buf_fmt(out, "HTTP/1.1 %s\r\nContent-Type: application/json\r\n%s: ", status,
		   name);
	fm_base64_write(out, json, strlen(json));
	fm_buf_fmt(out, "\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	if (!fm_buf_ok(out))
		exit(1);
}

static void write_texts(unsigned port)
{
	struct fm_buf json;

	fm_buf_init(&json, 1u << 16);
	fm_buf_fmt(
		&json,
		"{\"x402Version\":2,\"error\":\"Payment required\",\"resource\":{\"url\":"
		"\"http://127.0.0.1:%u/data\",\"description\":\"",
		port);
	for (int i = 0; i < 14; i++)
		fm_buf_str(
			&json,
			"sixty-four characters of text that tells what is being sold. ");
	fm_buf_str(
		&json,
		"\",\"mimeType\":\"application/json\"},\"accepts\":[{\"scheme\":\"exact\","
		"\"network\":\"eip155:84532\",\"amount\":\"100\",\"asset\":"
		"\"0x036CbD53842c5426634e7929541eC2318f3dCF7e\",\"payTo\":"
		"\"0x209693Bc6afc0C5328bA36FaF03C514EF312287C\",\"maxTimeoutSeconds\":60,"
		"\"extra\":{\"name\":\"USDC\",\"version\":\"2\"}}],\"extensions\":{}}");
	response(&ask, "402 Payment Required", "PAYMENT-REQUIRED", json.ptr, "{}");
	response(
		&thanks, "200 OK", "PAYMENT-RESPONSE",
		"{\"success\":true,\"transaction\":\"0x8f1a7c5d2b3e4f60718293a4b5c6d7e8f9"
		"0a1b2c3d4e5f60718293a4b5c6d7e8\",\"network\":\"eip155:84532\"}",
		"{\"ticks\":[1,2,3]}");
	fm_buf_clear(&json);
}

static bool send_all(int fd, const struct fm_buf *buf)
{
	for (size_t at = 0; at < buf->len;) {
		ssize_t n = send(fd, buf->ptr + at, buf->len - at, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* Requests have no body here: an empty line ends one. */
static bool serve(int fd, struct client *c)
{
	ssize_t n = recv(fd, c->text + c->len, sizeof(c->text) - 1 - c->len, 0);
	char *end;

	if (n <= 0)
		return false;
	c->len += (size_t)n;
	c->text[c->len] = 0;
	while ((end = strstr(c->text, "\r\n\r\n"))) {
		size_t used = (size_t)(end - c->text) + 4;
		bool paid;

		*end = 0;
		paid = strcasestr(c->text, "\nPAYMENT-SIGNATURE:") ||
		       strcasestr(c->text, "\nX-PAYMENT:");
		if (!send_all(fd, paid ? &thanks : &ask))
			return false;
		memmove(c->text, c->text + used, c->len + 1 - used);
		c->len -= used;
	}
	return c->len < sizeof(c->text) - 1;
}

static int listen_somewhere(unsigned *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 64) ||
	    getsockname(fd, (struct sockaddr *)&at, &len)) {
		perror("seller");
		exit(1);
	}
	*port = ntohs(at.sin_port);
	return fd;
}

static void take(size_t *count)
{
	int one = 1, fd = accept4(fds[0].fd, NULL, NULL, SOCK_CLOEXEC);
	struct client *c = *count < CLIENTS + 2 ? calloc(1, sizeof(*c)) : NULL;

	if (fd < 0 || !c) {
		if (fd >= 0)
			close(fd);
		free(c);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fds[*count] = (struct pollfd){ .fd = fd, .events = POLLIN };
	clients[(*count)++] = c;
}

int main(void)
{
	size_t count = 2;
	unsigned port;

	fds[0] = (struct pollfd){ .fd = listen_somewhere(&port), .events = POLLIN };
	write_texts(port);
	printf("http://127.0.0.1:%u\n", port);
	fflush(stdout);
	fds[1] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	while (poll(fds, count, -1) >= 0 || errno == EINTR) {
		char byte;

		if (fds[1].revents && read(STDIN_FILENO, &byte, 1) <= 0)
			return 0;
		if (fds[0].revents)
			take(&count);
		for (size_t i = count; i-- > 2;) {
			if (!fds[i].revents || serve(fds[i].fd, clients[i]))
				continue;
			close(fds[i].fd);
			free(clients[i]);
			fds[i] = fds[--count];
			clients[i] = clients[count];
		}
	}
	return 1;
}
