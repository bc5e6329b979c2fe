/*
 * The secret that opens the Twilio account. Each of auth token, API key and API secret is looked
 * for in three places, and the first place that has it wins:
 *   1. $CREDENTIALS_DIRECTORY (systemd), files twilio_auth_token, twilio_api_key, twilio_api_secret
 *   2. the files named by TWILIO_AUTH_TOKEN_FILE, TWILIO_API_KEY_FILE, TWILIO_API_SECRET_FILE
 *   3. TWILIO_AUTH_TOKEN, TWILIO_API_KEY, TWILIO_API_SECRET; an empty variable is not set
 * Where there is both a token and a key with its secret, the earlier place wins; at the same place
 * the token does. Key and secret may be at different places; the later of the two counts.
 *
 * White space at the end is trimmed. A file that is there and can't be used is an error, never
 * passed over. The value is never logged, never part of an error, kept out of core dumps and swap
 * where the system allows it, and wiped by credentials_free().
 */
#ifndef NUMBERD_SYS_HTTP_CREDENTIALS_H
#define NUMBERD_SYS_HTTP_CREDENTIALS_H

#include "base/error.h"
#include "base/limits.h"

struct credentials {
	/* The API key; for a token TWILIO_ACCOUNT_SID, or "": the account of each request. */
	char user[LIMIT_SECRET_BYTES + 1];
	char secret[LIMIT_SECRET_BYTES + 1];
};

/* Reads the environment and the files it names. */
int credentials_read(struct credentials **ret_credentials, struct error *error);
void credentials_free(struct credentials *credentials);

#endif
