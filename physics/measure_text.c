#include "physics/measure.h"

#include "eventstore/codec/codec_json.h"

#include <math.h>

/* ---------------------------------------------------------------- CSV */

/* RFC 4180: a field with a comma, a quote or a break is quoted, and its quotes are doubled. */
static void append_field(struct buffer *out, struct text name, const char *unit)
{
	buffer_append_text(out, TEXT("\""));
	for (size_t i = 0; i < name.size; i++) {
		if (name.data[i] == '"')
			buffer_append_text(out, TEXT("\""));
		buffer_append(out, BYTES(name.data + i, 1));
	}
	if (*unit)
		buffer_format(out, " [%s]", unit);
	buffer_append_text(out, TEXT("\""));
}

void measures_csv_head(const struct scene *scene, struct buffer *out)
{
	buffer_append_text(out, TEXT("\"frame\",\"t [s]\""));
	for (uint32_t i = 0; i < scene->measure_count; i++) {
		const struct scene_measure *measure = &scene->measures[i];

		if (!measure_is_series(measure))
			continue;
		buffer_append_text(out, TEXT(","));
		append_field(out, measure->id, measure_unit(scene, measure));
	}
	buffer_append_text(out, TEXT("\r\n"));
}

void measures_csv(const struct scene *scene, uint32_t first, uint32_t count, const double *rows, struct buffer *out)
{
	uint32_t series = measure_series_count(scene);

	for (uint32_t row = 0; row < count; row++) {
		buffer_format(out, "%u,", first + row);
		json_append_f64(out, (double)(first + row) / scene->solver.fps);
		for (uint32_t i = 0; i < series; i++) {
			double value = rows[(size_t)row * series + i];

			buffer_append_text(out, TEXT(","));
			if (isfinite(value))
				json_append_f64(out, value);
		}
		buffer_append_text(out, TEXT("\r\n"));
	}
}

/* ---------------------------------------------------------------- JSON */

struct column {
	const double *rows;
	uint32_t      series, index, count;
};

static void append_values(struct buffer *out, const struct column *column)
{
	for (uint32_t row = 0; row < column->count; row++) {
		double value = column->rows[(size_t)row * column->series + column->index];

		if (row > 0)
			buffer_append_text(out, TEXT(","));
		if (isfinite(value))
			json_append_f64(out, value);
		else
			buffer_append_text(out, TEXT("null"));
	}
}

void measures_json(const struct scene *scene, uint32_t first, uint32_t count, const double *rows, struct buffer *out)
{
	struct column column = {.rows = rows, .series = measure_series_count(scene), .count = count};

	buffer_format(out, "{\"first\":%u,\"fps\":%u,\"series\":[", first, scene->solver.fps);
	for (uint32_t i = 0; i < scene->measure_count; i++) {
		const struct scene_measure *measure = &scene->measures[i];

		if (!measure_is_series(measure))
			continue;
		buffer_append_text(out, column.index > 0 ? TEXT(",{\"id\":") : TEXT("{\"id\":"));
		json_append_string(out, measure->id);
		buffer_append_text(out, TEXT(",\"unit\":"));
		json_append_string(out, text_from(measure_unit(scene, measure)));
		buffer_append_text(out, TEXT(",\"values\":["));
		append_values(out, &column);
		buffer_append_text(out, TEXT("]}"));
		column.index++;
	}
	buffer_append_text(out, TEXT("]}"));
}
