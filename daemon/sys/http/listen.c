#include "sys/http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

#define BACKLOG 16

static int open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* True if somebody still listens on the socket file. */
static bool is_answered(const struct sockaddr_un *address)
{
	int fd = open_socket(AF_UNIX);
	bool answered;

	if (fd < 0)
		return true;
	answered = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
		   errno == EAGAIN;
	close(fd);
	return answered;
}

static void make_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = mem_strndup(path, slash ? (size_t)(slash - path) : 0);

	if (folder[0])
		mkdir(folder, 0750); /* if it can't be made, bind() says why */
	mem_free(folder);
}

/* A socket that nobody answers on any more is taken away; nothing else ever is. */
static int clear_place(const struct sockaddr_un *address, struct error *error)
{
	const char *path = address->sun_path;
	struct stat info;

	if (lstat(path, &info) < 0)
		return 0; /* if it is there all the same, bind() says why not */
	if (!S_ISSOCK(info.st_mode))
		return error_set(error, -EEXIST,
				 "%s is no socket; remove it, or name another --socket", path);
	if (is_answered(address))
		return error_set(error, -EADDRINUSE, "another program answers on the socket %s",
				 path);
	unlink(path);
	return 0;
}

int listen_unix(const char *path, struct stat *ret_info, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, result;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(error, -ENAMETOOLONG,
				 "the socket's path is longer than %zu bytes: %s",
				 sizeof(address.sun_path) - 1, path);
	memcpy(address.sun_path, path, strlen(path));
	make_folder(path);
	result = clear_place(&address, error);
	if (result < 0)
		return result;
	fd = open_socket(AF_UNIX);
	if (fd < 0)
		return error_set_errno(error, -errno, "can't make a socket");
	/* umask keeps everybody out until the mode is set. */
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    lstat(path, ret_info) < 0 || chmod(path, 0660) < 0 || listen(fd, BACKLOG) < 0) {
		result = error_set_errno(error, -errno, "can't listen on the socket %s", path);
		close(fd);
		return result;
	}
	return fd;
}

void listen_remove(const char *path, const struct stat *info)
{
	struct stat now;

	if (lstat(path, &now) == 0 && now.st_dev == info->st_dev && now.st_ino == info->st_ino)
		unlink(path);
}

/* "HOST:PORT" or "[HOST]:PORT" apart. False where it is neither. */
static bool split_address(const char *address, char *host, size_t size, const char **ret_port)
{
	const char *colon = strrchr(address, ':');
	int64_t port;
	size_t length;

	/* getaddrinfo() would take 70000 for 4464. */
	if (!colon || !text_parse_int(colon + 1, 0, 65535, &port))
		return false;
	length = (size_t)(colon - address);
	if (length >= 2 && address[0] == '[' && address[length - 1] == ']') {
		address++;
		length -= 2;
	}
	if (!length || length >= size)
		return false;
	memcpy(host, address, length);
	host[length] = '\0';
	*ret_port = colon + 1;
	return true;
}

int listen_tcp(const char *address, struct error *error)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
				       .ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *found;
	const char *port;
	char host[64];
	int fd, one = 1, result;

	if (!split_address(address, host, sizeof(host), &port) ||
	    getaddrinfo(host, port, &hints, &found) != 0)
		return error_set(error, -EINVAL,
				 "'%s' is no address to listen on, as 127.0.0.1:9477", address);
	fd = open_socket(found->ai_family);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
		result = error_set_errno(error, -errno, "can't listen on %s", address);
		if (fd >= 0)
			close(fd);
		fd = result;
	}
	freeaddrinfo(found);
	return fd;
}

bool listen_is_plain_host(const char *host)
{
	struct in6_addr address;
	char name[64];
	size_t length;

	if (!host)
		return false;
	length = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	if (length >= sizeof(name) || length > strlen(host) ||
	    (host[length] != '\0' && host[length] != ':'))
		return false;
	memcpy(name, host, length);
	name[length] = '\0';
	if (name[0] != '[')
		return strcasecmp(name, "localhost") == 0 ||
		       inet_pton(AF_INET, name, &address) == 1;
	name[length - 1] = '\0';
	return inet_pton(AF_INET6, name + 1, &address) == 1;
}
