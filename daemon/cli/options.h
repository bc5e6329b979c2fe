/*
 * The command line, the environment and numberd.yaml, as one table: each option has a flag; those
 * that are settings of the host also have an environment name and a key in the settings file. Flag
 * over environment over file over default.
 *
 * Every mistake is reported with its place: the flag, the variable, or the line of the file.
 */
#ifndef NUMBERD_CLI_OPTIONS_H
#define NUMBERD_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"

enum option_id {
	OPTION_CONFIG,
	OPTION_FORMAT,
	OPTION_OBSERVE,
	OPTION_YES,
	OPTION_APPROVE,
	OPTION_SINCE,
	OPTION_FOR,
	OPTION_OUTPUT,
	OPTION_FORCE,
	OPTION_MINIMAL,
	OPTION_SETTINGS,
	OPTION_INTERVAL,
	OPTION_CONCURRENCY,
	OPTION_STATE_DIR,
	OPTION_SOCKET,
	OPTION_LISTEN,
	OPTION_LOG_FORMAT,
	OPTION_LOG_LEVEL,
	OPTION_BASE_URL,
	OPTION_CA_FILE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_COUNT
};

#define OPTION_BIT(id) (1u << (id))

struct option_row {
	const char *name;        /* "state-dir": --state-dir; the file's key has '_' for '-' */
	const char *argument;    /* "DIR", or NULL: takes none */
	const char *environment; /* "NUMBERD_STATE_DIR", or NULL */
	bool in_file;
	const char *fallback; /* or NULL */
	const char *help;
};

extern const struct option_row option_table[OPTION_COUNT];

enum output_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN };

struct options {
	const char *values[OPTION_COUNT]; /* "" for a flag without argument; NULL: not given */
	const char *command;              /* the first word, or NULL */
	char **words;                     /* those behind it, inside argv */
	int word_count;
	char *file_values[OPTION_COUNT]; /* owned: those of the settings file */

	/* The settings as values, after options_settle(). */
	enum output_format format;
	int64_t interval; /* ms */
	int64_t since;    /* ms back from now, 0: no --since */
	int64_t pause;    /* ms, 0: no --for */
	unsigned concurrency;
	bool log_format_auto;
	enum log_format log_format;
	enum log_level log_level;
	const char *config;
	const char *state_dir;
	const char *socket;
	char *default_socket; /* owned */
};

/* Takes argv apart. -EINVAL: wrong usage, exit status 64. */
int options_parse(struct options *options, int argc, char **argv, struct error *error);

/* Adds the environment and the settings file, checks and converts. `allowed`: bits of options that
 * the command takes besides the settings, which all take; others are wrong usage (-EINVAL);
 * -EBADMSG: a bad setting elsewhere. */
int options_settle(struct options *options, uint32_t allowed, struct error *error);
void options_finish(struct options *options);

static inline bool option_given(const struct options *options, enum option_id id)
{
	return options->values[id] != 0;
}

/* "sha256:" and 64 digits, as plans have. */
bool options_is_digest(const char *text);

#endif
