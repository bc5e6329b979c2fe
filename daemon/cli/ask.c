#include "cli/ask.h"

#include <jansson.h>

#include "base/json.h"
#include "cli/command.h"
#include "cli/output.h"
#include "sys/http/local_http.h"

static void print_refusal(const struct buf *body)
{
	json_t *root = json_loadb(buf_text(body), body->length, 0, NULL);
	const char *text = json_string_value(json_object_get(root, "error"));

	output_error("%s", text ? text : "the daemon refused, and did not say why");
	json_decref(root);
}

static void add_text(const struct buf *body, struct buf *text)
{
	json_t *root = json_loadb(buf_text(body), body->length, 0, NULL);
	const char *said = json_string_value(json_object_get(root, "text"));

	buf_add_text(text, said ? said : "Done.");
	json_decref(root);
}

int ask_command(const struct options *options, const char *path, struct buf *text)
{
	struct buf body = {0};
	struct error error;
	int status = local_http_request(options->socket, "POST", path, &body, &error);

	if (status < 0)
		output_error("%s", error.text);
	else if (status != 200)
		print_refusal(&body);
	else
		add_text(&body, text);
	buf_finish(&body);
	return status == 200 ? 0 : STATUS_FAILED;
}

int ask_conclude(const struct options *options, bool ok, const char *text)
{
	struct buf out = {0};
	int status;

	if (options->format == FORMAT_JSON) {
		buf_printf(&out, "{\"format_version\": 1, \"ok\": %s, ", ok ? "true" : "false");
		json_add_member(&out, "text", text);
		buf_add_text(&out, "}\n");
	} else if (ok) {
		buf_printf(&out, "%s\n", text);
	} else {
		output_error("%s", text);
	}
	status = output_result(&out);
	buf_finish(&out);
	return ok ? status : STATUS_FAILED;
}
