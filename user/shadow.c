// SPDX-License-Identifier: GPL-2.0-only
#include "shadow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netdev.h"
#include "out.h"

int shadow_check(const struct policy *policy, bool force)
{
	struct listener *listeners;
	char text[PREFIX_TEXT_SIZE];
	struct prefix addr;
	size_t count, i;
	int err;

	err = host_smtp_listeners(&listeners, &count);
	if (err)
		say("cannot see who listens on port 25: %s", strerror(-err));
	for (i = 0; !err && i < policy->count; i++) {
		if (!row_is_decoy(&policy->rows[i]))
			continue;
		row_prefix(&policy->rows[i], &addr);
		if (!is_listened_on(&addr, listeners, count))
			continue;
		prefix_format(&addr, text);
		say("shadow: something listens on port 25 of the decoy %s; shadow mode opens it to everybody%s",
		    text, force ? "" : "; --force does it");
		err = force ? 0 : -EBUSY;
	}
	free(listeners);
	return err;
}
