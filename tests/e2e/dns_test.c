/*
 * A name server that never answers: the loop goes on, and SIGTERM ends it. Needs leave to give the
 * child a resolv.conf of its own, which root has.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/daemon.h"
#include "support/test.h"

#define NAME_SERVER "127.0.0.99"

/* Takes questions and leaves them; -1 where that is not allowed. */
static int open_deaf_name_server(void)
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
					    .sin_port = htons(53),
					    .sin_addr.s_addr = inet_addr(NAME_SERVER)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void wait_for_question(int fd)
{
	char question[512];

	assert_true(recv(fd, question, sizeof(question), 0) > 0);
}

static void test_hanging(void **state)
{
	static const char script[] = "echo nameserver " NAME_SERVER " >\"$0\" && "
				     "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";
	struct scene *scene = *state;
	int server = open_deaf_name_server();
	char resolv[80];
	struct daemon *daemon;
	int64_t start;

	/* NOLINTNEXTLINE(cert-env33-c): a fixed command */
	if (server < 0 || system("unshare -m mount --bind /dev/null /etc/resolv.conf") != 0) {
		print_message("skipped: no leave to mount or to listen on port 53\n");
		skip();
	}
	snprintf(resolv, sizeof(resolv), "%s/resolv.conf", scene->folder);
	scene->variables[0] = "NUMBERD_BASE_URL=https://api.hangs.example";
	scene_declare_numbers(scene, "", 3, "voice_url: " SCENE_URL);
	daemon =
		daemon_start_under(scene, WORDS("unshare", "-m", "sh", "-c", script, resolv), NULL);
	daemon_wait(daemon, "started", NULL);
	wait_for_question(server);

	start = scene_now();
	daemon_signal(daemon, SIGHUP);
	daemon_wait(daemon, "reload", NULL);
	scene_declare(scene, "nonsense");
	daemon_wait(daemon, "file_invalid", NULL);
	daemon_signal(daemon, SIGTERM);
	assert_int_equal(daemon_end(daemon), 0);
	assert_true(scene_now() - start < 10000);
	daemon_free(daemon);
	close(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {SCENE_TEST(test_hanging)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
