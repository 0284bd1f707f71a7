// SPDX-License-Identifier: GPL-2.0-only
#include "enforce.h"

#include <unistd.h>

int enforce_place(struct policy *wanted, const struct policy *running)
{
	int err = policy_place_decoys(wanted, running);

	return err ? err : policy_place_sources(wanted, running);
}

static void close_rules(int fd)
{
	if (fd >= 0)
		close(fd);
}

int enforce_ledger(struct kern *k, const struct policy *wanted, void *arg)
{
	struct settings now;

	(void)arg;
	kern_settings(k, &now);
	if (settings_same_ledger(&now, &wanted->settings))
		return 0;
	return kern_ledger_renew(k, wanted->settings.ledger_size, NULL, 0);
}

/* The old rules have their settings here, and their sources beside them. */
static void undo(struct kern *k, const struct settings *before, int old_fd)
{
	int undone = -1;

	if (old_fd >= 0)
		kern_rules_publish(k, old_fd, before, &undone);
	close_rules(undone);
}

int enforce(struct kern *k, const struct policy *wanted,
	    int (*then)(struct kern *k, const struct policy *wanted, void *arg),
	    void *arg)
{
	struct fmx_source files[FMX_MAX_SOURCES];
	int fd = -1, old_fd = -1, err;
	struct settings before;

	kern_settings(k, &before);
	err = kern_rules_build(k, wanted->rows, wanted->count, &fd);
	if (err)
		return err;
	policy_name_files(wanted, files);
	err = kern_sources_put(k, wanted->sources, files);
	if (!err)
		err = kern_rules_publish(k, fd, &wanted->settings, &old_fd);
	if (!err)
		err = then(k, wanted, arg);
	if (err)
		undo(k, &before, old_fd);
	close_rules(fd);
	close_rules(old_fd);
	kern_notes_sweep(k);
	return err;
}
