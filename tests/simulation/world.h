/*
 * One simulated life: a Twilio, a network, a clock, a file system, a disk, and the daemon's engine
 * as it is shipped, all in one process and all from one seed.
 *
 *   host.c    clock, files, journal; starts the engine and kills it
 *   net.c     the network between the engine and the simulated Twilio
 *   oracle.c  what is known of each number without asking the engine
 *   rules.c   what must never happen, checked at each request, answer and pass
 *   fights.c  ... of a value that is put back again and again
 *   undo.c    ... of what a person undoes
 *   story.c   what happens to the engine in between
 *   end.c     when all faults stop: it converges, and then is quiet
 */
#ifndef NUMBERD_SIMULATION_WORLD_H
#define NUMBERD_SIMULATION_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/rng.h"
#include "base/source.h"
#include "base/transport.h"
#include "engine/reconcile.h"
#include "journal/journal.h"
#include "simulation/spec.h"
#include "support/sim_vfs.h"
#include "twilio.h"

#define SIM_INTERVAL  60000
#define SIM_ELSEWHERE "AC000000000000000000000000000000ff" /* an account of nobody's file */
#define SIM_START     INT64_C(1795425000000) /* wall clock at the begin of each life */

/* The files as they were at one moment. */
struct version {
	bool valid;
	int absent; /* errno of a reading that gives nothing, 0: there are bytes */
	char *bytes[SIM_FILES];
	int file_count;
	struct wish wishes[SIM_PHONES]; /* of a valid one */
	struct spec_file files[SIM_FILES];
	uint32_t declared[SIM_FILES];
	uint32_t account_declared[SIM_ACCOUNTS];
};

enum writer { WRITER_NOBODY, WRITER_NUMBERD, WRITER_FOREIGN };

/* What the simulation knows of one field of one number. */
struct known_field {
	uint64_t live;       /* sim_value() at Twilio */
	uint64_t spelt;      /* the same by sim_value_spelt(), as all that follow */
	enum writer writer;  /* who made it so */
	uint64_t seen_exact; /* live, as the engine was last shown it; 0: not yet */
	uint64_t seen;
	enum writer seen_writer;
	uint64_t wanted_exact;
	uint64_t wanted;      /* by the version in force when it was shown; 0: not declared */
	uint64_t synced;      /* a whole pass saw the wish of this value fulfilled; 0: none */
	uint32_t synced_life; /* journal that remembers that */
	uint64_t guarded;     /* the wish against which a foreign value is not to be overwritten */
	uint64_t was[8];      /* values that it has had, 0: none */
	uint64_t approved_want[2], approved_live[2];
	int64_t put_back[3]; /* monotonic, newest first; 0: none */
	int holds;           /* that must have been between them */
	uint64_t put_back_want;
	int64_t undone_until; /* monotonic: an undo keeps the file's value away; 0: none does */
	uint64_t undone;      /* as long as it shows this */
	uint64_t rival;       /* index + 1 of the value that a rival insists on */
};

struct known_number {
	bool exists, gone; /* at Twilio at all; taken away meanwhile */
	char sid[48];
	int account;
	uint32_t listing; /* that it was shown in */
	bool doubt;       /* must be looked at before it is written */
	bool posting;     /* a POST is on its way */
	bool posted;      /* one was, since the list */
	uint32_t counted; /* pass in which it was counted for the limits */
	bool counted_change, counted_drift;
	struct known_field fields[SIM_FIELDS];
};

struct known_account {
	uint32_t listing;  /* counts first pages */
	int64_t believed;  /* rows of the last list that may be believed, -1: none */
	uint64_t rows[64]; /* of the list that is being read */
	size_t row_count;
	uint64_t strange;
	int strange_seen;
	int64_t last_rows; /* of the list of this pass, -1: none */
	bool doubtful;     /* the list of this pass must not be acted on */
	int64_t acted_on;  /* numbers declared by the last file acted on, -1: not known */
};

/* A POST that Twilio stored. */
struct effect {
	int phone, field;
	uint64_t value;
	bool changed; /* what was there before, be it by its spelling only */
	uint32_t pass;
	uint32_t journal;
};

/* A number as it was when an answer was made. */
struct shown {
	bool there;
	uint64_t live[SIM_FIELDS], spelt[SIM_FIELDS];
	enum writer writer[SIM_FIELDS];
};

struct flight {
	struct flight *next;
	uint64_t id;
	bool arrived, cancelled;
	int64_t due; /* monotonic: of its arrival, then of its answer */
	uint64_t order;
	enum http_method method;
	char *path, *body;
	bool undoes; /* a POST that a person asked for by "undo" */
	int phone;   /* of a POST or of a GET of one number; -1 */
	int account; /* of a list, -1 */
	bool filtered;
	http_done *done;
	void *context;
	struct twilio_response response;
	struct shown *shown; /* one for each phone; NULL before it arrived */
	int loss;            /* net.c */
};

struct totals {
	uint64_t lives, steps, passes, requests, posts, crashes, lost_journals, edits, hands,
		drifts, approvals, fights, undos;
};

struct world {
	uint64_t seed;
	int steps, step; /* at most, done */
	bool tracing, failed;
	uint64_t hash;
	char failure[1024];
	struct rng rng, engine_rng;
	struct totals *totals;

	/* clock */
	int64_t now, wall_offset;
	uint32_t jumps;
	struct clock clock;

	/* files */
	struct spec spec;
	struct version **versions;
	size_t version_count, version_capacity;
	size_t on_disk;    /* index */
	size_t handed_out; /* highest valid one that the engine has read, +1 */
	bool being_written;

	/* disk, journal, engine */
	struct sim_vfs *disk;
	uint64_t killed_at;  /* call of the disk that the process dies at; 0: none */
	uint64_t fault_last; /* call of the disk that the present fault ends with */
	bool forgetful;      /* the disk did not take what it did: it may be blamed on others */
	bool disk_shaky;     /* a fault struck since the last whole pass but one, */
	bool disk_calm;      /* and none since the last one */
	uint32_t journal_life;
	struct journal *journal;
	struct source source;
	struct transport transport;
	struct log log;
	struct reconcile *reconcile;
	bool observe;
	unsigned concurrency;

	/* network */
	struct twilio *twilio;
	struct flight *flights;
	uint64_t next_id;
	int loss;       /* permille of requests that get lost */
	bool slow;      /* answers overtake each other by far */
	bool lies;      /* this life has answers that are not true */
	bool hands;     /* others change numbers in this life */
	bool rivalry;   /* and some insist on their values from the start */
	char token[16]; /* as the engine's side knows it */
	char real_token[16];

	/* what is known */
	struct known_number numbers[SIM_PHONES];
	struct known_account accounts[SIM_ACCOUNTS];
	struct effect *effects;
	size_t effect_count, effect_capacity;
	uint32_t pass;
	bool pass_posted;
	uint32_t concluded; /* passes that could tell */
	uint32_t pass_changes[SIM_FILES], pass_drifts[SIM_FILES];
	bool paused, pause_known;
	int64_t paused_until;
	int64_t approved_at; /* monotonic, of the last approval; -1: none */
	char old_digest[72];
	int64_t last_history;
	uint32_t lines; /* of the log, but for debug */
	bool told_drift;
	struct {
		bool open;
		int phone, field;
		uint64_t from, to; /* spelt */
		uint64_t exact;    /* `to`, by the letter */
		bool over_limit;   /* of the file in force when it was asked for */
	} undo;
	bool peace;                   /* nothing goes wrong any more */
	bool pending;                 /* the engine said that a pass could tell, */
	const struct version *passed; /* of this version */
};

/* host.c */
void host_init(struct world *world);
void host_finish(struct world *world);
void host_start(struct world *world);
/* Kills the engine; the machine goes down with it or not. */
void host_crash(struct world *world, bool power);
bool host_is_dead(const struct world *world);
int64_t host_wall(const struct world *world);
/* The present spec becomes what is on the disk; valid as it is, or spoilt. */
void host_write_files(struct world *world, bool valid);
/* The version that the engine says is in force; NULL: none. */
const struct version *host_in_force(struct world *world);

/* net.c */
void net_init(struct world *world);
void net_finish(struct world *world);
/* When something next happens on the network, NEVER: nothing is on its way. */
int64_t net_deadline(const struct world *world);
void net_run(struct world *world);
/* Its clock, which never jumps. */
int64_t net_time(const struct world *world);

/* oracle.c */
void oracle_init(struct world *world);
/* Looks at one number at Twilio; what is different was done by `who`. */
void oracle_look(struct world *world, int phone, enum writer who);
/* All numbers that an answer names, as they are now; and the moment that the engine gets it. */
struct shown *oracle_take(struct world *world, const struct buf *body);
void oracle_show(struct world *world, const struct flight *flight);
void oracle_version_in_force(struct world *world);
void oracle_restarted(struct world *world, bool power, bool lost);
/* The engine is done with a pass, and saved what it remembers. */
void oracle_pass(struct world *world);
void oracle_effect(struct world *world, int phone, int field, uint64_t value, bool changed);
const char *oracle_live(struct world *world, int phone, int field);

/* The fields of a form body, one after the other; `field` is -1 where there is no such. */
struct form_reader {
	const char *rest;
	int field;
	char value[256]; /* decoded */
};
bool form_next(struct form_reader *reader);

/* rules.c */
void rules_on_start(struct world *world, struct flight *flight);
void rules_next_pass(struct world *world);
void rules_on_answer(struct world *world, const struct flight *flight,
		     const struct http_answer *answer);
void rules_on_pass(struct world *world);
void rules_on_step(struct world *world);
void rules_approved(struct world *world);

/* fights.c */

/* The engine saw the wish fulfilled, remembers it, and sees now what somebody else made of it. */
bool fights_is_sure_drift(const struct world *world, const struct known_field *known);
/* A drift is put back: is it time? */
void fights_check(struct world *world, int phone, int field);
/* The engine says that a drift was put back. */
void fights_note(struct world *world, const char *line);
/* What is remembered of one field, or of all, counts no more. */
void fights_forget(struct known_field *known);
void fights_end(struct world *world);

/* undo.c */

/* A person undoes some change of the history. */
void undo_ask(struct world *world);
/* True if the POST is what was asked for: its own rules are checked, and no others hold. */
bool undo_takes(struct world *world, struct flight *flight);
/* Looks whether the engine is done with it. */
void undo_step(struct world *world);
/* The file's value is sent for a field: does an undo keep it away? */
void undo_check(struct world *world, int phone, int field);

/* "voice_url of +1..."; valid until the next call. */
const char *rules_name_of(int phone, int field);
bool rules_exceeds(const struct spec_file *file, uint32_t numbers, uint32_t declared);

/* ledger.c: the history against what Twilio stored */
void ledger_check_pass(struct world *world);
void ledger_check_life(struct world *world);

/* story.c */
void story_tell(struct world *world);
/* Goes on to the next moment that something happens at, `until` (monotonic) at the latest. */
void story_advance(struct world *world, int64_t until);
/* What on_drift: report protects from now on, after somebody changed the number. */
void story_guard(struct world *world, int phone);
/* A foreign hand sets a field. */
void story_hand(struct world *world, int phone, int field, const char *value, bool person);
void story_faults(struct world *world, int permille);

/* end.c */
void end_check(struct world *world);

/* life.c */
/* One life; true where nothing was wrong. `steps` 0: as many as the seed says. */
bool life_run(uint64_t seed, int steps, bool tracing, struct totals *totals, uint64_t *ret_hash,
	      int *ret_steps, char ret_failure[1024]);
void life_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void life_trace(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void life_mark(struct world *world, const void *bytes, size_t length);

#endif
