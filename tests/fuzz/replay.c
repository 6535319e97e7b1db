/* What stands in for libFuzzer in the unit tests: gives a fuzz target every file of the folders it is called with,
 * variants of them, and made-up bytes. A claim that does not hold ends the process. A folder that is not there has no
 * files. The seed is printed; FUZZ_SEED repeats a run. */
#include "eventstore/base/clock.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	INPUT_SIZE_MAX = 1 << 16,
	VARIANTS_EACH = 300,
	MADE_UP_INPUTS = 3000,
	MADE_UP_SIZE_MAX = 300,
	PATH_SIZE_MAX = 1024
};

static uint64_t chance;

static size_t below(size_t limit)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return limit > 0 ? (size_t)(chance >> 33) % limit : 0;
}

/* A block of exactly the input's size lets the sanitizer see a read behind it. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

/* ---------------------------------------------------------------- variants */

static void change_byte(uint8_t *data, size_t size)
{
	static const uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '"', '\\', '{', '[', '.', 0xc7, 0xdf};
	size_t               at = below(size);

	if (size > 0 && below(2))
		data[at] ^= (uint8_t)(1u << below(8));
	else if (size > 0)
		data[at] = edges[below(array_count(edges))];
}

static size_t cut_out(uint8_t *data, size_t size)
{
	size_t at = below(size), length = below(size - at) / 2 + (size > 0);

	memmove(data + at, data + at + length, size - at - length);
	return size - length;
}

static size_t repeat(uint8_t *data, size_t size)
{
	size_t at = below(size), length = below(size - at) / 4;

	if (size + length > INPUT_SIZE_MAX)
		return size;
	memmove(data + at + length, data + at, size - at);
	return size + length;
}

static void feed_variants(const uint8_t *data, size_t size)
{
	static uint8_t variant[INPUT_SIZE_MAX];

	for (int i = 0; i < VARIANTS_EACH; i++) {
		size_t variant_size = size;

		memcpy(variant, data, size);
		for (size_t changes = 1 + below(4); changes > 0; changes--)
			change_byte(variant, variant_size);
		if (i % 3 == 1)
			variant_size = cut_out(variant, variant_size);
		if (i % 3 == 2)
			variant_size = repeat(variant, variant_size);
		feed(variant, variant_size);
	}
}

/* ---------------------------------------------------------------- the three tests */

static void feed_file(const char *path, void (*how)(const uint8_t *data, size_t size))
{
	static uint8_t data[INPUT_SIZE_MAX];
	FILE          *file = fopen(path, "rbe");
	size_t         size;

	if (!file) {
		printf("Bail out! %s cannot be read\n", path);
		exit(1);
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	how(data, size);
}

static int feed_folder(const char *folder, void (*how)(const uint8_t *data, size_t size))
{
	struct dirent **entries;
	int             count = scandir(folder, &entries, NULL, alphasort), files = 0;
	char            path[PATH_SIZE_MAX];

	for (int i = 0; i < count; i++) {
		if (entries[i]->d_type == DT_REG) {
			snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
			feed_file(path, how);
			files++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return files;
}

static int feed_folders(int count, char **folders, void (*how)(const uint8_t *data, size_t size))
{
	int files = 0;

	for (int i = 0; i < count; i++)
		files += feed_folder(folders[i], how);
	return files;
}

static void feed_made_up(void)
{
	uint8_t data[MADE_UP_SIZE_MAX] = {0};

	feed(data, 0);
	for (int i = 0; i < MADE_UP_INPUTS; i++) {
		size_t size = below(sizeof(data) + 1);

		for (size_t at = 0; at < size; at++)
			data[at] = (uint8_t)below(256);
		feed(data, size);
	}
}

int main(int argc, char **argv)
{
	const char *given = getenv("FUZZ_SEED");

	chance = given ? strtoull(given, NULL, 10) : (uint64_t)clock_wall_us();
	printf("1..3\n# FUZZ_SEED=%" PRIu64 "\n", chance);
	fflush(stdout);
	printf("ok 1 - the_corpus_is_survived # %d inputs\n", feed_folders(argc - 1, argv + 1, feed));
	fflush(stdout);
	feed_folders(argc - 1, argv + 1, feed_variants);
	printf("ok 2 - variants_of_the_corpus_are_survived\n");
	fflush(stdout);
	feed_made_up();
	printf("ok 3 - made_up_inputs_are_survived\n");
	return 0;
}
