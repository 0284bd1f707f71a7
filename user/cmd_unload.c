// SPDX-License-Identifier: GPL-2.0-only
/* unload: detach, and leave nothing. */
#include "cmd.h"

#include <errno.h>
#include <string.h>

#include "ledger.h"
#include "netdev.h"
#include "out.h"

/* Before anything is taken away: where it fails, nothing is. */
static int keep_ledger(struct kern *k, const char *path)
{
	struct ledger ledger;
	int err;

	if (!path)
		return 0;
	err = ledger_read_running(k, &ledger);
	if (!err)
		err = ledger_write_file(path, &ledger);
	ledger_free(&ledger);
	return err;
}

static int unload_all(const struct call *call)
{
	struct kern k;
	int err = 0;

	if (call->ledger) {
		err = kern_open(&k, KERN_CHANGE);
		if (err)
			return say_not_loaded(err);
		err = keep_ledger(&k, call->ledger);
		kern_close(&k);
	}
	return err ? err : say_not_loaded(kern_remove_all());
}

/* -ENOENT: not loaded. *kept: why the ledger could not be written, said. */
static int detach(struct kern *k, const char *name, const char *path, int *kept)
{
	struct attachment running;
	int err = is_iface_name(name) ? 0 : -ENOENT;

	if (!err && path)
		err = kern_attachment(name, &running);
	if (err)
		return err;
	*kept = keep_ledger(k, path);
	return *kept ? 0 : kern_detach(name);
}

static int unload_one(const struct call *call)
{
	struct netdev dev;
	const char *name;
	int err, closed, kept = 0;
	struct kern k;

	name = netdev_read(call->argv[1], &dev) ? call->argv[1] : dev.name;
	err = kern_open(&k, KERN_CHANGE);
	if (err)
		return say_not_loaded(err);
	err = detach(&k, name, call->ledger, &kept);
	if (err == -ENOENT)
		say("%s: not loaded", name);
	if (!err)
		err = kept;
	closed = kern_close(&k);
	return err ? err : closed;
}

int cmd_unload(const struct call *call)
{
	int err;

	if (call->all) {
		err = want_words(call, 0, "");
		return err ? err : unload_all(call);
	}
	err = want_words(call, 1, "which interface? or --all");
	return err ? err : unload_one(call);
}
