/*
 * A disk in memory for SQLite, which loses power on demand. It keeps what was written apart from
 * what was synced: a crash throws away, keeps or tears each write that no sync covers. Everything
 * comes from seeds: the same calls and seeds, the same bytes.
 *
 * One connection a file at a time; no shared memory (journal/journal.h sets locking_mode=EXCLUSIVE
 * for a VFS that it was given). That a file exists or not is durable at once.
 */
#ifndef NUMBERD_TESTS_SIM_VFS_H
#define NUMBERD_TESTS_SIM_VFS_H

#include <stdbool.h>
#include <stdint.h>

struct sim_vfs;

/* Registers an empty disk as a VFS of this name, which must outlive it. */
struct sim_vfs *sim_vfs_new(const char *name);

/* Every file must be closed. */
void sim_vfs_free(struct sim_vfs *vfs);

enum sim_fault {
	SIM_FAULT_NONE,
	SIM_FAULT_FULL,      /* no write makes a file longer, none is made */
	SIM_FAULT_READ_ONLY, /* as a disk that was remounted: nothing changes */
	SIM_FAULT_READ,      /* every read fails */
	SIM_FAULT_IO,        /* every call that touches the disk fails */
};

/*
 * Calls that touch the disk are counted from 1; the fault strikes from the `first` after now, and
 * `count` of them (0: for good). It replaces the fault before.
 */
void sim_vfs_fault(struct sim_vfs *vfs, enum sim_fault fault, uint64_t first, uint64_t count);

/* Calls that touched the disk. */
uint64_t sim_vfs_calls(const struct sim_vfs *vfs);

/*
 * The process is killed at the next `first`-th call: neither it nor any later call does anything.
 * The test then closes what is open, and goes on with sim_vfs_crash() (the machine went down with
 * it) or sim_vfs_restart() (it did not, and what was written is there).
 */
void sim_vfs_kill(struct sim_vfs *vfs, uint64_t first);
void sim_vfs_restart(struct sim_vfs *vfs);
void sim_vfs_crash(struct sim_vfs *vfs, uint64_t seed);

/* Bytes of a file, -1: there is none; and damage to it, as bad hardware does it. */
int64_t sim_vfs_size(const struct sim_vfs *vfs, const char *path);
void sim_vfs_damage(struct sim_vfs *vfs, const char *path, uint64_t seed);

#endif
