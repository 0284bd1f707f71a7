// SPDX-License-Identifier: GPL-2.0-only
/* What the verifier has to read: a kernel gives up at a million. */
#include "harness.h"

#define BUDGET 250000
#define LOG_STATS 4 /* BPF_LOG_STATS: its last line alone */

/* "processed 12345 insns (limit 1000000) ..." */
static unsigned int verified_insns(bool frags)
{
	struct prog p = { .frags = frags };
	char log[4096] = "";
	unsigned int insns = 0;
	char *line;

	open_program(&p);
	bpf_program__set_log_buf(p.skel->progs.fakemx, log, sizeof(log));
	bpf_program__set_log_level(p.skel->progs.fakemx, LOG_STATS);
	assert_int_equal(fakemx_bpf__load(p.skel), 0);
	line = strstr(log, "processed ");
	assert_non_null(line);
	assert_int_equal(sscanf(line, "processed %u insns", &insns), 1);
	fakemx_bpf__destroy(p.skel);
	return insns;
}

static void keeps_to_its_budget(const char *name, bool frags)
{
	unsigned int insns = verified_insns(frags);

	print_message("# %s: %u\n", name, insns);
	assert_true(insns > 0);
	assert_true(insns <= BUDGET);
}

static void program_keeps_to_its_budget(void **state)
{
	(void)state;
	keeps_to_its_budget("plain", false);
}

static void program_for_frags_keeps_to_its_budget(void **state)
{
	(void)state;
	if (!kernel_has_frags())
		skip();
	keeps_to_its_budget("frags", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(program_keeps_to_its_budget),
		cmocka_unit_test(program_for_frags_keeps_to_its_budget),
	};

	return cmocka_run_group_tests_name("verifier", tests, NULL, NULL);
}
