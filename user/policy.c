// SPDX-License-Identifier: GPL-2.0-only
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "policy_parts.h"
#include "when.h"

void policy_clear(struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->count; i++)
		free(policy->rows[i].comment);
	for (i = 0; i < policy->pool_count; i++)
		free(policy->pools[i].list);
	for (i = 0; i < policy->file_count; i++)
		free(policy->files[i]);
	free(policy->pools);
	free(policy->files);
	free(policy->sources);
	free(policy->rows);
	*policy = (struct policy){ 0 };
}

/* By a name that is the same from everywhere, as far as there is one. */
static char *full_path(const char *path)
{
	char *full = realpath(path, NULL);

	return full ? full : strdup(path);
}

#define NO_NAME "?" /* of a file whose name is too long to be kept */

int policy_add_file(struct policy *policy, const char *path)
{
	char **grown = realloc(policy->files, (policy->file_count + 1) *
						      sizeof(*policy->files));

	if (!grown)
		return -ENOMEM;
	policy->files = grown;
	grown[policy->file_count] = full_path(path);
	return grown[policy->file_count] ? (int)++policy->file_count : -ENOMEM;
}

const char *policy_file(const struct policy *policy, unsigned int number)
{
	const char *name = number && number <= policy->file_count
				   ? policy->files[number - 1]
				   : NULL;

	return name && strcmp(name, NO_NAME) != 0 ? name : NULL;
}

void policy_name_files(const struct policy *policy, struct fmx_source *files)
{
	size_t i;

	memset(files, 0, FMX_MAX_SOURCES * sizeof(*files));
	for (i = 0; i < FMX_MAX_SOURCES && i < policy->file_count; i++)
		if (strlen(policy->files[i]) < sizeof(files[i].name))
			strcpy(files[i].name, policy->files[i]);
		else
			strcpy(files[i].name, NO_NAME);
}

static bool is_target(const struct row *row)
{
	return row->key.kind == FMX_KIND_TARGET;
}

bool row_is_decoy(const struct row *row)
{
	return is_target(row) && row->rule.role != FMX_ROLE_REAL;
}

void row_prefix(const struct row *row, struct prefix *prefix)
{
	prefix->family = row->key.family;
	prefix->len = row->key.prefixlen - FMX_KEY_BITS;
	memcpy(prefix->addr, row->key.addr, sizeof(prefix->addr));
}

void statement_to_row(struct statement *s, struct row *row)
{
	bool allow = s->kind == STATEMENT_ALLOW;

	*row = (struct row){
		.key.prefixlen = FMX_KEY_BITS + s->prefix.len,
		.key.kind = allow ? FMX_KIND_ALLOW : FMX_KIND_TARGET,
		.key.family = s->prefix.family,
		.rule.role = allow ? 0 : s->role,
		.rule.slot = allow ? FMX_RULE_OWN : 0,
		.rule.until = s->until * 1000000,
		.rule.origin = s->origin,
		.comment = *s->comment ? s->comment : NULL,
	};
	if (allow)
		row->rule.len = s->prefix.len;
	else
		row->rule.answer = s->answer;
	memcpy(row->key.addr, s->prefix.addr, sizeof(row->key.addr));
}

void row_to_statement(const struct row *row, struct statement *s)
{
	*s = (struct statement){
		.kind = !is_target(row)	    ? STATEMENT_ALLOW
			: row_is_decoy(row) ? STATEMENT_DECOY
					    : STATEMENT_REAL,
		.role = row->rule.role,
		.until = row->rule.until / 1000000,
		.origin = row->rule.origin,
	};
	if (is_target(row))
		s->answer = row->rule.answer;
	row_prefix(row, &s->prefix);
	if (row->comment)
		snprintf(s->comment, sizeof(s->comment), "%s", row->comment);
}

__u32 *policy_setting(struct settings *settings, enum setting which)
{
	__u32 *const places[SETTING_COUNT] = {
		[SETTING_SHADOW] = &settings->shadow,
		[SETTING_RATE_LIMIT] = &settings->rate_limit,
		[SETTING_RATE_LIMIT_TOTAL] = &settings->rate_limit_total,
		[SETTING_LEDGER_SIZE] = &settings->ledger_size,
		[SETTING_LEDGER_MAX_AGE] = &settings->max_age,
		[SETTING_GRACE_TIME] = &settings->grace,
	};

	return places[which];
}

void statement_to_settings(const struct statement *s, struct settings *settings)
{
	*policy_setting(settings, s->setting) = s->value;
}

static __u32 ledger_room(const struct settings *settings)
{
	__u32 size = settings->ledger_size;

	if (!size)
		size = FMX_LEDGER_DEFAULT;
	return (size + FMX_LEDGER_WAYS - 1) / FMX_LEDGER_WAYS;
}

bool settings_same_ledger(const struct settings *a, const struct settings *b)
{
	return ledger_room(a) == ledger_room(b);
}

int policy_append(struct policy *policy, const struct row *row)
{
	size_t capacity = policy->capacity ? policy->capacity * 2 : 64;
	struct row *grown;

	if (policy->count == policy->capacity) {
		grown = realloc(policy->rows, capacity * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		policy->rows = grown;
		policy->capacity = capacity;
	}
	policy->rows[policy->count] = *row;
	policy->rows[policy->count].order = policy->count;
	policy->count++;
	return 0;
}

int policy_add(struct policy *policy, const struct statement *statement)
{
	struct statement copy = *statement;
	char name[FMX_SOURCE_SIZE];
	struct row row;
	int err;

	if (copy.kind == STATEMENT_SET) {
		statement_to_settings(&copy, &policy->settings);
		return 0;
	}
	if (*copy.source) {
		source_name(&copy, name);
		return policy_add_source(policy, name, &copy.origin);
	}
	if (statement_is_over(&copy))
		return 0;
	statement_to_row(&copy, &row);
	if (row.comment) {
		row.comment = strdup(row.comment);
		if (!row.comment)
			return -ENOMEM;
	}
	err = policy_append(policy, &row);
	if (err)
		free(row.comment);
	return err;
}

int row_compare_keys(const struct row *a, const struct row *b)
{
	struct prefix of_a, of_b;

	if (a->key.kind != b->key.kind)
		return a->key.kind - b->key.kind;
	row_prefix(a, &of_a);
	row_prefix(b, &of_b);
	return prefix_compare(&of_a, &of_b);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *of_a = a, *of_b = b;
	int order = row_compare_keys(of_a, of_b);

	if (order)
		return order;
	return (of_a->order > of_b->order) - (of_a->order < of_b->order);
}

static int refuse_both(const struct policy *policy, const struct row *first,
		       const struct row *second, struct fault *fault)
{
	const struct fmx_origin *of_first = &first->rule.origin;
	const struct fmx_origin *of_second = &second->rule.origin;
	const char *file = policy_file(policy, of_first->file);
	const char *other = policy_file(policy, of_second->file);
	bool same_file = of_first->file == of_second->file || !file;
	char text[PREFIX_TEXT_SIZE];
	struct prefix prefix;

	row_prefix(first, &prefix);
	prefix_format(&prefix, text);
	return fault_set(
		fault,
		"%s:%u: %s: is a %s since %s%s%u; an address cannot be decoy and real at once",
		other ? other : "", of_second->line, text,
		row_is_decoy(first) ? "decoy" : "real",
		same_file ? "line " : file, same_file ? "" : ":",
		of_first->line);
}

bool row_is_own(const struct row *row)
{
	return row->key.kind != FMX_KIND_ALLOW ||
	       row->rule.slot == FMX_RULE_OWN;
}

/* Two rows of one address or prefix become one. */
static void unite(struct row *first, struct row *second)
{
	__u8 source =
		first->rule.source ? first->rule.source : second->rule.source;

	if (row_is_own(second)) {
		free(first->comment);
		*first = *second;
	} else {
		free(second->comment);
	}
	first->rule.source = source;
}

int policy_settle(struct policy *policy, struct fault *fault)
{
	struct row *rows = policy->rows;
	size_t i, kept = 0;

	if (!policy->count)
		return 0;
	qsort(rows, policy->count, sizeof(*rows), compare_rows);
	for (i = 1; i < policy->count; i++)
		if (!row_compare_keys(&rows[i - 1], &rows[i]) &&
		    row_is_decoy(&rows[i - 1]) != row_is_decoy(&rows[i]))
			return refuse_both(policy, &rows[i - 1], &rows[i],
					   fault);
	for (i = 1; i < policy->count; i++) {
		if (row_compare_keys(&rows[kept], &rows[i]))
			rows[++kept] = rows[i];
		else
			unite(&rows[kept], &rows[i]);
	}
	policy->count = kept + 1;
	return 0;
}

static int add_running(struct row *row, void *arg)
{
	struct policy *policy = arg;
	int err;

	if (row->rule.until && row->rule.until <= when_now() * 1000000ULL) {
		free(row->comment);
		if (!row->rule.source)
			return 0;
		row->comment = NULL;
		row->rule.slot = 0;
		row->rule.until = 0;
		row->rule.origin = (struct fmx_origin){ 0 };
	}
	err = policy_append(policy, row);
	if (err)
		free(row->comment);
	return err;
}

int policy_read_running(struct kern *k, struct policy *policy)
{
	struct fmx_source files[FMX_MAX_SOURCES];
	struct fault none = { "" };
	int i, err;

	kern_settings(k, &policy->settings);
	policy->sources = calloc(FMX_MAX_SOURCES, sizeof(*policy->sources));
	if (!policy->sources)
		return -ENOMEM;
	err = kern_sources_get(k, policy->sources, files);
	for (i = 0; !err && i < FMX_MAX_SOURCES && *files[i].name; i++)
		if (policy_add_file(policy, files[i].name) < 0)
			err = -ENOMEM;
	if (err)
		return err;
	err = kern_rules_read(k, add_running, policy);
	if (err) {
		say("cannot read the policy: %s", strerror(-err));
		return err;
	}
	return policy_settle(policy, &none);
}

const struct row *policy_find(const struct policy *policy,
			      const struct row *like)
{
	size_t low = 0, high = policy->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = row_compare_keys(&policy->rows[middle], like);

		if (!order)
			return &policy->rows[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

int policy_place_decoys(struct policy *policy, const struct policy *running)
{
	bool used[FMX_MAX_DECOYS] = { false };
	unsigned int slot = 0;
	const struct row *old;
	size_t i;
	int err;

	for (i = 0; i < running->count; i++)
		if (row_is_decoy(&running->rows[i]))
			used[running->rows[i].rule.slot] = true;
	for (i = 0; i < policy->count; i++) {
		struct row *row = &policy->rows[i];

		if (!row_is_decoy(row))
			continue;
		old = policy_find(running, row);
		if (old && row_is_decoy(old)) {
			row->rule.slot = old->rule.slot;
			continue;
		}
		while (slot < FMX_MAX_DECOYS && used[slot])
			slot++;
		if (slot == FMX_MAX_DECOYS) {
			say("too many decoys: there is room for %u, old and new together",
			    FMX_MAX_DECOYS);
			return -ENOSPC;
		}
		used[slot] = true;
		row->rule.slot = slot;
		err = kern_answered_reset(slot);
		if (err)
			return err;
	}
	return 0;
}

size_t policy_decoy_count(const struct policy *policy)
{
	size_t count = 0, i;

	for (i = 0; i < policy->count; i++)
		count += row_is_decoy(&policy->rows[i]);
	return count;
}

static int each_row(const struct policy *policy, enum statement_kind kind,
		    int (*each)(const struct statement *s, void *arg),
		    void *arg)
{
	struct statement statement;
	size_t i;
	int err;

	for (i = 0; i < policy->count; i++) {
		row_to_statement(&policy->rows[i], &statement);
		if (statement.kind != kind || !row_is_own(&policy->rows[i]))
			continue;
		err = each(&statement, arg);
		if (err)
			return err;
	}
	return 0;
}

int policy_statements(const struct policy *policy,
		      int (*each)(const struct statement *s, void *arg),
		      void *arg)
{
	struct statement set = { .kind = STATEMENT_SET };
	struct settings settings = policy->settings;
	int kind, err;

	for (kind = STATEMENT_DECOY; kind <= STATEMENT_ALLOW; kind++) {
		err = each_row(policy, kind, each, arg);
		if (err)
			return err;
	}
	err = policy_each_source(policy, each, arg);
	if (err)
		return err;
	for (set.setting = 0; set.setting < SETTING_COUNT; set.setting++) {
		set.value = *policy_setting(&settings, set.setting);
		if (!set.value)
			continue;
		err = each(&set, arg);
		if (err)
			return err;
	}
	return 0;
}
