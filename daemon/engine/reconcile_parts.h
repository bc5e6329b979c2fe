/*
 * What the two parts of the reconciler share: reconcile.c goes from pass to pass,
 * reconcile_person.c takes what people tell it and tells them how it stands. For these two only;
 * the contract for everybody else is engine/reconcile.h.
 */
#ifndef NUMBERD_ENGINE_RECONCILE_PARTS_H
#define NUMBERD_ENGINE_RECONCILE_PARTS_H

#include "engine/consent.h"
#include "engine/in_force.h"
#include "engine/pass.h"
#include "engine/reconcile.h"
#include "engine/report.h"
#include "engine/undo_turn.h"

struct reconcile {
	struct reconcile_options options;
	struct in_force *declared; /* the file in force */
	struct memory *memory;     /* of declared->wanted; NULL before the first valid file */
	struct consent *consent;   /* pause and approval */
	struct report *report;
	struct pass *pass;
	bool pass_over;
	bool look;  /* read the file before anything else */
	bool again; /* a pass at once, behind the one under way */
	bool hurry; /* and it tries again what failed, without waiting */
	bool stopping;
	uint32_t failures; /* passes in a row that could tell nothing */
	int64_t next_pass; /* monotonic */
	int64_t last_pass;
	int64_t last_good; /* monotonic, of a list read or an update proved; NEVER: none */
	char *pass_error;
	char digest[72];
	bool waits; /* there is something that the digest stands for */
	bool blocked;
	char *status;
	struct undo_turn undo;
};

#endif
