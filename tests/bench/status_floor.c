/* SPDX-License-Identifier: MIT */
/* What `status` cannot do without: the same requests at the same time over libcurl, with a token of
 * the usual size, in one cold process; answers are thrown away.
 * status_floor URL FILE, a line of FILE for each request: method, path, body, separated by tabs. */
#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUESTS 64
#define LINE_MAX_BYTES 131072

struct request {
	CURL *curl;
	struct curl_slist *headers;
	char url[1024];
};

static struct request requests[REQUESTS];

static size_t drop(char *bytes, size_t size, size_t count, void *into)
{
	(void)bytes;
	(void)into;
	return size * count;
}

static void add(CURLM *multi, struct request *r, const char *base, char *line)
{
	static char token[400];
	char *path = strchr(line, '\t'), *body = path ? strchr(path + 1, '\t') : NULL;

	if (!body)
		exit(2);
	*path++ = *body++ = '\0';
	if (!token[0]) {
		memset(token, 'A', sizeof(token) - 1);
		memcpy(token, "authorization: Bearer ", 22);
	}
	snprintf(r->url, sizeof(r->url), "%s%s", base, path);
	r->curl = curl_easy_init();
	r->headers = curl_slist_append(NULL, "accept: application/json");
	curl_easy_setopt(r->curl, CURLOPT_URL, r->url);
	curl_easy_setopt(r->curl, CURLOPT_WRITEFUNCTION, drop);
	if (strcmp(line, "POST") == 0) {
		r->headers =
			curl_slist_append(r->headers, "content-type: application/json");
		curl_easy_setopt(r->curl, CURLOPT_COPYPOSTFIELDS, body);
	} else {
		r->headers = curl_slist_append(r->headers, token);
	}
	curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, r->headers);
	curl_multi_add_handle(multi, r->curl);
}

static int finish(CURLM *multi, struct request *r)
{
	long status = 0;

	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(multi, r->curl);
	curl_slist_free_all(r->headers);
	curl_easy_cleanup(r->curl);
	return status == 200 ? 0 : 1;
}

int main(int argc, char **argv)
{
	static char line[LINE_MAX_BYTES];
	FILE *in = argc == 3 ? fopen(argv[2], "re") : NULL;
	size_t count = 0;
	int left = 1, bad = 0;
	CURLM *multi;

	if (!in)
		return 2;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	while (count < REQUESTS && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		add(multi, &requests[count++], argv[1], line);
	}
	fclose(in);
	while (left && curl_multi_perform(multi, &left) == CURLM_OK && left)
		curl_multi_poll(multi, NULL, 0, 1000, NULL);
	for (size_t i = 0; i < count; i++)
		bad |= finish(multi, &requests[i]);
	curl_multi_cleanup(multi);
	curl_global_cleanup();
	return count ? bad : 2;
}
