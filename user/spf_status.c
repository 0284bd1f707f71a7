// SPDX-License-Identifier: GPL-2.0-only
#include "spf_status.h"

#include "kept.h"
#include "out.h"
#include "when.h"

/* `text` is what is returned, or that is NULL where there is no time. */
static const char *time_text(__s64 at, char text[WHEN_TEXT_SIZE])
{
	if (!at)
		return NULL;
	when_format(at, text);
	return text;
}

static void warn(const char *domain, const struct kept *kept, json_t *warnings)
{
	char since[WHEN_TEXT_SIZE], of[WHEN_TEXT_SIZE];
	const char *resolved = time_text(kept->resolved, of);
	const char *why =
		kept->why && *kept->why ? kept->why : "it is not kept why";

	if (!kept->failing_since)
		return;
	when_format(kept->failing_since, since);
	if (kept_has_list(kept))
		add_text(
			warnings,
			SOURCE_SPF
			"%s: cannot be resolved since %s: %s; its list%s%s is used",
			domain, since, why, resolved ? " of " : "",
			resolved ? resolved : "");
	else
		add_text(
			warnings,
			SOURCE_SPF
			"%s: cannot be resolved since %s: %s; there is no list of it",
			domain, since, why);
}

static json_t *domain_status(const char *domain, const struct kept *kept)
{
	char resolved[WHEN_TEXT_SIZE], since[WHEN_TEXT_SIZE];
	json_t *left_out = json_array();
	size_t i;

	for (i = 0; i < kept->left_out_count; i++)
		json_array_append_new(left_out, json_string(kept->left_out[i]));
	return json_pack("{s:s, s:I, s:s?, s:s?, s:s?, s:o}", "domain", domain,
			 "prefixes", (json_int_t)kept->count, "resolved",
			 time_text(kept->resolved, resolved), "failing_since",
			 time_text(kept->failing_since, since), "error",
			 kept->failing_since ? kept->why : NULL, "left_out",
			 left_out);
}

json_t *spf_status(const struct policy *policy, json_t *warnings)
{
	json_t *list = json_array();
	const char *domain;
	size_t step = 0;

	while ((domain = policy_next_domain(policy, &step))) {
		struct fault fault = { "" };
		struct kept kept;

		if (kept_read(KEPT_DIRECTORY, domain, &kept, &fault))
			add_text(warnings, "%s; to write it: " TOOL " refresh",
				 fault.text);
		else
			warn(domain, &kept, warnings);
		json_array_append_new(list, domain_status(domain, &kept));
		kept_free(&kept);
	}
	return list;
}

void spf_status_print(FILE *to, const json_t *list)
{
	json_t *left_out, *row;
	const char *resolved;
	size_t i;

	json_array_foreach((json_t *)list, i, row) {
		left_out = json_object_get(row, "left_out");
		resolved = json_string_value(json_object_get(row, "resolved"));
		fprintf(to,
			SOURCE_SPF "%s: %" JSON_INTEGER_FORMAT
				   " addresses and prefixes, resolved %s",
			json_string_value(json_object_get(row, "domain")),
			json_integer_value(json_object_get(row, "prefixes")),
			resolved ? resolved : "never");
		if (json_array_size(left_out))
			fprintf(to, ", %zu left out",
				json_array_size(left_out));
		fputc('\n', to);
	}
}
