/*
 * A throw-away authority and a server certificate for 127.0.0.1, ::1 and localhost, made anew at
 * each start and good for a day. Never for anything but tests.
 */
#ifndef TWILIO_SIM_CERTIFICATE_H
#define TWILIO_SIM_CERTIFICATE_H

#include "base/error.h"

struct certificate {
	char *authority_pem; /* what a client must trust */
	char *server_pem;
	char *key_pem;
};

int certificate_make(struct certificate *ret_certificate, struct error *error);
void certificate_finish(struct certificate *certificate);

#endif
