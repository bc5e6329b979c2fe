#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/output.h"
#include "daemon.h"
#include "sys/os/clock_system.h"

static void write_line(void *context, const char *line, size_t length)
{
	(void)context;
	while (length) {
		ssize_t written = write(STDERR_FILENO, line, length);

		/* A log that nobody takes is no reason to stop looking after the numbers. */
		if (written <= 0)
			return;
		line += written;
		length -= (size_t)written;
	}
}

/* True if standard error is the journal of systemd, by the device and inode that it names. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat info;
	char *end;
	unsigned long long device, inode;

	if (!stream || fstat(STDERR_FILENO, &info) < 0)
		return false;
	device = strtoull(stream, &end, 10);
	if (*end != ':')
		return false;
	inode = strtoull(end + 1, &end, 10);
	return *end == '\0' && info.st_dev == device && info.st_ino == inode;
}

int command_run(const struct options *options)
{
	const struct log log = {
		.level = options->log_level,
		.format = options->log_format_auto && is_journal() ? LOG_FORMAT_JOURNAL
								   : options->log_format,
		.clock = &clock_system,
		.write = write_line,
	};
	const struct daemon_options daemon = {
		.config = options->config,
		.base_url = options->values[OPTION_BASE_URL],
		.ca_file = options->values[OPTION_CA_FILE],
		.region = getenv("TWILIO_REGION"),
		.edge = getenv("TWILIO_EDGE"),
		.default_account = getenv("TWILIO_ACCOUNT_SID"),
		.state_dir = options->state_dir,
		.socket = options->socket,
		.listen = options->values[OPTION_LISTEN],
		.interval = options->interval,
		.concurrency = options->concurrency,
		.observe = option_given(options, OPTION_OBSERVE),
		.log = &log,
	};
	struct error error;

	if (daemon_run(&daemon, &error) < 0) {
		output_error("%s", error.text);
		return STATUS_FAILED;
	}
	return 0;
}
