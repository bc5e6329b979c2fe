/*
 * The commands: each is a function of the settled options that returns the exit status, and a row
 * in the table of main.c. The statuses are those of docs/commands.md: plan   0 in sync, 1 could not
 * tell, 2 changes, 3 drift, 4 blocked by a limit apply  0 converged, 1 could not run, 4 blocked
 * (nothing was sent), 5 some numbers failed 64     wrong usage
 */
#ifndef NUMBERD_CLI_COMMAND_H
#define NUMBERD_CLI_COMMAND_H

#include "cli/options.h"

#define STATUS_FAILED  1
#define STATUS_BLOCKED 4
#define STATUS_PARTIAL 5
#define STATUS_USAGE   64

int command_apply(const struct options *options);
int command_approve(const struct options *options);
int command_check(const struct options *options);
int command_export(const struct options *options);
int command_history(const struct options *options);
int command_pause(const struct options *options);
int command_plan(const struct options *options);
int command_resume(const struct options *options);
int command_run(const struct options *options);
int command_schema(const struct options *options);
int command_status(const struct options *options);
int command_sync(const struct options *options);
int command_undo(const struct options *options);

#endif
