/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters in Prometheus' text format. */
#ifndef PROMETHEUS_H
#define PROMETHEUS_H

#include <jansson.h>
#include <stdio.h>

#include "counters.h"
#include "population.h"

/*
 * An array of families: name, type, help, and samples with labels and value; a
 * histogram's also with what is added to the name. The caller owns it; NULL is
 * out of memory.
 */
json_t *metrics_families(const struct snapshot *snapshot,
			 const struct population *population,
			 const char *version);

/* Writes the families; one without samples is left out. */
void prometheus_write(FILE *to, const json_t *families);

/*
 * Puts the families into a file in one step: a reader meets the old content or
 * the new. Mode 0644, whatever the umask. Returns 0 or -errno, said.
 */
int prometheus_textfile(const char *path, const json_t *families);

#endif
