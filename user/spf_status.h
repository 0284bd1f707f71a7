/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of the SPF domains of a policy, as status says it. */
#ifndef SPF_STATUS_H
#define SPF_STATUS_H

#include <jansson.h>
#include <stdio.h>

#include "policy.h"

/* An array of objects; warnings are added to the other one. */
json_t *spf_status(const struct policy *policy, json_t *warnings);

void spf_status_print(FILE *to, const json_t *list);

#endif
