#include "sys/http/local_http.h"

#include <curl/curl.h>
#include <errno.h>

#define PATIENCE_MS 10000

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
	struct buf *body = context;

	buf_add(body, bytes, size * count);
	return body->overflow ? 0 : size * count;
}

int local_http_request(const char *socket, const char *method, const char *path, struct buf *body,
		       struct error *error)
{
	struct buf url = {0};
	CURL *easy = curl_easy_init();
	CURLcode code;
	long status = 0;

	if (!easy)
		return error_set(error, -ENOMEM, "can't prepare a request");
	buf_printf(&url, "http://numberd%s", path);
	curl_easy_setopt(easy, CURLOPT_URL, url.bytes);
	curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)PATIENCE_MS);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
	code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	buf_finish(&url);
	if (code == CURLE_COULDNT_CONNECT)
		return error_set(
			error, -ENOENT,
			"no running daemon answers on the socket %s (is it running, and may "
			"you use the socket? --socket names another)",
			socket);
	if (code != CURLE_OK)
		return error_set(error, -EIO, "the daemon gave no whole answer: %s",
				 curl_easy_strerror(code));
	return (int)status;
}
