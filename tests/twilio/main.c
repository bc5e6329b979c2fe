/* twilio-sim: the simulated Twilio as a program. docs/testing-simulator.md is its manual. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "front.h"

struct options {
	int64_t port;
	const char *port_file;
	bool tls;
	const char *ca_file;
	int64_t numbers;
	int64_t seed;
	const char *account;
	const char *auth_token;
	const char *load;
};

static const char usage[] =
	"Usage: twilio-sim [OPTION...]\n"
	"A simulated Twilio for tests, on 127.0.0.1. Its first line of output names its address.\n"
	"\n"
	"  --port N              0, the default, takes a free one\n"
	"  --port-file FILE      writes the port there as well\n"
	"  --tls                 HTTPS, with a certificate made for this run\n"
	"  --ca-file FILE        writes the authority that a client must trust there\n"
	"  --latency MS          each answer waits so long\n"
	"  --load FILE           accounts and numbers as JSON\n"
	"  --account AC...       an account, with --auth-token TOKEN\n"
	"  --numbers N           made-up numbers in that account, from --seed S\n"
	"  --switch NAME=VALUE   an unknown of the real API, set the other way\n"
	"  --fault JSON          a fault rule, or an array of them\n"
	"  --faults              prints the names of all faults and ends\n"
	"  --parent-death        ends when the process that started it ends\n";

static int64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void fail(const char *text, const char *detail)
{
	fprintf(stderr, "twilio-sim: %s: %s\n", text, detail);
	exit(1);
}

static void tell(struct twilio *twilio, const char *path, const char *body)
{
	struct buf answer = {0};

	if (twilio_control(twilio, "POST", path, body, strlen(body), now_ms(), &answer) != 200)
		fail(path, buf_text(&answer));
	buf_finish(&answer);
}

static void load_file(struct twilio *twilio, const char *path)
{
	FILE *file = fopen(path, "re");
	struct buf text = {0};
	char bytes[65536];
	size_t length;

	if (!file)
		fail(path, strerror(errno));
	while ((length = fread(bytes, 1, sizeof(bytes), file)) > 0)
		buf_add(&text, bytes, length);
	fclose(file);
	tell(twilio, "/_sim/load", buf_text(&text));
	buf_finish(&text);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		fail(path, strerror(errno));
}

static void set_switch(struct twilio *twilio, char *argument)
{
	char *equals = strchr(argument, '=');

	if (equals)
		*equals = '\0';
	if (!equals || !twilio_switch_set(twilio, argument, equals + 1))
		fail("no such switch, or not with this value", argument);
}

static int64_t parse_count(const char *text)
{
	int64_t value;

	if (!text_parse_int(text, 0, INT32_MAX, &value))
		fail("not a number", text);
	return value;
}

enum {
	OPTION_PORT = 256,
	OPTION_PORT_FILE,
	OPTION_TLS,
	OPTION_CA_FILE,
	OPTION_LATENCY,
	OPTION_LOAD,
	OPTION_ACCOUNT,
	OPTION_AUTH_TOKEN,
	OPTION_NUMBERS,
	OPTION_SEED,
	OPTION_SWITCH,
	OPTION_FAULT,
	OPTION_FAULTS,
	OPTION_PARENT_DEATH,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{"port", required_argument, NULL, OPTION_PORT},
	{"port-file", required_argument, NULL, OPTION_PORT_FILE},
	{"tls", no_argument, NULL, OPTION_TLS},
	{"ca-file", required_argument, NULL, OPTION_CA_FILE},
	{"latency", required_argument, NULL, OPTION_LATENCY},
	{"load", required_argument, NULL, OPTION_LOAD},
	{"account", required_argument, NULL, OPTION_ACCOUNT},
	{"auth-token", required_argument, NULL, OPTION_AUTH_TOKEN},
	{"numbers", required_argument, NULL, OPTION_NUMBERS},
	{"seed", required_argument, NULL, OPTION_SEED},
	{"switch", required_argument, NULL, OPTION_SWITCH},
	{"fault", required_argument, NULL, OPTION_FAULT},
	{"faults", no_argument, NULL, OPTION_FAULTS},
	{"parent-death", no_argument, NULL, OPTION_PARENT_DEATH},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static void print_faults(void)
{
	for (size_t i = 0; twilio_fault_name(i); i++)
		puts(twilio_fault_name(i));
	exit(0);
}

static void take_option(int option, struct options *options, struct twilio *twilio)
{
	switch (option) {
	case OPTION_PORT:
		options->port = parse_count(optarg);
		break;
	case OPTION_PORT_FILE:
		options->port_file = optarg;
		break;
	case OPTION_TLS:
		options->tls = true;
		break;
	case OPTION_CA_FILE:
		options->ca_file = optarg;
		break;
	case OPTION_LATENCY:
		if (!twilio_switch_set(twilio, "latency_ms", optarg))
			fail("not a number", optarg);
		break;
	case OPTION_LOAD:
		options->load = optarg;
		break;
	case OPTION_ACCOUNT:
		options->account = optarg;
		break;
	case OPTION_AUTH_TOKEN:
		options->auth_token = optarg;
		break;
	case OPTION_NUMBERS:
		options->numbers = parse_count(optarg);
		break;
	case OPTION_SEED:
		options->seed = parse_count(optarg);
		break;
	case OPTION_SWITCH:
		set_switch(twilio, optarg);
		break;
	case OPTION_FAULT:
		tell(twilio, "/_sim/faults", optarg);
		break;
	case OPTION_FAULTS:
		print_faults();
		break;
	case OPTION_PARENT_DEATH:
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		break;
	case OPTION_HELP:
		fputs(usage, stdout);
		exit(0);
	default:
		fputs(usage, stderr);
		exit(64);
	}
}

static void fill(struct twilio *twilio, const struct options *options)
{
	struct buf body = {0};

	if (options->load)
		load_file(twilio, options->load);
	if (!options->account)
		return;
	buf_add_text(&body, "{\"account\": ");
	text_add_json(&body, options->account);
	buf_add_text(&body, ", \"auth_token\": ");
	text_add_json(&body, options->auth_token ? options->auth_token : "");
	buf_printf(&body, ", \"numbers\": %lld, \"seed\": %lld}", (long long)options->numbers,
		   (long long)options->seed);
	tell(twilio, "/_sim/generate", buf_text(&body));
	buf_finish(&body);
}

/* SIGTERM and SIGINT become something to poll for. */
static int block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static void announce(struct twilio *twilio, const struct options *options, uint16_t port)
{
	char text[64];

	snprintf(text, sizeof(text), "http%s://127.0.0.1:%u", options->tls ? "s" : "", port);
	twilio_switch_set(twilio, "events_origin", text);
	printf("listening on %s\n", text);
	fflush(stdout);
	snprintf(text, sizeof(text), "%u\n", port);
	if (options->port_file)
		write_file(options->port_file, text);
}

int main(int argc, char **argv)
{
	struct options options = {.seed = 1};
	struct certificate certificate = {NULL, NULL, NULL};
	struct twilio *twilio = twilio_new(1);
	struct front *front = NULL;
	struct error error;
	int signals = block_signals();
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		take_option(option, &options, twilio);
	fill(twilio, &options);
	if (options.tls && certificate_make(&certificate, &error) < 0)
		fail("tls", error.text);
	if (options.ca_file)
		write_file(options.ca_file,
			   certificate.authority_pem ? certificate.authority_pem : "");
	if (options.port > UINT16_MAX)
		fail("port", "not in 0..65535");
	if (front_new(twilio, (uint16_t)options.port, options.tls ? &certificate : NULL, &front,
		      &error) < 0)
		fail("start", error.text);
	announce(twilio, &options, front_port(front));
	front_run(front, signals);
	front_free(front);
	certificate_finish(&certificate);
	twilio_free(twilio);
	close(signals);
	return 0;
}
