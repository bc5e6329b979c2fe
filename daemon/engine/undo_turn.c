#include "engine/undo_turn.h"

#include <errno.h>

#include "base/mem.h"

static void set_text(char **place, const char *text)
{
	mem_free(*place);
	*place = mem_strdup(text);
}

void undo_turn_finish(struct undo_turn *turn)
{
	undo_free(turn->undo);
	mem_free(turn->text);
	mem_free(turn->outlook);
}

int undo_turn_ask(struct undo_turn *turn, int64_t id, struct error *error)
{
	if (undo_turn_is_open(turn))
		return error_set(error, -EINVAL, "the undo of %lld is still under way",
				 (long long)turn->id);
	turn->id = id;
	turn->waits = true;
	return 0;
}

bool undo_turn_is_open(const struct undo_turn *turn)
{
	return turn->waits || turn->undo;
}

int64_t undo_turn_deadline(const struct undo_turn *turn)
{
	if (turn->waits || turn->ended)
		return 0;
	return turn->undo ? undo_deadline(turn->undo) : NEVER;
}

static void on_ended(void *context, bool ok, const char *text)
{
	struct undo_turn *turn = context;

	turn->ended = true;
	turn->ok = ok;
	set_text(&turn->text, text);
}

static void begin(struct undo_turn *turn)
{
	struct undo_options options = turn->options;
	struct error error;

	turn->waits = false;
	options.done = on_ended;
	options.context = turn;
	turn->undo = undo_start(&options, turn->id, &error);
	if (!turn->undo)
		on_ended(turn, false, error.text);
}

static void end(struct undo_turn *turn, struct memory *memory)
{
	struct buf outlook = {0};

	turn->ended = false;
	set_text(&turn->outlook, NULL);
	if (turn->undo)
		undo_settle(turn->undo, memory, &outlook);
	if (turn->ok)
		turn->outlook = buf_take(&outlook);
	buf_finish(&outlook);
	log_event(turn->log, turn->ok ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR, "undo", turn->text,
		  {"outlook", turn->outlook});
	undo_free(turn->undo);
	turn->undo = NULL;
}

bool undo_turn_run(struct undo_turn *turn, struct memory *memory)
{
	if (turn->waits)
		begin(turn);
	if (turn->undo && !turn->ended)
		undo_run(turn->undo, memory);
	if (!turn->ended)
		return false;
	end(turn, memory);
	return true;
}

void undo_turn_stop(struct undo_turn *turn, const char *why)
{
	if (turn->undo)
		undo_stop(turn->undo, why);
	if (!turn->waits)
		return;
	turn->waits = false;
	turn->ok = false;
	set_text(&turn->text, why);
	set_text(&turn->outlook, NULL);
}
