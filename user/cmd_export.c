// SPDX-License-Identifier: GPL-2.0-only
/* The policy for other programs. */
#include "cmd.h"

#include <errno.h>
#include <string.h>

#include "guard.h"
#include "out.h"

/* The policy of the file, or the running one. */
static int read_policy(const struct call *call, struct policy *policy)
{
	struct fault fault = { "" };
	struct kern k;
	int err;

	if (call->config) {
		err = policy_read_file(call->config, call->force, policy,
				       &fault);
		if (err)
			say("%s", fault.text);
		return err ? -EUSAGE : 0;
	}
	err = kern_open(&k, KERN_READ);
	if (err == -ENOENT)
		say("nothing is loaded; run: " TOOL
		    " load IFACE, or name a configuration with -c");
	if (err)
		return err;
	err = policy_read_running(&k, policy);
	kern_close(&k);
	return err;
}

int cmd_export(const struct call *call)
{
	struct policy policy = { 0 };
	int err;

	err = want_words(call, 1, "which format? guard");
	if (!err && strcmp(call->argv[1], "guard")) {
		say("export: %s: no such format; there is: guard",
		    call->argv[1]);
		err = -EUSAGE;
	}
	if (!err)
		err = read_policy(call, &policy);
	if (!err)
		err = out_print(guard_document(&policy), call->json,
				guard_write);
	policy_clear(&policy);
	return err;
}
