#include "sys/http/credentials.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/text.h"
#include "sys/disk/file.h"

enum place { PLACE_DIRECTORY, PLACE_FILE, PLACE_VARIABLE, PLACE_NONE };

/* One thing to find, and its names at the three places. */
struct item {
	const char *file;
	const char *file_variable;
	const char *variable;
};

static const struct item token_item = {"twilio_auth_token", "TWILIO_AUTH_TOKEN_FILE",
				       "TWILIO_AUTH_TOKEN"};
static const struct item key_item = {"twilio_api_key", "TWILIO_API_KEY_FILE", "TWILIO_API_KEY"};
static const struct item secret_item = {"twilio_api_secret", "TWILIO_API_SECRET_FILE",
					"TWILIO_API_SECRET"};

/* Takes a value from `origin`, which is a name that may be shown. */
static int take_value(const char *origin, const char *bytes, size_t length, char *ret_value,
		      struct error *error)
{
	length = text_trimmed_length(bytes, length);
	if (length == 0)
		return error_set(error, -EINVAL, "%s is empty", origin);
	if (length > LIMIT_SECRET_BYTES)
		return error_set(error, -EFBIG, "%s is longer than %d bytes", origin,
				 LIMIT_SECRET_BYTES);
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)bytes[i] <= ' ' || bytes[i] == 0x7f)
			return error_set(
				error, -EINVAL,
				"%s has white space or a control character at byte %zu: it "
				"must hold the value alone",
				origin, i + 1);
	}
	memcpy(ret_value, bytes, length);
	ret_value[length] = '\0';
	return 0;
}

static int read_value_file(const char *path, char *ret_value, struct error *error)
{
	struct stat info;
	size_t length;
	char *bytes;
	int result;

	result = file_read(path, LIMIT_SECRET_BYTES, &bytes, &length, &info, error);
	if (result < 0)
		return result;
	if (info.st_mode & S_IWOTH)
		result = error_set(error, -EPERM,
				   "%s can be written by every user: take that permission away "
				   "(chmod o-w) and check the value",
				   path);
	else
		result = take_value(path, bytes, length, ret_value, error);
	mem_wipe(bytes, length);
	mem_free(bytes);
	return result;
}

/* The value of `item` and where it was; PLACE_NONE is no error. */
static int find(const struct item *item, char *ret_value, enum place *ret_place,
		struct error *error)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	const char *path = getenv(item->file_variable);
	const char *value = getenv(item->variable);
	int result = 0;

	*ret_place = PLACE_NONE;
	if (!text_is_empty(directory)) {
		cleanup(mem_cleanup) char *joined = NULL;

		if (asprintf(&joined, "%s/%s", directory, item->file) < 0)
			abort();
		*ret_place = PLACE_DIRECTORY;
		result = read_value_file(joined, ret_value, error);
		if (result != -ENOENT)
			return result;
		*ret_place = PLACE_NONE;
	}
	if (!text_is_empty(path)) {
		*ret_place = PLACE_FILE;
		result = read_value_file(path, ret_value, error);
		return result < 0 ? error_wrap(error, "%s", item->file_variable) : 0;
	}
	if (!text_is_empty(value)) {
		*ret_place = PLACE_VARIABLE;
		return take_value(item->variable, value, strlen(value), ret_value, error);
	}
	return 0;
}

static int nothing_found(struct error *error)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	return error_set(
		error, -ENOENT,
		"no Twilio credentials: looked for twilio_auth_token, or twilio_api_key and "
		"twilio_api_secret, in %s%s; for TWILIO_AUTH_TOKEN_FILE, or TWILIO_API_KEY_FILE "
		"and TWILIO_API_SECRET_FILE; and for TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and "
		"TWILIO_API_SECRET",
		text_is_empty(directory) ? "CREDENTIALS_DIRECTORY (not set)" : "",
		text_is_empty(directory) ? "" : directory);
}

static int use_token(struct credentials *credentials, struct error *error)
{
	const char *account = getenv("TWILIO_ACCOUNT_SID");

	credentials->user[0] = '\0';
	if (text_is_empty(account))
		return 0;
	return take_value("TWILIO_ACCOUNT_SID", account, strlen(account), credentials->user, error);
}

static int fill(struct credentials *credentials, struct credentials *scratch, struct error *error)
{
	enum place token = PLACE_NONE, key = PLACE_NONE, secret = PLACE_NONE;
	int result;

	result = find(&token_item, credentials->secret, &token, error);
	if (result < 0)
		return result;
	if (token == PLACE_DIRECTORY)
		return use_token(credentials, error);
	result = find(&key_item, scratch->user, &key, error);
	if (result == 0)
		result = find(&secret_item, scratch->secret, &secret, error);
	if (result < 0)
		return result;
	if (token != PLACE_NONE && token <= (key > secret ? key : secret))
		return use_token(credentials, error);
	if (key == PLACE_NONE && secret == PLACE_NONE)
		return nothing_found(error);
	if (key == PLACE_NONE || secret == PLACE_NONE)
		return error_set(
			error, -ENOENT,
			"half of the Twilio credentials: there is an API %s, but no API %s "
			"(%s)",
			key == PLACE_NONE ? "secret" : "key", key == PLACE_NONE ? "key" : "secret",
			key == PLACE_NONE ? "TWILIO_API_KEY or TWILIO_API_KEY_FILE"
					  : "TWILIO_API_SECRET or TWILIO_API_SECRET_FILE");
	memcpy(credentials, scratch, sizeof(*credentials));
	return 0;
}

/* Pages of their own: they can be locked and kept out of dumps, and share nothing. */
static struct credentials *allocate(void)
{
	void *memory = mmap(NULL, sizeof(struct credentials), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	mlock(memory, sizeof(struct credentials));
	madvise(memory, sizeof(struct credentials), MADV_DONTDUMP);
	return memory;
}

int credentials_read(struct credentials **ret_credentials, struct error *error)
{
	struct credentials *credentials = allocate();
	struct credentials *scratch = allocate();
	int result = fill(credentials, scratch, error);

	credentials_free(scratch);
	if (result == 0 && strchr(credentials->user, ':'))
		result = error_set(error, -EINVAL,
				   "the account SID or API key has a ':' in it: it must be the SID "
				   "alone, the secret goes into a variable of its own");
	if (result < 0) {
		credentials_free(credentials);
		return result;
	}
	*ret_credentials = credentials;
	return 0;
}

void credentials_free(struct credentials *credentials)
{
	if (!credentials)
		return;
	mem_wipe(credentials, sizeof(*credentials));
	munmap(credentials, sizeof(*credentials));
}
