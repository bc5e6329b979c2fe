/*
 * simulation [--seeds N] [--from SEED] [--jobs N] [--failures N]
 * simulation --seed S [--steps N] [--trace]
 *
 * Lives many lives, each from its seed; prints those that went wrong with the command that replays
 * them, and ends with status 1 if there was one. docs/simulation.md says more.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "simulation/world.h"

#define JOBS_MAX    256
#define TWICE_EVERY 50
#define SECONDS     300 /* a life takes some 20 ms; longer under valgrind; it never hangs */

struct options {
	int64_t seeds, from, jobs, steps, seed;
	int64_t failures; /* after so many in all nothing new begins */
	bool one, trace;
};

struct shared {
	struct totals totals[JOBS_MAX];
	_Atomic int64_t failures;
};

static const char *program;

/* What is said if a life kills the process; made before it, since a handler may only write. */
static char last_words[160];
static size_t last_words_length;

static void begin_life(uint64_t seed)
{
	int length = snprintf(last_words, sizeof(last_words),
			      "died of a signal: %s --seed %llu --trace\n", program,
			      (unsigned long long)seed);

	last_words_length =
		(size_t)length < sizeof(last_words) ? (size_t)length : sizeof(last_words) - 1;
}

static void on_signal(int number)
{
	if (write(STDOUT_FILENO, last_words, last_words_length) < 0)
		_exit(3);
	signal(number, SIG_DFL);
	raise(number);
}

/* Fewest steps that still go wrong, as far as halving finds them. */
static int shrink(uint64_t seed, int steps)
{
	struct totals totals = {0};
	char failure[1024];
	uint64_t hash;
	int good = 0, bad = steps, done;

	while (bad - good > 1) {
		int middle = good + (bad - good) / 2;

		if (life_run(seed, middle, false, &totals, &hash, &done, failure))
			good = middle;
		else
			bad = middle;
	}
	return bad;
}

static bool run_seed(uint64_t seed, struct totals *totals)
{
	struct totals again = {0};
	char failure[1024], second[1024];
	uint64_t hash, other;
	int steps, ignored;

	begin_life(seed);
	if (!life_run(seed, 0, false, totals, &hash, &steps, failure)) {
		printf("seed %llu: %s\n    replay: %s --seed %llu --steps %d --trace\n",
		       (unsigned long long)seed, failure, program, (unsigned long long)seed,
		       shrink(seed, steps));
		fflush(stdout);
		return false;
	}
	if (seed % TWICE_EVERY)
		return true;
	life_run(seed, 0, false, &again, &other, &ignored, second);
	if (hash == other)
		return true;
	printf("seed %llu: lived twice, it was not the same life (%016llx, %016llx)\n",
	       (unsigned long long)seed, (unsigned long long)hash, (unsigned long long)other);
	fflush(stdout);
	return false;
}

static int work(const struct options *options, int64_t job, struct shared *shared)
{
	static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGALRM};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], on_signal);
	for (int64_t i = job; i < options->seeds && shared->failures < options->failures;
	     i += options->jobs) {
		alarm(SECONDS);
		shared->failures += !run_seed((uint64_t)(options->from + i), &shared->totals[job]);
	}
	return shared->failures ? 1 : 0;
}

static void print_totals(const struct options *options, const struct shared *shared, double took)
{
	uint64_t sum[sizeof(struct totals) / sizeof(uint64_t)] = {0};
	struct totals all;

	for (int64_t j = 0; j < options->jobs; j++) {
		const uint64_t *one = (const uint64_t *)&shared->totals[j];

		for (size_t i = 0; i < sizeof(sum) / sizeof(sum[0]); i++)
			sum[i] += one[i];
	}
	memcpy(&all, sum, sizeof(all));
	printf("%llu lives in %.1f s: %llu steps, %llu passes, %llu requests, %llu updates, %llu "
	       "crashes, %llu journals lost, %llu edits, %llu hands, %llu drifts checked, %llu "
	       "approvals, %llu fights, %llu undos\n",
	       (unsigned long long)all.lives, took, (unsigned long long)all.steps,
	       (unsigned long long)all.passes, (unsigned long long)all.requests,
	       (unsigned long long)all.posts, (unsigned long long)all.crashes,
	       (unsigned long long)all.lost_journals, (unsigned long long)all.edits,
	       (unsigned long long)all.hands, (unsigned long long)all.drifts,
	       (unsigned long long)all.approvals, (unsigned long long)all.fights,
	       (unsigned long long)all.undos);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int run_many(const struct options *options)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double begin = seconds();
	int status, worst = 0;

	if (shared == MAP_FAILED)
		return 1;
	for (int64_t j = 0; j < options->jobs; j++) {
		pid_t child = fork();

		if (child < 0)
			return 1;
		if (child == 0)
			exit(work(options, j, shared));
	}
	while (wait(&status) > 0) {
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			worst = 1;
	}
	print_totals(options, shared, seconds() - begin);
	return worst;
}

static int run_one(const struct options *options)
{
	struct totals totals = {0};
	char failure[1024];
	uint64_t hash;
	int steps;
	bool ok = life_run((uint64_t)options->seed, (int)options->steps, options->trace, &totals,
			   &hash, &steps, failure);

	printf("seed %lld: %s (%d steps, trace %016llx)\n", (long long)options->seed,
	       ok ? "nothing wrong" : failure, steps, (unsigned long long)hash);
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"seeds", required_argument, NULL, 'n'}, {"from", required_argument, NULL, 'f'},
		{"jobs", required_argument, NULL, 'j'},  {"steps", required_argument, NULL, 'l'},
		{"seed", required_argument, NULL, 's'},  {"failures", required_argument, NULL, 'w'},
		{"trace", no_argument, NULL, 't'},       {NULL, 0, NULL, 0},
	};
	struct options options = {.seeds = 1000, .from = 1, .jobs = 2, .failures = 10};
	int name;

	program = argv[0];
	while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
		int64_t *target = name == 'n'   ? &options.seeds
				  : name == 'f' ? &options.from
				  : name == 'j' ? &options.jobs
				  : name == 'l' ? &options.steps
				  : name == 'w' ? &options.failures
						: &options.seed;

		options.one |= name == 's';
		options.trace |= name == 't';
		if (name == '?' || (name != 't' && !text_parse_int(optarg, 0, INT64_MAX, target))) {
			fprintf(stderr, "usage: simulation [--seeds N] [--from SEED] [--jobs N]\n"
					"       simulation --seed S [--steps N] [--trace]\n");
			return 64;
		}
	}
	if (options.jobs < 1 || options.jobs > JOBS_MAX)
		options.jobs = 1;
	return options.one ? run_one(&options) : run_many(&options);
}
