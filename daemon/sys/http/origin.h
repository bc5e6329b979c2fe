/*
 * Where each service of Twilio is: scheme, host, port and, behind a proxy, a leading path. Pure.
 */
#ifndef NUMBERD_SYS_HTTP_ORIGIN_H
#define NUMBERD_SYS_HTTP_ORIGIN_H

#include <stdbool.h>

#include "base/error.h"

#define ORIGIN_BYTES 512

struct origin {
	char url[ORIGIN_BYTES];  /* "https://api.twilio.com", no '/' at the end */
	char host[ORIGIN_BYTES]; /* "api.twilio.com" or "127.0.0.1:8080", to be shown */
	bool secure;             /* https */
};

/*
 * The origin of one of Twilio's services, `product` being "api" or "monitor".
 *
 * base_url, where given, replaces every host of Twilio. It is https, or http to this machine
 * (127.0.0.0/8, ::1, localhost), with no user name, query or fragment.
 * Else region and edge (each may be NULL or "") choose the host as Twilio's own tools do:
 * {product}.{edge}.{region}.twilio.com; an edge alone is in region us1; a region alone has the edge
 * next to it (us1 ashburn, ie1 dublin, au1 sydney), and any other region needs its edge given.
 */
int origin_build(const char *product, const char *base_url, const char *region, const char *edge,
		 struct origin *ret_origin, struct error *error);

#endif
