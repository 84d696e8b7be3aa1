/* SPDX-License-Identifier: MIT */
/* A node and a Core on the loopback as fast as they can be: what is asked the first time is passed on
 * to the real ones, and answered from memory from then on; sign-ins are always passed on.
 * answers RPC CORE FILE prints "http://127.0.0.1:PORT" and lives until its standard input ends. The
 * node is at /rpc. Between GET /_begin and GET /_end each request is written to FILE, a line each:
 * method, path and body, separated by tabs. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fourmica/bytes.h>

#define CLIENTS 256
#define REQUEST_MAX 131072u
#define ANSWERS_MAX 256

struct client {
	char text[REQUEST_MAX];
	size_t len;
};

struct request {
	char *method, *path, *headers, *body;
	size_t body_len, used; /* bytes of the client's text, all of it */
};

struct answer {
	char *key; /* method, path and body */
	struct fm_buf reply;
};

static struct pollfd fds[CLIENTS + 2]; /* 0 listens, 1 is standard input */
static struct client *clients[CLIENTS + 2];
static struct answer answers[ANSWERS_MAX];
static size_t answer_count;
static const char *rpc, *core, *file;
static FILE *seen;

static size_t keep(char *bytes, size_t size, size_t count, void *into)
{
	return fm_buf_add(into, bytes, size * count) ? size * count : 0;
}

/* The real one's answer, with a length. */
static void pass_on(struct fm_buf *out, const struct request *r)
{
	const char *token = strcasestr(r->headers, "\nauthorization:");
	struct curl_slist *headers =
		curl_slist_append(NULL, "content-type: application/json");
	CURL *curl = curl_easy_init();
	char url[1024], line[4096];
	struct fm_buf body;
	long status = 0;

	fm_buf_init(&body, 1u << 22);
	if (token && sscanf(token + 1, "%4095[^\r\n]", line) == 1)
		headers = curl_slist_append(headers, line);
	if (strcmp(r->path, "/rpc") == 0)
		snprintf(url, sizeof(url), "%s", rpc);
	else
		snprintf(url, sizeof(url), "%s%s", core, r->path);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
	if (strcmp(r->method, "POST") == 0) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)r->body_len);
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, r->body);
	}
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	fm_buf_fmt(out,
		   "HTTP/1.1 %ld Whatever\r\nContent-Type: application/json\r\n"
		   "Content-Length: %zu\r\n\r\n",
		   status, body.len);
	fm_buf_add(out, body.ptr ? body.ptr : "", body.len);
	fm_buf_clear(&body);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
}

static struct answer *answer_to(const struct request *r)
{
	struct answer *a;
	char *key;

	if (asprintf(&key, "%s\t%s\t%.*s", r->method, r->path, (int)r->body_len,
		     r->body) < 0)
		exit(1);
	if (seen)
		fprintf(seen, "%s\n", key);
	for (size_t i = 0; i < answer_count; i++)
		if (strcmp(answers[i].key, key) == 0) {
			free(key);
			return &answers[i];
		}
	if (answer_count == ANSWERS_MAX)
		exit(1);
	a = &answers[answer_count++];
	a->key = key;
	fm_buf_init(&a->reply, 1u << 22);
	pass_on(&a->reply, r);
	if (strncmp(r->path, "/auth/", 6) == 0)
		a->key[0] = '\0'; /* never found again */
	return a;
}

static const struct fm_buf *reply_to(const struct request *r)
{
	static struct fm_buf done;

	if (strncmp(r->path, "/_", 2) != 0)
		return &answer_to(r)->reply;
	if (seen)
		fclose(seen);
	seen = strcmp(r->path, "/_begin") == 0 ? fopen(file, "we") : NULL;
	if (!done.len) {
		fm_buf_init(&done, 256);
		fm_buf_str(&done, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	}
	return &done;
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

/* Takes one request apart, in place; false when it is not complete. */
static bool take(struct request *r, struct client *c)
{
	char *end = strstr(c->text, "\r\n\r\n"), *length, *space;

	if (!end)
		return false;
	length = strcasestr(c->text, "\ncontent-length:");
	r->body_len = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
	r->body = end + 4;
	r->used = (size_t)(r->body - c->text) + r->body_len;
	if (c->len < r->used)
		return false;
	*end = '\0';
	r->headers = strchr(c->text, '\n');
	r->method = c->text;
	r->path = strchr(c->text, ' ');
	if (!r->path || !r->headers)
		exit(1);
	*r->path++ = '\0';
	space = strchr(r->path, ' ');
	if (!space)
		exit(1);
	*space = '\0';
	return true;
}

static bool serve(int fd, struct client *c)
{
	ssize_t n = recv(fd, c->text + c->len, sizeof(c->text) - 1 - c->len, 0);
	struct request r;

	if (n <= 0)
		return false;
	c->len += (size_t)n;
	c->text[c->len] = 0;
	while (take(&r, c)) {
		if (!send_all(fd, reply_to(&r)))
			return false;
		memmove(c->text, c->text + r.used, c->len + 1 - r.used);
		c->len -= r.used;
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
		perror("answers");
		exit(1);
	}
	*port = ntohs(at.sin_port);
	return fd;
}

static void let_in(size_t *count)
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

int main(int argc, char **argv)
{
	size_t count = 2;
	unsigned port;

	if (argc != 4)
		return 2;
	rpc = argv[1];
	core = argv[2];
	file = argv[3];
	curl_global_init(CURL_GLOBAL_DEFAULT);
	fds[0] = (struct pollfd){ .fd = listen_somewhere(&port), .events = POLLIN };
	printf("http://127.0.0.1:%u\n", port);
	fflush(stdout);
	fds[1] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	while (poll(fds, count, -1) >= 0 || errno == EINTR) {
		char byte;

		if (fds[1].revents && read(STDIN_FILENO, &byte, 1) <= 0)
			return 0;
		if (fds[0].revents)
			let_in(&count);
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
