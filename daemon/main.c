/* The program: finds the command, settles its options, runs it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/phone.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "sys/os/process.h"

#define SETTINGS (OPTION_BIT(OPTION_SETTINGS) | OPTION_BIT(OPTION_STATE_DIR))
#define TWILIO                                                                                     \
	(OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_BASE_URL) | OPTION_BIT(OPTION_CA_FILE) |    \
	 OPTION_BIT(OPTION_CONCURRENCY))
#define FORMAT OPTION_BIT(OPTION_FORMAT)
#define DAEMON (OPTION_BIT(OPTION_SETTINGS) | OPTION_BIT(OPTION_SOCKET))

static const struct command {
	const char *name;
	const char *words; /* shown behind the name */
	int least, most;   /* words */
	uint32_t options;
	int (*run)(const struct options *options);
	const char *help;
} commands[] = {
	{"run", "", 0, 0,
	 SETTINGS | TWILIO | OPTION_BIT(OPTION_OBSERVE) | OPTION_BIT(OPTION_INTERVAL) |
		 OPTION_BIT(OPTION_SOCKET) | OPTION_BIT(OPTION_LISTEN) |
		 OPTION_BIT(OPTION_LOG_FORMAT) | OPTION_BIT(OPTION_LOG_LEVEL),
	 command_run, "the daemon: keeps the numbers as the file says"},
	{"check", "[PATH...]", 0, 1000,
	 OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_SETTINGS) | FORMAT, command_check,
	 "validate the file, offline and without credentials"},
	{"plan", "", 0, 0, SETTINGS | TWILIO | FORMAT, command_plan,
	 "show what 'apply' would do; sends GET requests only"},
	{"apply", "", 0, 0,
	 SETTINGS | TWILIO | FORMAT | OPTION_BIT(OPTION_YES) | OPTION_BIT(OPTION_APPROVE),
	 command_apply, "one pass: plan, send, prove; asks first on a terminal"},
	{"export", "", 0, 0,
	 SETTINGS | TWILIO | OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FORCE) |
		 OPTION_BIT(OPTION_MINIMAL),
	 command_export, "write what is live as a numbers.yaml; sends GET requests only"},
	{"status", "[NUMBER]", 0, 1, SETTINGS | DAEMON | FORMAT, command_status,
	 "what the running daemon knows"},
	{"history", "[NUMBER]", 0, 1, SETTINGS | FORMAT | OPTION_BIT(OPTION_SINCE), command_history,
	 "what was changed, from what to what, and how it ended"},
	{"undo", "ID", 1, 1, SETTINGS | DAEMON | FORMAT | TWILIO | OPTION_BIT(OPTION_YES),
	 command_undo, "put back what one change of the history replaced"},
	{"approve", "DIGEST", 1, 1, DAEMON | FORMAT, command_approve,
	 "let the daemon send this very plan over the limits"},
	{"pause", "REASON", 1, 100, DAEMON | FORMAT | OPTION_BIT(OPTION_FOR), command_pause,
	 "the daemon sends nothing; it still sees what changes"},
	{"resume", "", 0, 0, DAEMON | FORMAT, command_resume, "end a pause"},
	{"sync", "", 0, 0, DAEMON | FORMAT, command_sync, "a pass now; what failed is tried again"},
	{"schema", "", 0, 0, FORMAT, command_schema, "print the JSON Schema of numbers.yaml"},
};

static const char *candidate(const void *context, size_t i)
{
	(void)context;
	return i < ARRAY_LENGTH(commands) ? commands[i].name : NULL;
}

static void print_options(uint32_t mask)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &option_table[i];
		char flag[64];

		if (!(mask & OPTION_BIT(i)))
			continue;
		snprintf(flag, sizeof(flag), "--%s%s%s", row->name, row->argument ? " " : "",
			 row->argument ? row->argument : "");
		printf("  %-22s %s", flag, row->help);
		if (row->fallback)
			printf(" (%s)", row->fallback);
		if (row->environment)
			printf(" [%s]", row->environment);
		putchar('\n');
	}
}

static int print_usage(const struct command *only)
{
	if (only) {
		printf("Usage: numberd %s%s%s [OPTION...]\n%c%s.\n\n", only->name,
		       only->words[0] ? " " : "", only->words, only->help[0] & ~0x20,
		       only->help + 1);
		print_options(only->options | OPTION_BIT(OPTION_HELP));
		return 0;
	}
	printf("Usage: numberd COMMAND [OPTION...]\n"
	       "Keeps the phone numbers at Twilio configured as a YAML file says.\n\n");
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
		char usage[64];

		snprintf(usage, sizeof(usage), "%s %s", commands[i].name, commands[i].words);
		printf("  %-22s %s\n", usage, commands[i].help);
	}
	printf("\n'numberd COMMAND --help' shows the options of a command.\n"
	       "Credentials: TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or TWILIO_API_KEY with\n"
	       "TWILIO_API_SECRET; each also as a file, see numberd(8).\n");
	return 0;
}

/* `command` is its name, or NULL. */
static int usage_error(const char *command, const char *text)
{
	output_error("%s", text);
	fprintf(stderr, "Try 'numberd %s%s--help'.\n", command ? command : "", command ? " " : "");
	return STATUS_USAGE;
}

static int check_number(const char *text, struct error *error)
{
	char guess[PHONE_SIZE];

	if (phone_is_valid(text, strlen(text)))
		return 0;
	if (phone_guess(text, guess))
		return error_set(error, -EINVAL,
				 "'%s' is not a number in E.164 form (did you mean '%s'?)", text,
				 guess);
	return error_set(error, -EINVAL,
			 "'%s' is not a number in E.164 form: '+', country code and the rest, 8 to "
			 "15 digits",
			 text);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *near = text_suggest(name, candidate, NULL);
	struct error error;

	if (near)
		error_set(&error, -EINVAL, "unknown command '%s' (did you mean '%s'?)", name, near);
	else
		error_set(&error, -EINVAL, "unknown command '%s'", name);
	return usage_error(NULL, error.text);
}

static int run(struct options *options, const struct command *command)
{
	struct error error;
	int result;

	if (options->word_count < command->least || options->word_count > command->most) {
		error_set(&error, -EINVAL, "usage: numberd %s%s%s", command->name,
			  command->words[0] ? " " : "", command->words);
		return usage_error(command->name, error.text);
	}
	result = options_settle(options, command->options, &error);
	if (result == 0 && options->format == FORMAT_MARKDOWN && command->run != command_plan)
		result = error_set(&error, -EINVAL, "'%s' has the formats text and json",
				   command->name);
	if (result == 0 && options->word_count && strcmp(command->words, "[NUMBER]") == 0)
		result = check_number(options->words[0], &error);
	if (result == -EINVAL)
		return usage_error(command->name, error.text);
	if (result < 0) {
		output_error("%s", error.text);
		return STATUS_FAILED;
	}
	return command->run(options);
}

int main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct options options;
	struct error error;
	int status;

	if (process_harden(&error) < 0)
		output_warning("%s", error.text);
	if (options_parse(&options, argc, argv, &error) < 0)
		return usage_error(NULL, error.text);
	if (options.command)
		command = find_command(options.command);
	if (option_given(&options, OPTION_VERSION)) {
		printf("numberd %s\n", NUMBERD_VERSION);
		return 0;
	}
	if (options.command && !command)
		return unknown_command(options.command);
	if (option_given(&options, OPTION_HELP))
		return print_usage(command);
	if (!command)
		return usage_error(NULL, "a command is needed");
	status = run(&options, command);
	options_finish(&options);
	return status;
}
