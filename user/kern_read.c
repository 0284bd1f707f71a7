// SPDX-License-Identifier: GPL-2.0-only
/* The policy read: the rules, a thousand at a time where the kernel can. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kern.h"
#include "kern_pin.h"

#define BATCH 4096 /* rows that are read at a time */

/* A comment that is not there is none. */
static int note_text(struct kern *k, __u32 note, char **text)
{
	struct fmx_note found;

	*text = NULL;
	if (!note)
		return 0;
	if (bpf_map_lookup_elem(k->notes_fd, &note, &found))
		return errno == ENOENT ? 0 : -errno;
	found.text[sizeof(found.text) - 1] = '\0';
	*text = strdup(found.text);
	return *text ? 0 : -ENOMEM;
}

/* A row for the caller; what `each` says, or -errno. */
static int give_row(struct kern *k, const struct fmx_key *key,
		    const struct fmx_rule *rule,
		    int (*each)(struct row *row, void *arg), void *arg)
{
	struct row row = { .key = *key, .rule = *rule };
	int err = note_text(k, rule->note, &row.comment);

	return err < 0 ? err : each(&row, arg);
}

/* Row by row, as it takes before Linux 5.13. */
static int read_rows(struct kern *k, int (*each)(struct row *row, void *arg),
		     void *arg)
{
	struct fmx_key key, *last = NULL;
	struct fmx_rule rule;
	int err;

	while ((err = map_next_key(k->rules_fd, last, &key)) > 0) {
		last = &key;
		err = bpf_map_lookup_elem(k->rules_fd, &key, &rule)
			      ? -errno
			      : give_row(k, &key, &rule, each, arg);
		if (err)
			return err;
	}
	return err;
}

struct batch {
	struct fmx_key keys[BATCH];
	struct fmx_rule rules[BATCH];
	struct fmx_key last;
	bool begun;
};

/* The next rows: how many; 0 at the end; -errno, the first time -EOPNOTSUPP. */
static int next_batch(struct kern *k, struct batch *b)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	__u32 count = BATCH;
	int err = 0;

	if (bpf_map_lookup_batch(k->rules_fd, b->begun ? &b->last : NULL,
				 &b->last, b->keys, b->rules, &count, &opts))
		err = -errno;
	if (err && err != -ENOENT)
		return b->begun ? err : -EOPNOTSUPP;
	b->begun = true;
	return count;
}

int kern_rules_read(struct kern *k, int (*each)(struct row *row, void *arg),
		    void *arg)
{
	struct batch *b = calloc(1, sizeof(*b));
	int count, i, err = 0;

	if (!b)
		return -ENOMEM;
	while (!err && (count = next_batch(k, b)) > 0)
		for (i = 0; !err && i < count; i++)
			err = give_row(k, &b->keys[i], &b->rules[i], each, arg);
	if (!err && count == -EOPNOTSUPP)
		err = read_rows(k, each, arg);
	else if (!err)
		err = count;
	free(b);
	return err;
}
