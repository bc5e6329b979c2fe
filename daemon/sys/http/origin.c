#include "sys/http/origin.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* Twilio, "Global Infrastructure": the edge inside each region. */
static const struct {
	const char *region;
	const char *edge;
} edges[] = {{"us1", "ashburn"}, {"ie1", "dublin"}, {"au1", "sydney"}};

static bool is_loopback(const char *host)
{
	struct in_addr address;

	if (text_equal(host, "localhost") || text_equal(host, "[::1]"))
		return true;
	return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

/* One label of a host name, so that nothing in it can name another host. */
static bool is_label(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= 63 && text[0] != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static const char *edge_of(const char *region)
{
	for (size_t i = 0; i < ARRAY_LENGTH(edges); i++)
		if (text_equal(edges[i].region, region))
			return edges[i].edge;
	return NULL;
}

static int build_twilio(const char *product, const char *region, const char *edge,
			struct origin *ret_origin, struct error *error)
{
	if (text_is_empty(region) && text_is_empty(edge)) {
		snprintf(ret_origin->host, sizeof(ret_origin->host), "%s.twilio.com", product);
	} else {
		if (text_is_empty(region))
			region = "us1";
		if (!is_label(region))
			return error_set(error, -EINVAL,
					 "the Twilio region '%s' is not a name such as us1, ie1 or "
					 "au1 (TWILIO_REGION)",
					 region);
		if (text_is_empty(edge))
			edge = edge_of(region);
		if (!edge)
			return error_set(error, -EINVAL,
					 "the edge of the Twilio region '%s' is not known: known "
					 "regions are us1, ie1 and au1; for another one give its "
					 "edge too (TWILIO_EDGE)",
					 region);
		if (!is_label(edge))
			return error_set(error, -EINVAL,
					 "the Twilio edge '%s' is not a name such as ashburn, "
					 "dublin or sydney (TWILIO_EDGE)",
					 edge);
		snprintf(ret_origin->host, sizeof(ret_origin->host), "%s.%s.%s.twilio.com", product,
			 edge, region);
	}
	ret_origin->secure = true;
	snprintf(ret_origin->url, sizeof(ret_origin->url), "https://%.500s", ret_origin->host);
	return 0;
}

struct parts {
	char *scheme, *host, *port, *path, *user, *password, *query, *fragment;
};

static int check_parts(const struct parts *parts, struct error *error)
{
	if (parts->user || parts->password)
		return error_set(error, -EINVAL,
				 "the base URL must not hold a user name or password: credentials "
				 "have places of their own");
	if (parts->query || parts->fragment)
		return error_set(error, -EINVAL,
				 "the base URL must not have a query or a fragment");
	if (!text_equal(parts->scheme, "https") && !text_equal(parts->scheme, "http"))
		return error_set(error, -EINVAL, "the base URL must begin with https://");
	if (text_equal(parts->scheme, "http") && !is_loopback(parts->host))
		return error_set(error, -EINVAL,
				 "the base URL must begin with https://: http would send the "
				 "credentials in clear, and is for this machine (127.0.0.1, ::1, "
				 "localhost) only");
	return 0;
}

static int use_parts(const struct parts *parts, struct origin *ret_origin, struct error *error)
{
	int length, result = check_parts(parts, error);
	size_t path_length = strlen(parts->path);

	if (result < 0)
		return result;
	while (path_length > 0 && parts->path[path_length - 1] == '/')
		path_length--;
	snprintf(ret_origin->host, sizeof(ret_origin->host), "%s%s%s", parts->host,
		 parts->port ? ":" : "", parts->port ? parts->port : "");
	length = snprintf(ret_origin->url, sizeof(ret_origin->url), "%s://%s%s%s%.*s",
			  parts->scheme, parts->host, parts->port ? ":" : "",
			  parts->port ? parts->port : "", (int)path_length, parts->path);
	if (length >= (int)sizeof(ret_origin->url))
		return error_set(error, -EINVAL, "the base URL is longer than %d bytes",
				 ORIGIN_BYTES - 1);
	ret_origin->secure = text_equal(parts->scheme, "https");
	return 0;
}

static int build_base(const char *base_url, struct origin *ret_origin, struct error *error)
{
	CURLU *url = curl_url();
	struct parts parts = {0};
	const struct {
		CURLUPart part;
		char **value;
	} wanted[] = {{CURLUPART_SCHEME, &parts.scheme}, {CURLUPART_HOST, &parts.host},
		      {CURLUPART_PORT, &parts.port},     {CURLUPART_PATH, &parts.path},
		      {CURLUPART_USER, &parts.user},     {CURLUPART_PASSWORD, &parts.password},
		      {CURLUPART_QUERY, &parts.query},   {CURLUPART_FRAGMENT, &parts.fragment}};
	CURLUcode code;
	int result;

	if (!url)
		abort();
	code = curl_url_set(url, CURLUPART_URL, base_url, CURLU_NON_SUPPORT_SCHEME);
	for (size_t i = 0; code == CURLUE_OK && i < ARRAY_LENGTH(wanted); i++)
		curl_url_get(url, wanted[i].part, wanted[i].value, 0);
	/* The text itself is not shown: it may be the place where somebody put a password. */
	if (code != CURLUE_OK || !parts.host || !parts.path)
		result = error_set(error, -EINVAL, "the base URL is not valid: %s",
				   code != CURLUE_OK ? curl_url_strerror(code) : "no host");
	else
		result = use_parts(&parts, ret_origin, error);
	for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++)
		curl_free(*wanted[i].value);
	curl_url_cleanup(url);
	return result;
}

int origin_build(const char *product, const char *base_url, const char *region, const char *edge,
		 struct origin *ret_origin, struct error *error)
{
	struct origin origin;
	int result = text_is_empty(base_url) ? build_twilio(product, region, edge, &origin, error)
					     : build_base(base_url, &origin, error);

	if (result == 0)
		*ret_origin = origin;
	return result;
}
