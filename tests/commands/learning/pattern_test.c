#include "commands/learning/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct folding loose;
static const struct folding strict = {.case_matters = true, .diacritics_matter = true, .blanks_matter = true};

static bool match(struct folding folding, const char *written, const char *answer)
{
	struct arena          arena = {0};
	const struct pattern *pattern;
	struct mistake        mistake;
	bool                  matches;

	if (pattern_parse(text_from(written), folding, &arena, &pattern, &mistake) != STATUS_OK)
		fail_msg("%s: at %u: %.*s", written, mistake.position, TEXT_ARG(mistake.sentence));
	matches = pattern_matches(pattern, text_from(answer), &arena);
	arena_finish(&arena);
	return matches;
}

static void matches(const char *written, const char *answer)
{
	if (!match(loose, written, answer))
		fail_msg("%s does not match %s", written, answer);
}

static void differs(const char *written, const char *answer)
{
	if (match(loose, written, answer))
		fail_msg("%s matches %s", written, answer);
}

static void the_whole_answer_must_match(void **state)
{
	matches("newton", "newton");
	differs("newton", "newtons");
	differs("newton", "a newton");
	matches("", "");
	differs("", "a");
	matches("", "  ");
}

static void stars_and_question_marks_stand_for_others(void **state)
{
	matches("newton*", "newton's law");
	matches("*law*", "newton's second law of motion");
	matches("n?wton", "nawton");
	matches("n?wton", "néwton");
	differs("n?wton", "nwton");
	matches("*", "");
	matches("**a**", "a");
	matches("a*b*c", "a1b2b3c");
	differs("a*b*c", "acb");
	matches("???", "äöü");
	differs("???", "ab");
}

static void braces_hold_alternatives(void **state)
{
	matches("{first,second} law", "first law");
	matches("{first,second} law", "second law");
	differs("{first,second} law", "third law");
	matches("gr{a,e}y", "grey");
	matches("colo{,u}r", "color");
	matches("colo{,u}r", "colour");
	matches("{a}", "a");
	matches("{a,b}{c,d}", "bc");
	differs("{a,b}{c,d}", "b");
	differs("{a,b}{c,d}", "cd");
	matches("{*force,w?rk}", "the force");
	matches("{*force,w?rk}", "work");
	matches("{a,b,c,d,e}", "e");
	matches("a,b", "a,b");
}

static void a_backslash_takes_the_meaning(void **state)
{
	matches("2\\*3", "2*3");
	differs("2\\*3", "213");
	matches("\\{a\\,b\\}", "{a,b}");
	matches("{a\\,b,c}", "a,b");
	matches("\\\\", "\\");
	matches("why\\?", "why?");
	differs("why\\?", "whys");
}

static void case_diacritics_and_blanks_are_folded(void **state)
{
	matches("Ångström", "angstrom");
	matches("angstrom", "ÅNGSTRÖM");
	matches("e\u0301lan", "\u00e9lan");
	matches("Straße", "STRASSE");
	matches("ΣΊΣΥΦΟΣ", "σίσυφος");
	matches("kinetic energy", "  Kinetic \t ENERGY ");
	matches("kinetic energy", "kinetic\u00a0energy");
	differs("kinetic energy", "kineticenergy");
	matches("so\u00adft", "soft");
}

static void what_matters_is_compared(void **state)
{
	assert_false(match(strict, "Watt", "watt"));
	assert_true(match(strict, "Watt", "Watt"));
	assert_false(match(strict, "Élan", "Elan"));
	assert_true(match(strict, "E\u0301lan", "\u00c9lan"));
	assert_false(match(strict, "a b", "a  b"));
	assert_false(match(strict, "a", "a "));
	assert_true(match((struct folding){.diacritics_matter = true}, "ÉLAN", "élan"));
	assert_false(match((struct folding){.diacritics_matter = true}, "élan", "elan"));
	assert_true(match((struct folding){.case_matters = true}, "Élan", "Elan"));
}

static void mistaken_at(const char *written, uint32_t position, const char *part)
{
	struct arena          arena = {0};
	const struct pattern *pattern;
	struct mistake        mistake;
	char                  sentence[100];

	assert_int_equal(pattern_parse(text_from(written), loose, &arena, &pattern, &mistake), STATUS_INVALID);
	snprintf(sentence, sizeof(sentence), "%.*s", TEXT_ARG(mistake.sentence));
	if (mistake.position != position || !strstr(sentence, part))
		fail_msg("%s: at %u: %s", written, mistake.position, sentence);
	arena_finish(&arena);
}

static void mistakes_are_told_where_they_lie(void **state)
{
	mistaken_at("é{a,b", 2, "not closed");
	mistaken_at("a}", 2, "no brace");
	mistaken_at("{a,{b}}", 4, "in one another");
	mistaken_at("ab\\", 3, "missing");
	mistaken_at("a\xff", 0, "no text");
}

static void limits_hold(void **state)
{
	char                  pattern_text[PATTERN_TEXT_SIZE_MAX + 2], answer[PATTERN_ANSWER_SIZE_MAX + 2];
	struct arena          arena = {0};
	const struct pattern *pattern;
	struct mistake        mistake;

	memset(pattern_text, ',', sizeof(pattern_text));
	pattern_text[0] = '{';
	pattern_text[PATTERN_TEXT_SIZE_MAX - 1] = '}';
	assert_int_equal(
		pattern_parse((struct text){pattern_text, PATTERN_TEXT_SIZE_MAX}, loose, &arena, &pattern, &mistake),
		STATUS_OK);
	assert_true(pattern_matches(pattern, TEXT(""), &arena));
	assert_int_equal(pattern_parse((struct text){pattern_text, PATTERN_TEXT_SIZE_MAX + 1}, loose, &arena, &pattern,
	                               &mistake),
	                 STATUS_INVALID);
	memset(answer, 'a', sizeof(answer));
	assert_int_equal(pattern_parse(TEXT("*"), loose, &arena, &pattern, &mistake), STATUS_OK);
	assert_true(pattern_matches(pattern, (struct text){answer, PATTERN_ANSWER_SIZE_MAX}, &arena));
	assert_false(pattern_matches(pattern, (struct text){answer, PATTERN_ANSWER_SIZE_MAX + 1}, &arena));
	arena_finish(&arena);
}

/* What makes a backtracking matcher run for ages. It ends at once, or the test's time runs out. */
static void no_pattern_takes_long(void **state)
{
	char                  pattern_text[PATTERN_TEXT_SIZE_MAX + 1], answer[PATTERN_ANSWER_SIZE_MAX];
	struct arena          arena = {0};
	const struct pattern *pattern;
	struct mistake        mistake;

	for (size_t i = 0; i + 1 < PATTERN_TEXT_SIZE_MAX; i += 2)
		memcpy(pattern_text + i, "*a", 2);
	pattern_text[PATTERN_TEXT_SIZE_MAX - 1] = 'b';
	memset(answer, 'a', sizeof(answer));
	assert_int_equal(
		pattern_parse((struct text){pattern_text, PATTERN_TEXT_SIZE_MAX}, loose, &arena, &pattern, &mistake),
		STATUS_OK);
	assert_false(pattern_matches(pattern, (struct text){answer, sizeof(answer)}, &arena));
	answer[sizeof(answer) - 1] = 'b';
	assert_true(pattern_matches(pattern, (struct text){answer, sizeof(answer)}, &arena));
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_answer_must_match),
		cmocka_unit_test(stars_and_question_marks_stand_for_others),
		cmocka_unit_test(braces_hold_alternatives),
		cmocka_unit_test(a_backslash_takes_the_meaning),
		cmocka_unit_test(case_diacritics_and_blanks_are_folded),
		cmocka_unit_test(what_matters_is_compared),
		cmocka_unit_test(mistakes_are_told_where_they_lie),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(no_pattern_takes_long),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
