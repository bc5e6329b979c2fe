#include "cli/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "desired/yaml.h"
#include "sys/disk/file.h"

#define SETTINGS_FILE "/etc/numberd/numberd.yaml"
#define CONFIG_HERE   "numbers.yaml"
#define CONFIG_SYSTEM "/etc/numberd/numbers.yaml"

const struct option_row option_table[OPTION_COUNT] = {
	[OPTION_CONFIG] = {"config", "PATH", "NUMBERD_CONFIG", true, NULL,
			   "the file, or the folder of files, that declares the numbers; default "
			   "numbers.yaml here, else /etc/numberd/numbers.yaml"},
	[OPTION_FORMAT] = {"format", "FORMAT", NULL, false, "text",
			   "text, json; of plan also markdown"},
	[OPTION_OBSERVE] = {"observe", NULL, NULL, false, NULL,
			    "never write to Twilio, whatever the file says"},
	[OPTION_YES] = {"yes", NULL, NULL, false, NULL, "do not ask before sending"},
	[OPTION_APPROVE] = {"approve", "DIGEST", NULL, false, NULL,
			    "this very plan may go over limits.max_changes"},
	[OPTION_SINCE] = {"since", "TIME", NULL, false, NULL,
			  "only what is not older, as 24h or 7d"},
	[OPTION_FOR] = {"for", "TIME", NULL, false, NULL, "how long, as 30m or 2h"},
	[OPTION_OUTPUT] = {"output", "FILE", NULL, false, NULL,
			   "write there instead of to standard output"},
	[OPTION_FORCE] = {"force", NULL, NULL, false, NULL, "overwrite what is there"},
	[OPTION_MINIMAL] = {"minimal", NULL, NULL, false, NULL,
			    "the numbers with voice_url and sms_url alone"},
	[OPTION_SETTINGS] = {"settings", "FILE", "NUMBERD_SETTINGS", false, NULL,
			     "settings of this host; default /etc/numberd/numberd.yaml"},
	[OPTION_INTERVAL] = {"interval", "TIME", "NUMBERD_INTERVAL", true, "60s",
			     "between two looks at what is live"},
	[OPTION_CONCURRENCY] = {"concurrency", "N", "NUMBERD_CONCURRENCY", true, "4",
				"requests in flight at the most"},
	[OPTION_STATE_DIR] = {"state-dir", "DIR", "NUMBERD_STATE_DIR", true, NULL,
			      "where the journal is kept; default $STATE_DIRECTORY, else "
			      "/var/lib/numberd"},
	[OPTION_SOCKET] = {"socket", "PATH", "NUMBERD_SOCKET", true, NULL,
			   "of the running daemon; default $RUNTIME_DIRECTORY/numberd.sock, else "
			   "/run/numberd/numberd.sock"},
	[OPTION_LISTEN] = {"listen", "ADDRESS", "NUMBERD_LISTEN", true, "127.0.0.1:9477",
			   "where the daemon answers GET requests (/healthz, /v1/status); off: "
			   "nowhere"},
	[OPTION_LOG_FORMAT] = {"log-format", "FORMAT", "NUMBERD_LOG_FORMAT", true, "auto",
			       "auto, text or json"},
	[OPTION_LOG_LEVEL] = {"log-level", "LEVEL", "NUMBERD_LOG_LEVEL", true, "info",
			      "error, warning, notice, info or debug"},
	[OPTION_BASE_URL] = {"base-url", "URL", "NUMBERD_BASE_URL", false, NULL,
			     "instead of https://api.twilio.com, for tests and proxies; http for "
			     "loopback addresses only"},
	[OPTION_CA_FILE] = {"ca-file", "FILE", "NUMBERD_CA_FILE", true, NULL,
			    "certificates to trust instead of the system's"},
	[OPTION_HELP] = {"help", NULL, NULL, false, NULL, "this text"},
	[OPTION_VERSION] = {"version", NULL, NULL, false, NULL, "the version of numberd"},
};

static const char *candidate(const void *context, size_t i)
{
	(void)context;
	return i < OPTION_COUNT ? option_table[i].name : NULL;
}

static int unknown_option(const char *word, struct error *error)
{
	char name[64];
	const char *near;

	snprintf(name, sizeof(name), "%s", word + strspn(word, "-"));
	name[strcspn(name, "=")] = '\0';
	near = text_suggest(name, candidate, NULL);
	if (near)
		return error_set(error, -EINVAL, "unknown option '%s' (did you mean '--%s'?)", word,
				 near);
	return error_set(error, -EINVAL, "unknown option '%s'", word);
}

int options_parse(struct options *options, int argc, char **argv, struct error *error)
{
	struct option longs[OPTION_COUNT + 1] = {0};
	int index, result;

	*options = (struct options){0};
	for (int i = 0; i < OPTION_COUNT; i++)
		longs[i] = (struct option){
			.name = option_table[i].name,
			.has_arg = option_table[i].argument ? required_argument : no_argument,
		};
	opterr = 0;
	optind = 0; /* a fresh start, also for a second call */
	while ((result = getopt_long(argc, argv, ":hy", longs, &index)) != -1) {
		if (result == 0)
			options->values[index] = optarg ? optarg : "";
		else if (result == 'h')
			options->values[OPTION_HELP] = "";
		else if (result == 'y')
			options->values[OPTION_YES] = "";
		else if (result == ':')
			return error_set(error, -EINVAL, "option '%s' needs a value",
					 argv[optind - 1]);
		else
			return unknown_option(argv[optind - 1], error);
	}
	if (optind < argc)
		options->command = argv[optind++];
	options->words = argv + optind;
	options->word_count = argc - optind;
	return 0;
}

static enum option_id option_of_key(const char *key)
{
	char name[64];

	if (strlen(key) >= sizeof(name))
		return OPTION_COUNT;
	strcpy(name, key);
	for (char *c = name; *c; c++)
		*c = *c == '_' ? '-' : *c;
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (option_table[i].in_file && strcmp(option_table[i].name, name) == 0)
			return (enum option_id)i;
	}
	return OPTION_COUNT;
}

static void read_setting(struct options *options, const struct yaml_tree *tree,
			 const struct yaml_node *key, const struct yaml_node *value,
			 struct diag *diag)
{
	char *name = mem_strndup(yaml_text(tree, key), key->size);
	enum option_id id = option_of_key(name);

	if (id == OPTION_COUNT)
		diag_add(diag, DIAG_ERROR, yaml_mark(tree, key), key->width,
			 "unknown setting '%s'; see numberd(8) for those there are", name);
	else if (value->kind != YAML_SCALAR)
		diag_add(diag, DIAG_ERROR, yaml_mark(tree, value), value->width,
			 "setting '%s' must be one value", name);
	else if (options->file_values[id])
		diag_add(diag, DIAG_ERROR, yaml_mark(tree, key), key->width,
			 "setting '%s' is there twice: '-' and '_' are the same in its name", name);
	else
		options->file_values[id] = mem_strndup(yaml_text(tree, value), value->size);
	mem_free(name);
}

static int read_tree(struct options *options, const char *path, const char *bytes, size_t length,
		     struct error *error)
{
	const struct yaml_node *key, *value;
	struct yaml_tree tree = {0};
	struct diag diag = {0};
	struct buf text = {0};
	int result = yaml_tree_read(&tree, path, bytes, length, &diag);

	if (result == 0 && tree.count && tree.nodes[0].kind == YAML_MAPPING) {
		YAML_FOREACH (key, value, &tree.nodes[0])
			read_setting(options, &tree, key, value, &diag);
	} else if (result == 0 && tree.count && !yaml_is_null(&tree, &tree.nodes[0])) {
		diag_add(&diag, DIAG_ERROR, yaml_mark(&tree, &tree.nodes[0]), 1,
			 "settings must be 'key: value' lines");
	}
	if (diag.errors) {
		diag_print(&diag, &text, 0);
		text.length = text_trimmed_length(buf_text(&text), text.length);
		result = error_set(error, -EBADMSG, "%.*s", (int)text.length, buf_text(&text));
	}
	buf_finish(&text);
	diag_finish(&diag);
	yaml_tree_finish(&tree);
	return result;
}

static int read_settings_file(struct options *options, struct error *error)
{
	const char *path = options->values[OPTION_SETTINGS];
	char *bytes;
	size_t length;
	int result;

	if (!path && access(SETTINGS_FILE, F_OK) < 0)
		return 0;
	if (!path)
		path = SETTINGS_FILE;
	result = file_read(path, LIMIT_SETTINGS_BYTES, &bytes, &length, NULL, error);
	if (result < 0)
		return error_set(error, -EBADMSG, "%s", error->text);
	result = read_tree(options, path, bytes, length, error);
	mem_free(bytes);
	return result;
}

/* "--interval", "NUMBERD_INTERVAL" or "interval in numberd.yaml": where a bad value came from. */
static int bad_value(const struct options *options, enum option_id id, bool given,
		     const char *expected, struct error *error)
{
	const struct option_row *row = &option_table[id];
	const char *value = options->values[id];

	if (given)
		return error_set(error, -EINVAL, "--%s: '%s' is not %s", row->name, value,
				 expected);
	if (row->environment && value == getenv(row->environment))
		return error_set(error, -EBADMSG, "%s in the environment: '%s' is not %s",
				 row->environment, value, expected);
	return error_set(error, -EBADMSG, "%s in the settings file: '%s' is not %s", row->name,
			 value, expected);
}

static int parse_choice(const char *value, const char *const *choices)
{
	for (int i = 0; choices[i]; i++) {
		if (strcmp(value, choices[i]) == 0)
			return i;
	}
	return -1;
}

bool options_is_digest(const char *text)
{
	return text_starts(text, "sha256:") && strlen(text) == 7 + 64 &&
	       strspn(text + 7, "0123456789abcdef") == 64;
}

#define DAY_MS 86400000LL

static int convert(struct options *options, uint32_t given, struct error *error)
{
	static const char *const formats[] = {"text", "json", "markdown", NULL};
	static const char *const log_formats[] = {"text", "auto", "json", NULL};
	const char **values = options->values;
	int format = parse_choice(values[OPTION_FORMAT], formats);
	int log_format = parse_choice(values[OPTION_LOG_FORMAT], log_formats);
	int64_t concurrency;

#define BAD(id, expected) bad_value(options, id, given &OPTION_BIT(id), expected, error)
	if (format < 0)
		return BAD(OPTION_FORMAT, "text, json or markdown");
	if (log_format < 0)
		return BAD(OPTION_LOG_FORMAT, "auto, text or json");
	if (!log_level_parse(values[OPTION_LOG_LEVEL], &options->log_level))
		return BAD(OPTION_LOG_LEVEL, "error, warning, notice, info or debug");
	if (!text_parse_duration(values[OPTION_INTERVAL], &options->interval) ||
	    options->interval < 100 || options->interval > DAY_MS)
		return BAD(OPTION_INTERVAL, "a time from 100ms to 1d, as 60s or 5m");
	if (!text_parse_int(values[OPTION_CONCURRENCY], 1, LIMIT_CONCURRENCY, &concurrency))
		return BAD(OPTION_CONCURRENCY, "a whole number from 1 to 64");
	if (values[OPTION_SINCE] &&
	    (!text_parse_duration(values[OPTION_SINCE], &options->since) || options->since <= 0))
		return BAD(OPTION_SINCE, "a time, as 24h or 7d");
	if (values[OPTION_FOR] && (!text_parse_duration(values[OPTION_FOR], &options->pause) ||
				   options->pause <= 0 || options->pause > LIMIT_PAUSE_MS))
		return BAD(OPTION_FOR, "a time of a year at the most, as 30m or 2h");
	if (values[OPTION_APPROVE] && !options_is_digest(values[OPTION_APPROVE]))
		return BAD(OPTION_APPROVE, "the digest of a plan, sha256: and 64 digits");
#undef BAD
	options->format = (enum output_format)format;
	options->concurrency = (unsigned)concurrency;
	options->log_format_auto = log_format == 1;
	options->log_format = log_format == 2 ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
	return 0;
}

/* systemd gives a list of directories, separated by colons, where a unit names several. */
static char *first_directory(const char *environment)
{
	const char *list = getenv(environment);

	return text_is_empty(list) ? NULL : mem_strndup(list, strcspn(list, ":"));
}

static void settle_paths(struct options *options)
{
	const char **values = options->values;
	char *runtime = first_directory("RUNTIME_DIRECTORY");

	options->config = values[OPTION_CONFIG];
	if (!options->config)
		options->config = access(CONFIG_HERE, F_OK) == 0 ? CONFIG_HERE : CONFIG_SYSTEM;
	if (!values[OPTION_STATE_DIR]) {
		options->file_values[OPTION_STATE_DIR] = first_directory("STATE_DIRECTORY");
		values[OPTION_STATE_DIR] = options->file_values[OPTION_STATE_DIR];
	}
	options->state_dir =
		values[OPTION_STATE_DIR] ? values[OPTION_STATE_DIR] : "/var/lib/numberd";
	if (asprintf(&options->default_socket, "%s/numberd.sock",
		     runtime ? runtime : "/run/numberd") < 0)
		abort();
	options->socket = values[OPTION_SOCKET] ? values[OPTION_SOCKET] : options->default_socket;
	mem_free(runtime);
}

int options_settle(struct options *options, uint32_t allowed, struct error *error)
{
	uint32_t given = 0;
	int result;

	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &option_table[i];
		const char *environment = row->environment ? getenv(row->environment) : NULL;

		if (options->values[i]) {
			given |= OPTION_BIT(i);
			/* A setting of the host may be given to every command, so that one set of
			 * words serves them all. */
			if (!(allowed & OPTION_BIT(i)) && !row->environment)
				return error_set(error, -EINVAL, "'%s' takes no option --%s",
						 options->command, row->name);
		} else if (!text_is_empty(environment)) {
			options->values[i] = environment;
		}
	}
	result = read_settings_file(options, error);
	if (result < 0)
		return result;
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (!options->values[i])
			options->values[i] = options->file_values[i];
		if (!options->values[i])
			options->values[i] = option_table[i].fallback;
	}
	result = convert(options, given, error);
	if (result < 0)
		return result;
	settle_paths(options);
	return 0;
}

void options_finish(struct options *options)
{
	for (int i = 0; i < OPTION_COUNT; i++)
		mem_free(options->file_values[i]);
	mem_free(options->default_socket);
	*options = (struct options){0};
}
