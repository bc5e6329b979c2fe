/* The loop's timers and sources, and signals and the notify protocol that build on it. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/os/clock_system.h"
#include "sys/os/loop.h"
#include "sys/os/notify.h"
#include "sys/os/signals.h"

static struct loop *loop;

static int set_up(void **state)
{
	struct error error;

	(void)state;
	return loop_new(&loop, &error);
}

static int tear_down(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static char order[32];

static void note_a(void *context, int64_t now)
{
	(void)now;
	strcat(order, context);
}

static void test_timers_run_once_in_order(void **state)
{
	struct loop_timer late = {.due = note_a, .context = (char[]){"l"}};
	struct loop_timer early = {.due = note_a, .context = (char[]){"e"}};
	struct loop_timer dropped = {.due = note_a, .context = (char[]){"d"}};

	(void)state;
	order[0] = '\0';
	assert_int_equal(loop_timeout(loop, 0), LOOP_FOREVER);
	loop_timer_set(loop, &late, 200);
	loop_timer_set(loop, &early, 100);
	loop_timer_set(loop, &dropped, 50);
	assert_int_equal(loop_timeout(loop, 10), 40);
	loop_timer_set(loop, &dropped, NEVER);
	assert_int_equal(loop_timeout(loop, 10), 90);
	loop_dispatch(loop, 99);
	assert_string_equal(order, "");
	loop_dispatch(loop, 1000);
	assert_string_equal(order, "el");
	loop_dispatch(loop, 2000);
	assert_string_equal(order, "el");
	assert_int_equal(loop_timeout(loop, 2000), LOOP_FOREVER);
}

static void test_a_timer_moves(void **state)
{
	struct loop_timer timer = {.due = note_a, .context = (char[]){"t"}};

	(void)state;
	order[0] = '\0';
	loop_timer_set(loop, &timer, 100);
	loop_timer_set(loop, &timer, 300);
	loop_dispatch(loop, 200);
	assert_string_equal(order, "");
	loop_dispatch(loop, 300);
	assert_string_equal(order, "t");
}

static void test_timeout_fits_an_int(void **state)
{
	struct loop_timer timer = {.due = note_a, .context = (char[]){""}};

	(void)state;
	loop_timer_set(loop, &timer, NEVER - 1);
	assert_int_equal(loop_timeout(loop, 0), LOOP_FOREVER);
	loop_timer_set(loop, &timer, -5);
	assert_int_equal(loop_timeout(loop, 0), 0);
}

static struct loop_timer again;
static int again_count;

static void set_again(void *context, int64_t now)
{
	(void)context;
	again_count++;
	loop_timer_set(loop, &again, now - 1);
}

static void test_a_timer_set_in_the_past_does_not_hold_the_loop(void **state)
{
	(void)state;
	again = (struct loop_timer){.due = set_again};
	again_count = 0;
	loop_timer_set(loop, &again, 0);
	loop_dispatch(loop, 10);
	assert_int_equal(again_count, 1);
	loop_dispatch(loop, 10);
	assert_int_equal(again_count, 2);
}

static struct loop_source ends[2];
static int ready_count;

static void remove_both(void *context, int64_t now)
{
	(void)context;
	(void)now;
	ready_count++;
	loop_remove(loop, &ends[0]);
	loop_remove(loop, &ends[1]);
}

static void test_a_source_removed_by_another_is_not_called(void **state)
{
	int a[2], b[2];
	struct error error;

	(void)state;
	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	ends[0] = (struct loop_source){.fd = a[0], .ready = remove_both};
	ends[1] = (struct loop_source){.fd = b[0], .ready = remove_both};
	assert_int_equal(loop_add(loop, &ends[0], &error), 0);
	assert_int_equal(loop_add(loop, &ends[1], &error), 0);
	ready_count = 0;
	loop_dispatch(loop, 0);
	assert_int_equal(ready_count, 0);
	assert_int_equal(write(a[1], "x", 1), 1);
	assert_int_equal(write(b[1], "x", 1), 1);
	loop_dispatch(loop, 0);
	loop_dispatch(loop, 0);
	assert_int_equal(ready_count, 1);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

static void test_a_bad_descriptor_is_an_error(void **state)
{
	struct loop_source source = {.fd = -1, .ready = remove_both};
	struct error error;

	(void)state;
	assert_int_equal(loop_add(loop, &source, &error), -EBADF);
	assert_non_null(strstr(error.text, "descriptor -1"));
}

static int arrived[8];
static size_t arrived_count;

static void note_signal(void *context, int number)
{
	(void)context;
	arrived[arrived_count++] = number;
}

static void test_signals_arrive_through_the_loop(void **state)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGUSR1, SIGTERM};
	struct signals *signals;
	struct error error;

	(void)state;
	arrived_count = 0;
	assert_int_equal(signals_new(loop, note_signal, NULL, &signals, &error), 0);
	for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
		raise(numbers[i]);
		assert_int_equal(arrived_count, i);
		loop_dispatch(loop, 0);
		assert_int_equal(arrived_count, i + 1);
		assert_int_equal(arrived[i], numbers[i]);
	}
	raise(SIGPIPE);
	loop_dispatch(loop, 0);
	assert_int_equal(arrived_count, ARRAY_LENGTH(numbers));
	signals_free(signals);
}

static int manager_fd;

/* Listens as systemd would; '@' begins an abstract name. */
static void listen_as_manager(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = 5};

	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	else
		unlink(name);
	manager_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(bind(manager_fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
			 0);
	setsockopt(manager_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setenv("NOTIFY_SOCKET", name, 1);
}

static const char *manager_heard(void)
{
	static char text[1024];
	ssize_t length = recv(manager_fd, text, sizeof(text) - 1, 0);

	assert_true(length >= 0);
	text[length] = '\0';
	return text;
}

static void clear_notify_environment(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void check_protocol(const char *socket_name)
{
	struct notify notify;
	struct error error;
	int64_t before = clock_monotonic(&clock_system), us;

	listen_as_manager(socket_name);
	assert_int_equal(notify_init(&notify, &error), 0);
	assert_int_equal(notify.watchdog_ms, 0);
	notify_ready(&notify);
	assert_string_equal(manager_heard(), "READY=1");
	notify_status(&notify, "40 numbers\nREADY=0");
	assert_string_equal(manager_heard(), "STATUS=40 numbers READY=0");
	notify_reloading(&notify);
	assert_int_equal(sscanf(manager_heard(), "RELOADING=1\nMONOTONIC_USEC=%ld", &us), 1);
	assert_in_range(us / 1000, before, clock_monotonic(&clock_system));
	notify_watchdog(&notify);
	assert_string_equal(manager_heard(), "WATCHDOG=1");
	notify_stopping(&notify);
	assert_string_equal(manager_heard(), "STOPPING=1");
	notify_finish(&notify);
	close(manager_fd);
	clear_notify_environment();
}

static void test_notify_speaks_to_an_abstract_socket(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@numberd-test-%d", getpid());
	check_protocol(name);
}

static void test_notify_speaks_to_a_path(void **state)
{
	char directory[] = "/tmp/numberd-test-XXXXXX", name[64];

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(name, sizeof(name), "%s/notify", directory);
	check_protocol(name);
	unlink(name);
	rmdir(directory);
}

static void test_notify_without_a_manager_does_nothing(void **state)
{
	struct notify notify;
	struct error error;

	(void)state;
	clear_notify_environment();
	setenv("WATCHDOG_USEC", "1000000", 1);
	assert_int_equal(notify_init(&notify, &error), 0);
	assert_int_equal(notify.watchdog_ms, 0);
	notify_ready(&notify);
	notify_finish(&notify);
	clear_notify_environment();
}

static void test_notify_refuses_a_bad_socket(void **state)
{
	static const char *const bad[] = {"relative", "@", "/no/such/socket"};
	struct notify notify;
	struct error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		setenv("NOTIFY_SOCKET", bad[i], 1);
		assert_true(notify_init(&notify, &error) < 0);
		assert_non_null(strstr(error.text, "NOTIFY_SOCKET"));
		notify_ready(&notify);
	}
	clear_notify_environment();
}

static void test_the_watchdog_is_fed_at_half_time(void **state)
{
	char name[64], pid[16];
	struct notify notify;
	struct error error;

	(void)state;
	snprintf(name, sizeof(name), "@numberd-watchdog-%d", getpid());
	listen_as_manager(name);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(notify_init(&notify, &error), 0);
	assert_int_equal(notify.watchdog_ms, 15000);
	notify_finish(&notify);
	snprintf(pid, sizeof(pid), "%d", getpid() + 1);
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_init(&notify, &error), 0);
	assert_int_equal(notify.watchdog_ms, 0);
	notify_finish(&notify);
	close(manager_fd);
	clear_notify_environment();
}

#define LOOP_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOOP_TEST(test_timers_run_once_in_order),
		LOOP_TEST(test_a_timer_moves),
		LOOP_TEST(test_timeout_fits_an_int),
		LOOP_TEST(test_a_timer_set_in_the_past_does_not_hold_the_loop),
		LOOP_TEST(test_a_source_removed_by_another_is_not_called),
		LOOP_TEST(test_a_bad_descriptor_is_an_error),
		LOOP_TEST(test_signals_arrive_through_the_loop),
		cmocka_unit_test(test_notify_speaks_to_an_abstract_socket),
		cmocka_unit_test(test_notify_speaks_to_a_path),
		cmocka_unit_test(test_notify_without_a_manager_does_nothing),
		cmocka_unit_test(test_notify_refuses_a_bad_socket),
		cmocka_unit_test(test_the_watchdog_is_fed_at_half_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
