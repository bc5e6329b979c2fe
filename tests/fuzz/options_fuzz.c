/* The command line: any words give settings or a clear error. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/options.h"
#include "fuzz.h"

#define WORDS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);
	char *argv[WORDS + 2] = {(char *)"numberd"};
	struct options options;
	struct error error = {0};
	int argc = 1, result;

	/* Words end at a NUL or a newline. */
	for (char *word = text; argc <= WORDS && word < text + size; word += strlen(word) + 1) {
		word[strcspn(word, "\n")] = '\0';
		argv[argc++] = word;
	}
	result = options_parse(&options, argc, argv, &error);
	/* A settings file would be read from the disk. */
	if (result == 0 && options.command && !option_given(&options, OPTION_SETTINGS)) {
		result = options_settle(&options, UINT32_MAX, &error);
		if (result == 0)
			assert(options.interval >= 100 && options.concurrency >= 1);
	}
	if (result < 0)
		assert(error.text[0]);
	options_finish(&options);
	mem_free(text);
	return 0;
}
