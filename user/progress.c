// SPDX-License-Identifier: GPL-2.0-only
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "when.h"

#define AT_ONCE 500000000ULL /* ns in which nobody wonders */
#define AGAIN 200000000ULL

void progress_begin(struct progress *p, const char *what, __u64 total)
{
	*p = (struct progress){ .what = what };
	if (!total || !isatty(STDERR_FILENO))
		return;
	p->total = total;
	p->next = clock_ns(CLOCK_MONOTONIC) + AT_ONCE;
}

void progress_at(struct progress *p, __u64 done)
{
	__u64 now;

	if (!p->total)
		return;
	now = clock_ns(CLOCK_MONOTONIC);
	if (now < p->next)
		return;
	fprintf(stderr, "\r%s: %.0f %%\033[K", p->what,
		100.0 * (done < p->total ? done : p->total) / p->total);
	p->next = now + AGAIN;
	p->is_shown = true;
}

void progress_end(struct progress *p)
{
	if (p->is_shown)
		fputs("\r\033[K", stderr);
	p->is_shown = false;
}
