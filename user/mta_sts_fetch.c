// SPDX-License-Identifier: GPL-2.0-only
/* The policy of MTA-STS from its host. */
#include "mta_sts.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_BYTES 65536 /* RFC 8461 3.3 */
#define MAX_ADDRESSES 12
#define STATUS_SIZE 3 /* of HTTP, behind what is there; "000" with none */
#define ROOM (MAX_BYTES + STATUS_SIZE + 1)

extern char **environ;

/* For --resolve: what our resolver says, not the system's. */
static void write_addresses(char *out, size_t size, const char *domain,
			    const struct prefix *addrs, size_t count)
{
	size_t used = snprintf(out, size, STS_HOST_PREFIX "%s:443:", domain);
	char text[PREFIX_TEXT_SIZE];
	size_t i;

	for (i = 0; i < count && i < MAX_ADDRESSES; i++) {
		bool ipv6 = addrs[i].family == FMX_IPV6;

		prefix_format(&addrs[i], text);
		used += snprintf(out + used, size - used, "%s%s%s%s",
				 i ? "," : "", ipv6 ? "[" : "", text,
				 ipv6 ? "]" : "");
	}
}

/* curl's messages go where the document does: there is one of the two. */
static int start(const char *url, const char *addresses, pid_t *pid, int *out)
{
	const char *const args[] = {
		"curl",	     "--disable", "--silent",	 "--show-error",
		"--proto",   "=https",	  "--max-time",	 "10",
		"--stderr",  "-",	  "--write-out", "%{http_code}",
		"--resolve", addresses,	  url,		 NULL
	};
	posix_spawn_file_actions_t actions;
	int fds[2], err;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	err = posix_spawn_file_actions_init(&actions);
	if (!err) {
		err = posix_spawn_file_actions_adddup2(&actions, fds[1],
						       STDOUT_FILENO);
		if (!err)
			err = posix_spawnp(pid, args[0], &actions, NULL,
					   (char *const *)args, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(fds[1]);
	*out = fds[0];
	if (err)
		close(fds[0]);
	return -err;
}

/* What it prints, as far as there is room; then it may meet a closed pipe. */
static size_t read_all(int fd, char *bytes, size_t size)
{
	size_t used = 0;
	ssize_t got;

	while (used < size) {
		got = read(fd, bytes + used, size - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used += got;
	}
	return used;
}

static bool ended_well(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* Of a text the first line, of which a stranger may have written a part. */
static void note(struct sts *sts, const char *url, const char *text)
{
	char *c;

	snprintf(sts->seen, sizeof(sts->seen), "%s: %.*s", url,
		 (int)strcspn(text, "\n"), text);
	for (c = sts->seen; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

/* A policy comes with status 200, and with no other (RFC 8461 3.3). */
static int judge(struct sts *sts, const char *url, const char *bytes,
		 size_t size)
{
	const char *http = bytes + size - STATUS_SIZE;
	char text[32];
	int err;

	if (strcmp(http, "200")) {
		snprintf(text, sizeof(text), "HTTP status %s", http);
		note(sts, url, text);
		return 0;
	}
	err = sts_parse(sts, bytes, size - STATUS_SIZE);
	sts->is_known = !err;
	if (err != -EINVAL)
		return err;
	note(sts, url, "what is there is no policy");
	return 0;
}

static int read_policy(struct sts *sts, const char *url, char *bytes, int fd,
		       pid_t pid)
{
	size_t size = read_all(fd, bytes, ROOM);
	bool well;

	close(fd);
	bytes[size] = '\0';
	well = ended_well(pid);
	if (size == ROOM)
		note(sts, url, "longer than a policy may be");
	else if (well && size >= STATUS_SIZE)
		return judge(sts, url, bytes, size);
	else
		note(sts, url, size ? bytes : "no answer");
	return 0;
}

int sts_fetch(struct sts *sts, const char *domain, const struct prefix *addrs,
	      size_t count)
{
	char addresses[DNS_NAME_SIZE + 32 +
		       MAX_ADDRESSES * (PREFIX_TEXT_SIZE + 3)];
	char url[DNS_NAME_SIZE + 64], *bytes;
	pid_t pid = -1;
	int err, fd = -1;

	snprintf(url, sizeof(url),
		 "https://" STS_HOST_PREFIX "%s/.well-known/mta-sts.txt",
		 domain);
	if (!count) {
		note(sts, url, "the host has no address");
		return 0;
	}
	write_addresses(addresses, sizeof(addresses), domain, addrs, count);
	bytes = malloc(ROOM + 1);
	if (!bytes)
		return -ENOMEM;
	err = start(url, addresses, &pid, &fd);
	if (!err)
		err = read_policy(sts, url, bytes, fd, pid);
	if (err && err != -ENOMEM) {
		snprintf(sts->seen, sizeof(sts->seen),
			 "%s: cannot run curl: %s", url, strerror(-err));
		err = 0;
	}
	free(bytes);
	return err;
}
