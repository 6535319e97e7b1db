#include "api/signing.h"

#include "eventstore/base/base64.h"
#include "tests/identity/key_directory.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND_US 1000000LL
#define START_US (1700000000 * SECOND_US)
#define LEAD_US (SIGNING_LEAD_S * SECOND_US)
#define OVERLAP_US (1000 * SECOND_US)

static char path[KEY_DIRECTORY_PATH_SIZE];

static int choose(void **state)
{
	key_directory_choose(path);
	return 0;
}

static int remove_all(void **state)
{
	key_directory_remove(path);
	return 0;
}

static struct signing *open_keys(void)
{
	struct signing *signing;

	assert_int_equal(signing_open(path, OVERLAP_US, START_US, &signing), STATUS_OK);
	return signing;
}

static struct signer newest(struct signing *signing)
{
	struct signer signer;

	signing_current(signing, INT64_MAX, &signer);
	return signer;
}

static bool verifies(struct signing *signing, const struct signer *signer, int64_t now_us)
{
	struct sign_public public;

	if (!signing_public(signing, text_from(signer->kid), now_us, &public))
		return false;
	assert_memory_equal(public.bytes, signer->key.public.bytes, SIGN_PUBLIC_SIZE);
	return true;
}

/* RFC 8037 Appendix A.3. */
static void the_thumbprint_is_the_published_one(void **state)
{
	struct sign_public public;
	size_t size;
	char   kid[SIGNING_KID_SIZE + 1];

	assert_true(base64_decode(TEXT("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"), public.bytes, &size));
	signing_thumbprint(&public, kid);
	assert_string_equal(kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

static void an_empty_directory_gets_one_key_that_nobody_else_may_read(void **state)
{
	struct signing *signing = open_keys();
	struct stat     about;
	char            file[2 * KEY_DIRECTORY_PATH_SIZE];

	assert_int_equal(key_directory_files(path, NULL, file), 1);
	assert_int_equal(stat(file, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
	signing_close(signing);
}

static void opening_again_gives_the_same_key(void **state)
{
	struct signing *first = open_keys(), *second = open_keys();
	struct signer   a = newest(first), b = newest(second);

	assert_string_equal(a.kid, b.kid);
	assert_memory_equal(a.key.seed, b.key.seed, SIGN_SEED_SIZE);
	signing_close(first);
	signing_close(second);
}

static void *open_in_a_race(void *argument)
{
	pthread_barrier_t *barrier = argument;
	struct signing    *signing = NULL;

	pthread_barrier_wait(barrier);
	if (signing_open(path, OVERLAP_US, START_US, &signing) != STATUS_OK)
		return NULL;
	return signing;
}

static void all_who_open_at_once_end_up_with_one_key(void **state)
{
	pthread_barrier_t barrier;
	pthread_t         threads[8];
	struct signing   *opened[8];
	char              file[2 * KEY_DIRECTORY_PATH_SIZE];

	pthread_barrier_init(&barrier, NULL, array_count(threads));
	for (size_t i = 0; i < array_count(threads); i++)
		pthread_create(&threads[i], NULL, open_in_a_race, &barrier);
	for (size_t i = 0; i < array_count(threads); i++)
		pthread_join(threads[i], (void **)&opened[i]);
	assert_int_equal(key_directory_files(path, NULL, file), 1);
	for (size_t i = 0; i < array_count(threads); i++) {
		assert_non_null(opened[i]);
		assert_string_equal(newest(opened[i]).kid, newest(opened[0]).kid);
	}
	for (size_t i = 0; i < array_count(threads); i++)
		signing_close(opened[i]);
	pthread_barrier_destroy(&barrier);
}

static struct signer current(struct signing *signing, int64_t now_us)
{
	struct signer signer;

	signing_current(signing, now_us, &signer);
	return signer;
}

static void a_new_key_verifies_at_once_and_signs_after_its_lead(void **state)
{
	struct signing *signing = open_keys();
	struct signer   old = newest(signing), fresh;
	int64_t         made_us = START_US + SECOND_US;

	assert_string_equal(current(signing, START_US).kid, old.kid); /* the first one has nobody to wait for */
	assert_int_equal(signing_rotate(path, OVERLAP_US, made_us), STATUS_OK);
	assert_string_equal(newest(signing).kid, old.kid);
	assert_int_equal(signing_reload(signing), STATUS_OK);
	fresh = newest(signing);
	assert_string_not_equal(fresh.kid, old.kid);
	assert_true(verifies(signing, &fresh, made_us));
	assert_string_equal(current(signing, made_us + LEAD_US - 1).kid, old.kid);
	assert_string_equal(current(signing, made_us + LEAD_US).kid, fresh.kid);
	signing_close(signing);
}

static void rotations_within_a_lead_sign_one_after_the_other(void **state)
{
	struct signing *signing = open_keys();
	struct signer   first = newest(signing), second, third;

	assert_int_equal(signing_rotate(path, OVERLAP_US, START_US + 10 * SECOND_US), STATUS_OK);
	assert_int_equal(signing_reload(signing), STATUS_OK);
	second = newest(signing);
	assert_int_equal(signing_rotate(path, OVERLAP_US, START_US + 20 * SECOND_US), STATUS_OK);
	assert_int_equal(signing_reload(signing), STATUS_OK);
	third = newest(signing);
	assert_string_equal(current(signing, START_US + 25 * SECOND_US).kid, first.kid);
	assert_string_equal(current(signing, START_US + 15 * SECOND_US + LEAD_US).kid, second.kid);
	assert_string_equal(current(signing, START_US + 20 * SECOND_US + LEAD_US).kid, third.kid);
	signing_close(signing);
}

static void a_superseded_key_verifies_until_its_overlap_has_passed(void **state)
{
	struct signing *signing = open_keys();
	struct signer   old = newest(signing), fresh;
	int64_t         superseded_us = START_US + 5000 * SECOND_US + LEAD_US;

	assert_int_equal(signing_rotate(path, OVERLAP_US, superseded_us - LEAD_US), STATUS_OK);
	assert_int_equal(signing_reload(signing), STATUS_OK);
	fresh = newest(signing);
	assert_true(verifies(signing, &old, superseded_us + OVERLAP_US));
	assert_false(verifies(signing, &old, superseded_us + OVERLAP_US + 1));
	assert_true(verifies(signing, &fresh, superseded_us + 100 * OVERLAP_US));
	signing_close(signing);
}

static void a_rotation_deletes_keys_whose_overlap_has_passed(void **state)
{
	struct signing *signing = open_keys();
	char            file[2 * KEY_DIRECTORY_PATH_SIZE];

	assert_int_equal(signing_rotate(path, OVERLAP_US, START_US + SECOND_US), STATUS_OK);
	assert_int_equal(key_directory_files(path, NULL, file), 2);
	assert_int_equal(signing_rotate(path, OVERLAP_US, START_US + 2 * OVERLAP_US), STATUS_OK);
	assert_int_equal(key_directory_files(path, NULL, file), 2);
	signing_close(signing);
}

static void a_rotation_under_a_clock_that_stepped_back_still_gives_the_newest_key(void **state)
{
	struct signing *signing = open_keys();
	struct signer   old = newest(signing);

	assert_int_equal(signing_rotate(path, OVERLAP_US, START_US - 500 * SECOND_US), STATUS_OK);
	assert_int_equal(signing_reload(signing), STATUS_OK);
	assert_string_not_equal(newest(signing).kid, old.kid);
	signing_close(signing);
}

static void too_many_rotations_within_an_overlap_are_refused(void **state)
{
	struct signing *signing = open_keys();

	for (int i = 1; i < SIGNING_KEYS_MAX; i++)
		assert_int_equal(signing_rotate(path, OVERLAP_US, START_US + i), STATUS_OK);
	assert_int_equal(signing_rotate(path, OVERLAP_US, START_US + SIGNING_KEYS_MAX), STATUS_FULL);
	assert_int_equal(signing_reload(signing), STATUS_OK);
	signing_close(signing);
}

static void the_generation_grows_only_when_the_keys_changed(void **state)
{
	struct signing *signing = open_keys();
	uint64_t        generation = signing_generation(signing);

	assert_int_equal(signing_reload(signing), STATUS_OK);
	assert_int_equal(signing_generation(signing), generation);
	assert_int_equal(signing_rotate(path, OVERLAP_US, START_US + SECOND_US), STATUS_OK);
	assert_int_equal(signing_reload(signing), STATUS_OK);
	assert_int_equal(signing_generation(signing), generation + 1);
	signing_close(signing);
}

static void a_failed_reload_keeps_the_keys(void **state)
{
	struct signing *signing = open_keys();
	struct signer   before = newest(signing);
	char            file[2 * KEY_DIRECTORY_PATH_SIZE];

	assert_int_equal(key_directory_files(path, NULL, file), 1);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(signing_reload(signing), STATUS_NOT_FOUND);
	assert_string_equal(newest(signing).kid, before.kid);
	assert_true(verifies(signing, &before, START_US));
	signing_close(signing);
}

static void a_key_that_others_may_read_is_refused(void **state)
{
	struct signing *signing = open_keys();
	char            file[2 * KEY_DIRECTORY_PATH_SIZE];

	assert_int_equal(key_directory_files(path, NULL, file), 1);
	assert_int_equal(chmod(file, 0640), 0);
	assert_int_equal(signing_reload(signing), STATUS_DENIED);
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(signing_reload(signing), STATUS_DENIED);
	signing_close(signing);
}

static void a_link_in_place_of_a_key_is_refused(void **state)
{
	struct signing *signing = open_keys();
	char            file[2 * KEY_DIRECTORY_PATH_SIZE], real[2 * KEY_DIRECTORY_PATH_SIZE + 8];

	assert_int_equal(key_directory_files(path, NULL, file), 1);
	snprintf(real, sizeof(real), "%s.real", file);
	assert_int_equal(rename(file, real), 0);
	assert_int_equal(symlink(real, file), 0);
	assert_int_equal(signing_reload(signing), STATUS_DENIED);
	signing_close(signing);
}

static void overwrite(const char *file, off_t offset, const char *with)
{
	int descriptor = open(file, O_WRONLY);

	assert_true(descriptor >= 0);
	assert_int_equal(pwrite(descriptor, with, strlen(with), offset), strlen(with));
	close(descriptor);
}

static void a_key_under_anothers_name_is_corrupt(void **state)
{
	struct signing *signing = open_keys();
	char            file[2 * KEY_DIRECTORY_PATH_SIZE];

	assert_int_equal(key_directory_files(path, NULL, file), 1);
	overwrite(file, 41, "00000000");
	assert_int_equal(signing_reload(signing), STATUS_CORRUPT);
	signing_close(signing);
}

static void a_file_of_another_form_is_corrupt(void **state)
{
	static const struct {
		off_t       offset;
		const char *with;
	} damage[] = {{0, "C"}, {8, "x"}, {35, " "}, {60, "G"}, {105, "x"}, {106, "more"}};

	for (size_t i = 0; i < array_count(damage); i++) {
		struct signing *signing = open_keys();
		char            file[2 * KEY_DIRECTORY_PATH_SIZE];

		assert_int_equal(key_directory_files(path, NULL, file), 1);
		overwrite(file, damage[i].offset, damage[i].with);
		assert_int_equal(signing_reload(signing), STATUS_CORRUPT);
		signing_close(signing);
		assert_int_equal(unlink(file), 0);
	}
}

static void other_files_in_the_directory_do_not_matter(void **state)
{
	struct signing *signing = open_keys();
	char            other[2 * KEY_DIRECTORY_PATH_SIZE];
	int             file;

	snprintf(other, sizeof(other), "%s/README", path);
	file = open(other, O_WRONLY | O_CREAT, 0644);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(signing_reload(signing), STATUS_OK);
	signing_close(signing);
}

static void the_key_set_lists_what_verifies_newest_first_and_no_secret(void **state)
{
	struct signing *signing = open_keys();
	struct signer   old = newest(signing), fresh;
	struct buffer   json = {0};
	char            expected[512], old_x[44] = {0}, fresh_x[44] = {0};

	assert_int_equal(signing_rotate(path, OVERLAP_US, START_US + SECOND_US), STATUS_OK);
	assert_int_equal(signing_reload(signing), STATUS_OK);
	fresh = newest(signing);
	base64_encode(BYTES(old.key.public.bytes, SIGN_PUBLIC_SIZE), old_x);
	base64_encode(BYTES(fresh.key.public.bytes, SIGN_PUBLIC_SIZE), fresh_x);
	snprintf(
		expected, sizeof(expected),
		"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\",\"kid\":\"%s\",\"alg\":\"EdDSA\",\"use\":"
		"\"sig\"},"
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\",\"kid\":\"%s\",\"alg\":\"EdDSA\",\"use\":\"sig\"}]}",
		fresh_x, fresh.kid, old_x, old.kid);
	signing_jwks(signing, START_US + SECOND_US, &json);
	assert_int_equal(json.size, strlen(expected));
	assert_memory_equal(json.data, expected, json.size);
	buffer_finish(&json);
	signing_jwks(signing, START_US + 3 * OVERLAP_US, &json);
	assert_null(memmem(json.data, json.size, old.kid, strlen(old.kid)));
	assert_non_null(memmem(json.data, json.size, fresh.kid, strlen(fresh.kid)));
	buffer_finish(&json);
	signing_close(signing);
}

static void rotating_what_is_not_there_is_not_found(void **state)
{
	assert_int_equal(signing_rotate(path, OVERLAP_US, START_US), STATUS_NOT_FOUND);
}

#define in_a_directory(test) cmocka_unit_test_setup_teardown(test, choose, remove_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_thumbprint_is_the_published_one),
		in_a_directory(an_empty_directory_gets_one_key_that_nobody_else_may_read),
		in_a_directory(opening_again_gives_the_same_key),
		in_a_directory(all_who_open_at_once_end_up_with_one_key),
		in_a_directory(a_new_key_verifies_at_once_and_signs_after_its_lead),
		in_a_directory(rotations_within_a_lead_sign_one_after_the_other),
		in_a_directory(a_superseded_key_verifies_until_its_overlap_has_passed),
		in_a_directory(a_rotation_deletes_keys_whose_overlap_has_passed),
		in_a_directory(a_rotation_under_a_clock_that_stepped_back_still_gives_the_newest_key),
		in_a_directory(too_many_rotations_within_an_overlap_are_refused),
		in_a_directory(the_generation_grows_only_when_the_keys_changed),
		in_a_directory(a_failed_reload_keeps_the_keys),
		in_a_directory(a_key_that_others_may_read_is_refused),
		in_a_directory(a_link_in_place_of_a_key_is_refused),
		in_a_directory(a_key_under_anothers_name_is_corrupt),
		in_a_directory(a_file_of_another_form_is_corrupt),
		in_a_directory(other_files_in_the_directory_do_not_matter),
		in_a_directory(the_key_set_lists_what_verifies_newest_first_and_no_secret),
		in_a_directory(rotating_what_is_not_there_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
