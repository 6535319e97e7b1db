/* What an operator sets: eventstore/base/config.h. */
#include "eventstore/base/config.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char config_file[] = "/tmp/orrery-config-XXXXXX";

/* Each test begins without a single ORRERY_* variable. */
static int forget_everything(void **state)
{
	unsetenv("ORRERY_CONFIG");
	for (uint32_t key = 0; key < CONFIG_COUNT; key++)
		unsetenv(config_variables[key].name);
	return 0;
}

static void write_file(const char *text)
{
	FILE *file = fopen(config_file, "we");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
	setenv("ORRERY_CONFIG", config_file, 1);
}

static void assert_refused(enum status wanted, const char *words)
{
	struct config config;
	char          sentence[1024];

	assert_int_equal(config_load(&config), wanted);
	snprintf(sentence, sizeof(sentence), "%.*s", TEXT_ARG(config.complaint));
	if (!strstr(sentence, words))
		fail_msg("\"%s\" does not say \"%s\"", sentence, words);
	config_finish(&config);
}

static void every_default_is_of_its_own_kind(void **state)
{
	struct config config;

	assert_int_equal(config_load(&config), STATUS_OK);
	for (uint32_t key = 0; key < CONFIG_COUNT; key++)
		assert_int_equal(config_source(&config, (enum config_key)key), CONFIG_FROM_DEFAULT);
	assert_string_equal(config_text(&config, CONFIG_LISTEN), "127.0.0.1:8080");
	assert_int_equal(config_u32(&config, CONFIG_LOOPS), 0);
	assert_false(config_bool(&config, CONFIG_HTTP2));
	assert_int_equal(config_word(&config, CONFIG_LOG_LEVEL), 1);
	config_finish(&config);
}

static void paths_start_in_the_data_folder(void **state)
{
	struct config config;
	struct arena  arena = {0};

	setenv("ORRERY_DATA", "/srv/data", 1);
	setenv("ORRERY_SOCKET", "/run/writer.sock", 1);
	assert_int_equal(config_load(&config), STATUS_OK);
	assert_string_equal(config_path(&config, CONFIG_SOCKET), "/run/writer.sock");
	assert_string_equal(config_path(&config, CONFIG_MASTER_KEY_FILE), "/srv/data/master.key");
	assert_string_equal(config_path(&config, CONFIG_TLS_CERT), "");
	assert_string_equal(config_in_data(&config, "log", &arena), "/srv/data/log");
	arena_finish(&arena);
	config_finish(&config);
}

static void a_relative_data_folder_starts_in_the_working_folder(void **state)
{
	struct config config;
	char          here[PATH_MAX], wanted[PATH_MAX + 8];

	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(wanted, sizeof(wanted), "%s/var", here);
	assert_int_equal(config_load(&config), STATUS_OK);
	assert_string_equal(config_path(&config, CONFIG_DATA), wanted);
	config_finish(&config);
}

static void the_environment_comes_before_the_file(void **state)
{
	struct config config;

	write_file("# a remark\n\n ORRERY_LOOPS = 3 \nORRERY_QUEUE_MAX=7\r\nORRERY_CORS=\"https://a.example\"");
	setenv("ORRERY_LOOPS", "5", 1);
	assert_int_equal(config_load(&config), STATUS_OK);
	assert_int_equal(config_u32(&config, CONFIG_LOOPS), 5);
	assert_int_equal(config_source(&config, CONFIG_LOOPS), CONFIG_FROM_ENVIRONMENT);
	assert_int_equal(config_u32(&config, CONFIG_QUEUE_MAX), 7);
	assert_int_equal(config_source(&config, CONFIG_QUEUE_MAX), CONFIG_FROM_FILE);
	assert_string_equal(config_text(&config, CONFIG_CORS), "https://a.example");
	config_finish(&config);
}

static void a_file_is_refused_with_its_line(void **state)
{
	char line[64];

	snprintf(line, sizeof(line), "%s:2: there is no variable ORRERY_LISTNE", config_file);
	write_file("ORRERY_LOOPS=1\nORRERY_LISTNE=x\n");
	assert_refused(STATUS_INVALID, line);
	write_file("ORRERY_LOOPS=1\nORRERY_LOOPS=2\n");
	assert_refused(STATUS_INVALID, ":2: ORRERY_LOOPS is given twice");
	write_file("just words\n");
	assert_refused(STATUS_INVALID, ":1: it is not of the form KEY=VALUE");
}

static void a_missing_file_is_not_passed_over(void **state)
{
	setenv("ORRERY_CONFIG", "/nonexistent/orrery.conf", 1);
	assert_refused(STATUS_NOT_FOUND, "/nonexistent/orrery.conf");
}

static void a_huge_file_is_refused(void **state)
{
	static char text[CONFIG_FILE_SIZE_MAX + 2];

	memset(text, '#', sizeof(text) - 1);
	write_file(text);
	assert_refused(STATUS_IO, "cannot be read");
}

static void a_value_of_the_wrong_kind_is_refused(void **state)
{
	static const char *const wrong[][2] = {
		{"ORRERY_LOOPS", "many"},
		{"ORRERY_LOOPS", "257"},
		{"ORRERY_LOOPS", "-1"},
		{"ORRERY_LOOPS", ""},
		{"ORRERY_CONNECTIONS_MAX", "0"},
		{"ORRERY_HTTP2", "perhaps"},
		{"ORRERY_LOG_LEVEL", "inf"},
		{"ORRERY_LOG_LEVEL", "info|warn"},
		{"ORRERY_LISTEN", "8080"},
		{"ORRERY_LISTEN", ":8080"},
		{"ORRERY_LISTEN", "127.0.0.1:0"},
		{"ORRERY_LISTEN", "127.0.0.1:65536"},
		{"ORRERY_ORIGIN", "example.org"},
		{"ORRERY_ORIGIN", "https://"},
		{"ORRERY_ORIGIN", "https://example.org/"},
		{"ORRERY_ORIGIN", "https://me@example.org"},
		{"ORRERY_DATA", ""},
	};

	for (size_t i = 0; i < array_count(wrong); i++) {
		setenv(wrong[i][0], wrong[i][1], 1);
		assert_refused(STATUS_INVALID, wrong[i][0]);
		unsetenv(wrong[i][0]);
	}
}

static void a_secret_stays_out_of_the_complaint(void **state)
{
	static char   long_secret[CONFIG_VALUE_SIZE_MAX + 2];
	struct config config;

	memset(long_secret, 's', sizeof(long_secret) - 1);
	setenv("ORRERY_PG", long_secret, 1);
	assert_int_equal(config_load(&config), STATUS_INVALID);
	assert_null(memmem(config.complaint.data, config.complaint.size, "sss", 3));
	config_finish(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_default_is_of_its_own_kind, forget_everything),
		cmocka_unit_test_setup(paths_start_in_the_data_folder, forget_everything),
		cmocka_unit_test_setup(a_relative_data_folder_starts_in_the_working_folder, forget_everything),
		cmocka_unit_test_setup(the_environment_comes_before_the_file, forget_everything),
		cmocka_unit_test_setup(a_file_is_refused_with_its_line, forget_everything),
		cmocka_unit_test_setup(a_missing_file_is_not_passed_over, forget_everything),
		cmocka_unit_test_setup(a_huge_file_is_refused, forget_everything),
		cmocka_unit_test_setup(a_value_of_the_wrong_kind_is_refused, forget_everything),
		cmocka_unit_test_setup(a_secret_stays_out_of_the_complaint, forget_everything),
	};
	int failed, file = mkstemp(config_file);

	if (file < 0)
		return EXIT_FAILURE;
	close(file);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(config_file);
	return failed;
}
