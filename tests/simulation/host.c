#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "simulation/world.h"

static int64_t read_monotonic(void *context)
{
	return ((struct world *)context)->now;
}

int64_t host_wall(const struct world *world)
{
	return SIM_START + world->now + world->wall_offset;
}

static int64_t read_wall(void *context)
{
	return host_wall(context);
}

static int read_files(void *self, struct source_snapshot **ret_snapshot, struct error *error)
{
	struct world *world = self;
	const struct version *version = world->versions[world->on_disk];
	struct source_snapshot *snapshot;
	struct buf name = {0};

	if (world->being_written)
		return error_set(error, -EAGAIN, "being written");
	if (version->absent)
		return error_set_errno(error, -version->absent, "can't read numbers");
	snapshot = mem_zalloc(1, sizeof(*snapshot));
	snapshot->count = (size_t)version->file_count;
	snapshot->files = mem_zalloc(snapshot->count, sizeof(*snapshot->files));
	for (size_t i = 0; i < snapshot->count; i++) {
		struct source_file *file = &snapshot->files[i];

		buf_clear(&name);
		buf_printf(&name, "numbers/%zu.yaml", i);
		file->name = mem_strdup(buf_text(&name));
		if (!version->bytes[i]) {
			error_set_errno(&file->error, -EACCES, "can't read %s", file->name);
			continue;
		}
		file->bytes = mem_strdup(version->bytes[i]);
		file->length = strlen(file->bytes);
	}
	buf_clear(&name);
	buf_printf(&name, "v%zu", world->on_disk);
	snapshot->commit.revision = buf_take(&name);
	if (version->valid && world->handed_out < world->on_disk + 1)
		world->handed_out = world->on_disk + 1;
	*ret_snapshot = snapshot;
	return 0;
}

const struct version *host_in_force(struct world *world)
{
	const char *revision = reconcile_state(world->reconcile).revision;
	size_t index = revision ? (size_t)strtoul(revision + 1, NULL, 10) : SIZE_MAX;

	if (!revision)
		return NULL;
	if (index >= world->handed_out || !world->versions[index]->valid) {
		life_fail(world, "%s is in force, which is not a valid file", revision);
		return NULL;
	}
	return world->versions[index];
}

/* Ways to spoil a valid file for sure. */
static void spoil(struct world *world, struct version *version)
{
	struct rng *rng = &world->rng;
	int file = (int)rng_upto(rng, version->file_count - 1);
	char **bytes = &version->bytes[file];
	struct buf text = {0};

	version->valid = false;
	switch (rng_upto(rng, 6)) {
	case 0:
		version->absent = chance(rng, 500) ? ENOENT : EIO;
		break;
	case 1:
		mem_free(*bytes);
		*bytes = NULL;
		break;
	case 2:
		(*bytes)[0] = '\0';
		break;
	case 3: /* half of it, and a quote that nothing closes: only numbers stand in such */
		buf_add(&text, *bytes, (size_t)rng_upto(rng, (int64_t)strlen(*bytes)));
		buf_add_text(&text, "\n\"");
		break;
	case 4:
		buf_printf(&text, "%svoice_ulr: https://poison.example.com/\n", *bytes);
		break;
	case 5:
		buf_printf(&text,
			   "version: 1\naccount: %s\nnumbers:\n  \"%s\":\n    voice_url: poison\n",
			   spec_account_sid(0), spec_phone(0));
		break;
	default:
		buf_printf(&text,
			   "%sdefaults:\n  sms_url: https://poison.example.com/\n  sms_url: "
			   "https://poison.example.com/\n",
			   *bytes);
		break;
	}
	if (!text.length)
		return;
	mem_free(*bytes);
	*bytes = buf_take(&text);
}

/* What is asked for now and was not before, number by number. */
static void trace_wishes(struct world *world, const struct version *was, const struct version *is)
{
	for (int i = 0; world->tracing && i < world->spec.phones; i++) {
		const struct wish *old = was ? &was->wishes[i] : NULL, *wish = &is->wishes[i];

		if (old && old->declared && !wish->declared)
			life_trace(world, "   %s leaves", spec_phone(i));
		if (wish->declared &&
		    (!old || old->holds != wish->holds || old->reports != wish->reports))
			life_trace(world, "   %s:%s%s", spec_phone(i),
				   wish->holds ? " on_change: hold" : " on_change: apply",
				   wish->reports ? " on_drift: report" : " on_drift: revert");
		for (int f = 0; wish->declared && f < SIM_FIELDS; f++) {
			bool set = wish->set & (UINT32_C(1) << f);
			bool had = old && old->declared && (old->set & (UINT32_C(1) << f));

			if (had && !set)
				life_trace(world, "   %s no longer %s", spec_phone(i),
					   sim_fields[f].key);
			if (set && (!had || !text_equal(old->want[f], wish->want[f])))
				life_trace(world, "   %s %s: '%s'", spec_phone(i),
					   sim_fields[f].key, wish->want[f]);
		}
	}
}

void host_write_files(struct world *world, bool valid)
{
	struct version *version = mem_zalloc(1, sizeof(*version));

	version->valid = true;
	version->file_count = world->spec.file_count;
	for (int i = 0; i < version->file_count; i++) {
		struct buf text = {0};

		spec_add_yaml(&world->spec, i, &text);
		version->files[i] = world->spec.files[i];
		version->bytes[i] = buf_take(&text);
	}
	for (int i = 0; i < world->spec.phones; i++) {
		struct wish *wish = &version->wishes[i];

		spec_resolve(&world->spec, i, wish);
		version->declared[wish->file] += wish->declared;
		version->account_declared[wish->account] += wish->declared;
	}
	if (!valid)
		spoil(world, version);
	mem_grow(world->versions, world->version_count, world->version_capacity);
	world->on_disk = world->version_count;
	world->versions[world->version_count++] = version;
	life_trace(world, "files: v%zu%s", world->on_disk, valid ? "" : ", not valid");
	trace_wishes(world, world->on_disk ? world->versions[world->on_disk - 1] : NULL, version);
}

static void on_line(void *context, const char *line, size_t length)
{
	struct world *world = context;
	bool debug = line[0] == '<' && line[1] == '7';

	if (host_is_dead(world))
		return;
	life_mark(world, line, length);
	life_trace(world, "log: %.*s", (int)length - 1, line);
	if (debug && strstr(line, "event=pass")) {
		world->pending = true;
		world->passed = world->reconcile ? host_in_force(world) : NULL;
	}
	if (strstr(line, "event=approved"))
		fights_end(world);
	world->lines += !debug;
	if (strstr(line, "event=repaired"))
		fights_note(world, line);
	world->totals->fights += strstr(line, "event=fight") != NULL;
	world->told_drift |= strstr(line, "event=drift") || strstr(line, "event=both");
}

void host_start(struct world *world)
{
	struct error error = {0};
	const struct reconcile_options options = {
		.source = &world->source,
		.transport = &world->transport,
		.clock = &world->clock,
		.rng = &world->engine_rng,
		.log = &world->log,
		.default_account = NULL,
		.interval = SIM_INTERVAL,
		.concurrency = world->concurrency,
		.observe = world->observe,
	};
	struct reconcile_options whole = options;

	if (journal_open("/sim", JOURNAL_WRITE, "sim", host_wall(world), &world->journal, &error) <
	    0) {
		life_fail(world, "the journal does not open: %s", error.text);
		return;
	}
	whole.journal = world->journal;
	world->handed_out = 0;
	world->reconcile = reconcile_new(&whole);
	life_trace(world, "started%s", world->observe ? ", only observing" : "");
}

bool host_is_dead(const struct world *world)
{
	return world->killed_at && sim_vfs_calls(world->disk) >= world->killed_at;
}

void host_crash(struct world *world, bool power)
{
	if (!host_is_dead(world)) {
		world->killed_at = sim_vfs_calls(world->disk);
		sim_vfs_kill(world->disk, 1);
	}
	life_trace(world, "killed%s", power ? ", and the power fails" : "");
	reconcile_free(world->reconcile);
	journal_close(world->journal);
	world->reconcile = NULL;
	world->journal = NULL;
	world->killed_at = 0;
	if (power)
		sim_vfs_crash(world->disk, rng_next(&world->rng));
	else
		sim_vfs_restart(world->disk);
	world->totals->crashes++;
}

void host_init(struct world *world)
{
	world->clock = (struct clock){read_monotonic, read_wall, world};
	world->source = (struct source){read_files, world};
	world->log = (struct log){.level = LOG_LEVEL_DEBUG,
				  .format = LOG_FORMAT_JOURNAL,
				  .clock = &world->clock,
				  .write = on_line,
				  .context = world};
	world->disk = sim_vfs_new("sim");
	/* SQLite has random numbers of its own, which show in the bytes that a crash tears. */
	sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, (int)(world->seed % 1000000) + 1, NULL);
	world->concurrency = 1 + (unsigned)rng_upto(&world->rng, 7);
	world->observe = chance(&world->rng, 30);
	rng_init(&world->engine_rng, rng_next(&world->rng));
}

void host_finish(struct world *world)
{
	reconcile_free(world->reconcile);
	journal_close(world->journal);
	sim_vfs_free(world->disk);
	for (size_t i = 0; i < world->version_count; i++) {
		for (int f = 0; f < SIM_FILES; f++)
			mem_free(world->versions[i]->bytes[f]);
		mem_free(world->versions[i]);
	}
	mem_free(world->versions);
}
