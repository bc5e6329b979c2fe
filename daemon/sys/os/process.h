/*
 * What a process that holds a secret does to itself first, before it opens anything.
 */
#ifndef NUMBERD_SYS_OS_PROCESS_H
#define NUMBERD_SYS_OS_PROCESS_H

#include "base/error.h"

/*
 * Opens /dev/null on descriptors 0 to 2 where they are closed, so that no file of ours lands there;
 * switches core dumps and tracing by other processes of the user off; ignores SIGXFSZ, so that a
 * file that may not grow is an error of its write; umask 0077.
 */
int process_harden(struct error *error);

#endif
