#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/output.h"
#include "daemon.h"
#include "sys/os/clock_system.h"
#include "sys/os/journald.h"
#include "sys/os/log_sink.h"

static void say_dropped(void *context, uint64_t count)
{
	const struct log *const *log = context;
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, count);
	log_event(*log, LOG_LEVEL_WARNING, "log_dropped",
		  "lines of the log are missing here: nobody took them in time", {"lines", number});
}

int command_run(const struct options *options)
{
	const bool journal = options->log_format_auto && journald_has(STDERR_FILENO);
	const struct log *told = NULL;
	struct log_sink *sink =
		log_sink_new(STDERR_FILENO, journal ? JOURNALD_SOCKET : NULL, say_dropped, &told);
	const struct log log = {
		.level = options->log_level,
		.format = journal ? LOG_FORMAT_JOURNAL : options->log_format,
		.clock = &clock_system,
		.write = log_sink_line,
		.context = sink,
		.entry = log_sink_entry,
		.dropped = log_sink_dropped,
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
		.sink = sink,
	};
	struct error error;
	int result;

	told = &log;
	result = daemon_run(&daemon, &error);
	log_sink_free(sink);
	if (result < 0) {
		output_error("%s", error.text);
		return STATUS_FAILED;
	}
	return 0;
}
