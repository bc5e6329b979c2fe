/* sys/http/http_header.h and the verdict on an answer, with whatever a server sends. */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "fuzz.h"
#include "sys/http/http_header.h"
#include "twilio/api.h"

static void check_header(const char *line, size_t size)
{
	char value[64];

	if (http_header_match(line, size, "Retry-After", value, sizeof(value))) {
		int64_t wait = http_header_retry_after(value, 1795425600000);

		assert(strlen(value) < sizeof(value));
		assert(wait >= -1 && wait <= LIMIT_RETRY_MS);
	}
}

static void check_verdict(const char *body, size_t size, int status)
{
	struct api_verdict verdict;

	api_judge(&(struct http_answer){.result = HTTP_ANSWERED,
					.status = status,
					.body = body,
					.body_length = size,
					.request_id = "",
					.error = ""},
		  &verdict);
	assert(strlen(verdict.text) < sizeof(verdict.text));
	assert((verdict.class == API_OK) == (status >= 200 && status < 300));
	/* What may have been processed must never look like what may be repeated. */
	assert(verdict.class != API_UNAVAILABLE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);

	check_header(text, size);
	if (size >= 2)
		check_verdict(text + 2, size - 2, 100 + (data[0] << 8 | data[1]) % 500);
	(void)api_may_follow(text, "AC1");
	mem_free(text);
	return 0;
}
