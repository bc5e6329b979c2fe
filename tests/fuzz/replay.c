/*
 * Stands in for libFuzzer: gives each file of a folder to the target once. So the inputs that once
 * broke something are a test in every build, and valgrind and gcov see the targets too.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	size_t length = 0, room = 0, got;

	if (!file) {
		perror(path);
		return 1;
	}
	do {
		if (length == room) {
			room = room ? room * 2 : 65536;
			bytes = realloc(bytes, room);
			if (!bytes)
				abort();
		}
		got = fread(bytes + length, 1, room - length, file);
		length += got;
	} while (got);
	fclose(file);
	/* A copy of the exact size, so that a read past the end is seen. */
	uint8_t *exact = malloc(length ? length : 1);
	if (!exact)
		abort();
	for (size_t i = 0; i < length; i++)
		exact[i] = bytes[i];
	free(bytes);
	LLVMFuzzerTestOneInput(exact, length);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	int inputs = 0, failures = 0;
	DIR *folder;

	if (argc != 2) {
		fprintf(stderr, "Usage: %s FOLDER\n", argv[0]);
		return 64;
	}
	folder = opendir(argv[1]);
	if (!folder) {
		perror(argv[1]);
		return 1;
	}
	while ((entry = readdir(folder))) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
		failures += replay(path);
		inputs++;
	}
	closedir(folder);
	printf("%d inputs\n", inputs);
	return failures || !inputs;
}
