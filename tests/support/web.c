#include "support/web.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
	buf_add(context, bytes, size * count);
	return size * count;
}

long web_request(const struct scene *scene, int port, const char *method, const char *path,
		 const char *header, struct buf *body)
{
	struct curl_slist *headers = curl_slist_append(NULL, header ? header : "X-Nothing: 1");
	CURL *easy = curl_easy_init();
	struct buf url = {0};
	long status = 0;

	buf_printf(&url, "http://127.0.0.1:%d%s", port ? port : 80, path);
	curl_easy_setopt(easy, CURLOPT_URL, url.bytes);
	if (!port)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, scene->socket);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, 20L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
	assert_int_equal(curl_easy_perform(easy), CURLE_OK);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
	buf_finish(&url);
	return status;
}

int web_free_port(void)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &length), 0);
	close(fd);
	return ntohs(name.sin_port);
}
