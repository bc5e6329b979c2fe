/*
 * What Twilio makes of a URL or a host name, as far as that can be known without asking: it refuses
 * (error 21402) what is no absolute http or https URL of a host that looks public. Where nobody
 * knows, this doubts and Twilio decides. It never changes a URL: they are compared byte for byte.
 */
#ifndef NUMBERD_DESIRED_WANTED_URL_H
#define NUMBERD_DESIRED_WANTED_URL_H

#include <stdbool.h>
#include <stddef.h>

enum url_verdict { URL_GOOD, URL_DOUBTFUL, URL_BAD };

struct url_finding {
	const char *problem; /* NULL with URL_GOOD; goes behind "<field>: " in a message */
	const char *host;    /* in `url`, without port; NULL with URL_BAD */
	size_t host_length;
};

enum url_verdict wanted_url_check(const char *url, struct url_finding *ret_finding);

/* A name of two labels or more, or an IPv4 address: what may be an entry of allowed_hosts. */
bool wanted_host_is_name(const char *host, size_t length);

/* `pattern` is a host, or "*." and a domain, which stands for every host below it. Any case. */
bool wanted_host_matches(const char *pattern, const char *host, size_t length);

#endif
