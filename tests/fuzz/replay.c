/* What stands in for libFuzzer where there is no clang: gives a fuzz target every file of the folders it is called with,
 * and, of each, some hundred variants that are always the same. A claim that does not hold ends the process. */
#include "eventstore/base/bytes.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_SIZE_MAX = 1 << 16, VARIANTS = 300, PATH_SIZE_MAX = 1024 };

static uint64_t chance;
static int      input_count;

static size_t below(size_t limit)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return limit > 0 ? (size_t)(chance >> 33) % limit : 0;
}

/* The target must not read behind its input: a block of exactly that size lets the sanitizer see it. */
static void try_input(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

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

static void try_variants(const uint8_t *data, size_t size)
{
	static uint8_t variant[INPUT_SIZE_MAX];

	for (int i = 0; i < VARIANTS; i++) {
		size_t variant_size = size;

		memcpy(variant, data, size);
		for (size_t changes = 1 + below(4); changes > 0; changes--)
			change_byte(variant, variant_size);
		if (i % 3 == 1)
			variant_size = cut_out(variant, variant_size);
		if (i % 3 == 2)
			variant_size = repeat(variant, variant_size);
		try_input(variant, variant_size);
	}
}

static void try_all(const char *name, const uint8_t *data, size_t size)
{
	chance = size;
	try_input(data, size);
	try_variants(data, size);
	printf("ok %d - %s and %d variants\n", ++input_count, name, VARIANTS);
	fflush(stdout);
}

static void try_file(const char *path, const char *name)
{
	static uint8_t data[INPUT_SIZE_MAX];
	FILE          *file = fopen(path, "rbe");
	size_t         size;

	if (!file) {
		printf("not ok %d - %s cannot be read\n", ++input_count, name);
		return;
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	try_all(name, data, size);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void try_folder(const char *folder)
{
	struct dirent **entries;
	int             count = scandir(folder, &entries, NULL, by_name);
	char            path[PATH_SIZE_MAX];

	if (count < 0) {
		printf("not ok %d - no folder %s\n", ++input_count, folder);
		return;
	}
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
			try_file(path, entries[i]->d_name);
		}
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	try_all("nothing", (const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		try_folder(argv[i]);
	printf("1..%d\n", input_count);
	return 0;
}
