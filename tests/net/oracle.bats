#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The kernel is the oracle: random attempts at port 25 of a decoy go to a host
# with a closed port and to the same host with the program, and the answers are
# compared. ORACLE_COUNT and ORACLE_SEED may be set.

load helpers
load twins

teardown() {
	twins_stop
}

oracle() {
	in_ns prober "$FAKEMX_BUILD/tests/oracle" \
		--count "${ORACLE_COUNT:-10000}" \
		${ORACLE_SEED:+--seed "$ORACLE_SEED"} "$@" plain guarded
}

@test "generic mode answers as a closed port does" {
	twins_start
	twins_load generic
	oracle --shapes --all
}

@test "native mode answers as a closed port does" {
	twins_start
	twins_load native
	oracle --shapes --all
}

@test "generic mode, through routers that leave checksums to the device" {
	twins_start_routed
	twins_load generic
	oracle --routed
}

@test "generic mode, through routers that complete checksums on the way in" {
	twins_start_routed
	twins_offload on off
	twins_load generic
	oracle --routed
}

@test "generic mode, through routers that complete checksums on the way out" {
	twins_start_routed
	twins_offload off on
	twins_load generic
	oracle --routed
}

@test "native mode, through routers" {
	twins_start_routed
	twins_load native guarded-router inside
	oracle --routed
}

@test "native mode, through routers that complete checksums" {
	twins_start_routed
	twins_offload off off
	twins_load native guarded-router inside
	oracle --routed
}
