// SPDX-License-Identifier: GPL-2.0-only
#include "enforce.h"

#include <unistd.h>

static void close_rules(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int resize(struct kern *k, const struct policy *wanted,
		  const struct policy *running, int old_fd)
{
	int undone = -1, err;

	if (settings_same_ledger(&running->settings, &wanted->settings))
		return 0;
	err = kern_ledger_renew(k, wanted->settings.ledger_size, NULL, 0);
	if (!err)
		return 0;
	kern_rules_publish(k, old_fd, &running->settings, &undone);
	kern_sources_put(k, running->sources);
	close_rules(undone);
	return err;
}

int enforce(struct kern *k, struct policy *wanted, const struct policy *running)
{
	int fd = -1, old_fd = -1, err;

	err = policy_place_decoys(wanted, running);
	if (!err)
		err = policy_place_sources(wanted, running);
	if (!err)
		err = kern_rules_build(k, wanted->rows, wanted->count, &fd);
	if (!err)
		err = kern_sources_put(k, wanted->sources);
	if (!err)
		err = kern_rules_publish(k, fd, &wanted->settings, &old_fd);
	if (!err)
		err = resize(k, wanted, running, old_fd);
	close_rules(fd);
	close_rules(old_fd);
	kern_notes_sweep(k);
	return err;
}
