/* SPDX-License-Identifier: MIT */
/* What a paid request cannot do without: two requests over libcurl in one process, the second
 * with a payment header of the usual size, and as many fdatasyncs of an appended page.
 * curl_floor URL SYNCS FILE */
#include <curl/curl.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long get(CURL *curl, const char *url, struct curl_slist *headers)
{
	long status = 0;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static int append(const char *path, long syncs)
{
	static const char page[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	for (long i = 0; fd >= 0 && i < syncs; i++)
		if (write(fd, page, sizeof(page)) != (ssize_t)sizeof(page) ||
		    fdatasync(fd))
			return -1;
	return fd < 0 ? -1 : close(fd);
}

int main(int argc, char **argv)
{
	static const char name[] = "PAYMENT-SIGNATURE: ";
	static char header[1200];
	struct curl_slist *headers;
	CURL *curl;
	long first, second;

	if (argc != 4)
		return 2;
	memset(header, 'A', sizeof(header) - 1);
	memcpy(header, name, sizeof(name) - 1);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	curl = curl_easy_init();
	headers = curl_slist_append(NULL, header);
	first = get(curl, argv[1], NULL);
	if (append(argv[3], strtol(argv[2], NULL, 10)))
		return 1;
	second = get(curl, argv[1], headers);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	curl_global_cleanup();
	return first == 402 && second == 200 ? 0 : 1;
}
