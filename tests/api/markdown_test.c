#include "api/markdown.h"

#include "eventstore/base/buffer.h"
#include "tests/api/markdown_judge.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HASH "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"
#define OTHER_HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
#define ID "01890a5d-ac96-774b-bcce-b302099a8057"
#define OTHER_ID "01890a5d-ac96-774b-bcce-b302099a8058"
#define INLINE(tex) "<span class=\"math\" data-display=\"inline\">" tex "</span>"
#define BLOCK(tex) "<span class=\"math\" data-display=\"block\">" tex "</span>"
#define REL "\" rel=\"noopener noreferrer\">"

struct example {
	const char *text, *html;
};

static struct arena  arena;
static struct buffer made;

static int finish(void **state)
{
	arena_finish(&arena);
	buffer_finish(&made);
	return 0;
}

static struct markdown_page page_of(struct text text)
{
	struct markdown_page page;
	const char          *mistake = NULL;

	if (markdown_read(text, &arena, &page, &mistake) != STATUS_OK)
		fail_msg("%s: %.*s", mistake, TEXT_ARG(text));
	return page;
}

static const char *html_of(const char *text)
{
	return page_of(text_from(text)).html.data;
}

static void check(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_string_equal(html_of(examples[i].text), examples[i].html);
}

static void assert_refused(struct text text, enum status status, const char *sentence)
{
	struct markdown_page page = {.html = TEXT("untouched")};
	const char          *mistake = NULL;

	assert_int_equal(markdown_read(text, &arena, &page, &mistake), status);
	assert_string_equal(mistake, sentence);
	assert_string_equal(page.html.data, "untouched");
}

/* `count` times `piece`. */
static struct text repeated(const char *piece, size_t count)
{
	made.size = 0;
	for (size_t i = 0; i < count; i++)
		buffer_append_text(&made, text_from(piece));
	return (struct text){(const char *)made.data, made.size};
}

/* ---------------------------------------------------------------- CommonMark and its neighbours */

static void marks_become_tags(void **state)
{
	static const struct example examples[] = {
		{"", ""},
		{"a *b* **c** ~~d~~ `e<`", "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e&lt;</code></p>\n"},
		{"a  \nb\\\nc\nd", "<p>a<br />\nb<br />\nc\nd</p>\n"},
		{"# A\n\nB\n-", "<h1 id=\"h-a\">A</h1>\n<h2 id=\"h-b\">B</h2>\n"},
		{"> a\n\n***\n", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr />\n"},
		{"3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"- a\n\n- b", "<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>\n"},
		{"- [x] a\n- [ ] b", "<ul>\n<li><input type=\"checkbox\" checked=\"\" disabled=\"\" /> a</li>\n"
	                             "<li><input type=\"checkbox\" disabled=\"\" /> b</li>\n</ul>\n"},
		{"a|b|c\n:-|:-:|-\n1|2",
	         "<table>\n<thead>\n<tr><th data-align=\"left\">a</th><th data-align=\"center\">b</th><th>c</th></tr>\n"
	         "</thead>\n<tr><td data-align=\"left\">1</td><td "
	         "data-align=\"center\">2</td><td></td></tr>\n</table>\n"},
		{"```c\na < b\n```", "<pre><code class=\"language-c\">a &lt; b\n</code></pre>\n"},
		{"```c\"x\na\n```", "<pre><code>a\n</code></pre>\n"},
		{"    a", "<pre><code>a\n</code></pre>\n"},
		{"a\r\nb\rc", "<p>a\nb\nc</p>\n"},
	};

	check(examples, array_count(examples));
}

static void addresses_become_links(void **state)
{
	static const struct example examples[] = {
		{"[a](https://b.c/d?e=f&g \"t<\")",
	         "<p><a href=\"https://b.c/d?e=f&amp;g\" title=\"t&lt;" REL "a</a></p>\n"},
		{"<http://a.b>", "<p><a href=\"http://a.b" REL "http://a.b</a></p>\n"},
		{"see http://a.b/c_d_(e)). *www.a.b*",
	         "<p>see <a href=\"http://a.b/c_d_(e)" REL "http://a.b/c_d_(e)</a>). <em><a href=\"http://www.a.b" REL
	         "www.a.b</a></em></p>\n"},
		{"xhttp://a.b http:// https://-", "<p>xhttp://a.b http:// https://-</p>\n"},
		{"[http://a.b](/c)", "<p><a href=\"/c\">http://a.b</a></p>\n"},
		{"<a@b.c>", "<p><a href=\"mailto:a@b.c\">a@b.c</a></p>\n"},
		{"[a](b/c:d) [e](?f) [g](#h-i) [j](#ä)",
	         "<p><a href=\"b/c:d\">a</a> <a href=\"?f\">e</a> <a href=\"#h-h-i\">g</a> "
	         "<a href=\"#h-%C3%A4\">j</a></p>\n"},
		{"[a](media:" HASH ")", "<p><a href=\"/api/v1/media/" HASH "\">a</a></p>\n"},
		{"[a][b]\n\n[b]: /c 'd'", "<p><a href=\"/c\" title=\"d\">a</a></p>\n"},
	};

	check(examples, array_count(examples));
}

static void images_are_ours_or_links(void **state)
{
	static const struct example examples[] = {
		{"![a *b* `c` $d$](media:" HASH " \"e\")",
	         "<p><img src=\"/api/v1/media/" HASH "\" alt=\"a b c d\" title=\"e\" loading=\"lazy\" /></p>\n"},
		{"![a](https://b.c/d.png)", "<p><a href=\"https://b.c/d.png" REL "a</a></p>\n"},
		{"![a](data:image/png;base64,AA)", "<p>a</p>\n"},
		{"[![a](https://b.c/d.png)](/e)", "<p><a href=\"/e\">a</a></p>\n"},
		{"[![a](media:" HASH ")](/e)",
	         "<p><a href=\"/e\"><img src=\"/api/v1/media/" HASH "\" alt=\"a\" loading=\"lazy\" /></a></p>\n"},
		{"![a [b](/c) ![d\ne](f)](media:" HASH ")",
	         "<p><img src=\"/api/v1/media/" HASH "\" alt=\"a b d e\" loading=\"lazy\" /></p>\n"},
		{"![a](media:short) ![b](MEDIA:" HASH "x)", "<p>a b</p>\n"},
	};

	check(examples, array_count(examples));
}

/* ---------------------------------------------------------------- formulas */

static void formulas_are_not_touched(void **state)
{
	static const struct example examples[] = {
		{"$a_1 * b_2 * c$", "<p>" INLINE("a_1 * b_2 * c") "</p>\n"},
		{"$\\frac{1}{2} \\\\ \\{x\\}$", "<p>" INLINE("\\frac{1}{2} \\\\ \\{x\\}") "</p>\n"},
		{"$a<b$ & $a>b$ $\"$", "<p>" INLINE("a&lt;b") " &amp; " INLINE("a&gt;b") " " INLINE("&quot;") "</p>\n"},
		{"$<script>$", "<p>" INLINE("&lt;script&gt;") "</p>\n"},
		{"$[a](b)$ $`$", "<p>" INLINE("[a](b)") " " INLINE("`") "</p>\n"},
		{"$a\nb$", "<p>" INLINE("a\nb") "</p>\n"},
		{"**$a$** [$b$](/c)", "<p><strong>" INLINE("a") "</strong> <a href=\"/c\">" INLINE("b") "</a></p>\n"},
		{"# $E$\n", "<h1 id=\"h-e\">" INLINE("E") "</h1>\n"},
		{"|$\\|a\\|$|\n|-|", "<table>\n<thead>\n<tr><th>" INLINE("|a|") "</th></tr>\n</thead>\n</table>\n"},
		{"a $$b_1$$ c", "<p>a " BLOCK("b_1") " c</p>\n"},
		{"$a\\$b$", "<p>" INLINE("a\\$b") "</p>\n"},
	};

	check(examples, array_count(examples));
}

static void dollars_open_and_close_as_in_pandoc(void **state)
{
	static const struct example examples[] = {
		{"$20 and $30", "<p>$20 and $30</p>\n"},
		{"$ a$", "<p>$ a$</p>\n"},
		{"$a $", "<p>$a $</p>\n"},
		{"$a$5", "<p>$a$5</p>\n"},
		{"$a$b", "<p>" INLINE("a") "b</p>\n"},
		{"$$", "<p>$$</p>\n"},
		{"$$$$", "<p>$$$$</p>\n"},
		{"$", "<p>$</p>\n"},
		{"\\$a\\$", "<p>$a$</p>\n"},
		{"\\$a$ b$", "<p>$a$ b$</p>\n"},
		{"$a\n\nb$", "<p>$a</p>\n<p>b$</p>\n"},
		{"$$a", "<p>$$a</p>\n"},
		{"$a *b* c", "<p>$a <em>b</em> c</p>\n"},
	};

	check(examples, array_count(examples));
}

static void code_holds_no_formulas(void **state)
{
	static const struct example examples[] = {
		{"`$a$`", "<p><code>$a$</code></p>\n"},
		{"    $a$", "<pre><code>$a$\n</code></pre>\n"},
		{"```\n$$\na\n$$\n```", "<pre><code>$$\na\n$$\n</code></pre>\n"},
		{"    $$\n    a\n    $$", "<pre><code>$$\na\n$$\n</code></pre>\n"},
	};

	check(examples, array_count(examples));
}

static void lines_between_dollars_are_a_block(void **state)
{
	static const struct example examples[] = {
		{"$$\na\n- b\n+ c\n= d\n# e\n> f\n$$", "<p>" BLOCK("a\n- b\n+ c\n= d\n# e\n&gt; f") "</p>\n"},
		{"$$ a = b $$", "<p>" BLOCK("a = b") "</p>\n"},
		{"text\n$$ a\nb $$\nmore", "<p>text</p>\n<p>" BLOCK("a\nb") "</p>\n<p>more</p>\n"},
		{"$$a$$ and more", "<p>" BLOCK("a") " and more</p>\n"},
		{"> $$\n> a\n> $$\n> b", "<blockquote>\n<p>" BLOCK("a") "</p>\n<p>b</p>\n</blockquote>\n"},
		{"- $$\n  a\n  $$\n- b", "<ul>\n<li>\n<p>" BLOCK("a") "</p>\n</li>\n<li>b</li>\n</ul>\n"},
		{"$$\na\n\nb\n$$", "<p>$$\na</p>\n<p>b\n$$</p>\n"},
		{"$$\na\n", "<p>$$\na</p>\n"},
		{"```math\na_1 < b\n```", "<p>" BLOCK("a_1 &lt; b\n") "</p>\n"},
		{"a\r\n$$\r\nb\r\n$$\r\nc", "<p>a</p>\n<p>" BLOCK("b") "</p>\n<p>c</p>\n"},
	};

	check(examples, array_count(examples));
}

static void a_quote_that_ends_ends_its_formula(void **state)
{
	const char *html = html_of("> $$\n> a\n\n$$\n");

	assert_string_equal(html, "<blockquote>\n<p>$$\na</p>\n</blockquote>\n<p>$$</p>\n");
	assert_null(strstr(html_of("> $$\na\n$$\n"), "class=\"math\""));
}

/* ---------------------------------------------------------------- embeds */

static void fences_embed(void **state)
{
	static const struct example examples[] = {
		{"```simulation " ID "\nA *fall* & more\n```",
	         "<figure data-embed=\"simulation\" data-id=\"" ID
	         "\"><figcaption>A *fall* &amp; more</figcaption></figure>\n"},
		{"```question " ID "\n```", "<figure data-embed=\"question\" data-id=\"" ID "\"></figure>\n"},
		{"~~~ video " HASH "\n~~~", "<figure data-embed=\"video\" data-id=\"" HASH "\"></figure>\n"},
		{"```audio " HASH "\n```", "<figure data-embed=\"audio\" data-id=\"" HASH "\"></figure>\n"},
		{"```simulation x\na\n```", "<pre><code class=\"language-simulation\">a\n</code></pre>\n"},
		{"```question " ID " more\n```", "<pre><code class=\"language-question\"></code></pre>\n"},
		{"```iframe " ID "\na\n```", "<pre><code class=\"language-iframe\">a\n</code></pre>\n"},
	};

	check(examples, array_count(examples));
}

static void what_a_text_uses_is_listed_once(void **state)
{
	struct markdown_page page =
		page_of(TEXT("![a](media:" HASH ") [b](media:" HASH ") ![c](media:" OTHER_HASH ")\n\n"
	                     "```video " HASH "\n```\n\n```simulation " ID "\n```\n\n"
	                     "```question " OTHER_ID "\n```\n\n```question " ID "\n```\n\n"
	                     "```question " OTHER_ID "\n```\n"));
	struct id id, other;

	assert_true(id_parse(TEXT(ID), &id) && id_parse(TEXT(OTHER_ID), &other));
	assert_int_equal(page.media_count, 2);
	assert_int_equal(page.media[0].bytes[0], 0x9f);
	assert_int_equal(page.media[1].bytes[31], 1);
	assert_int_equal(page.simulation_count, 1);
	assert_true(id_equal(page.simulations[0], id));
	assert_int_equal(page.question_count, 2);
	assert_true(id_equal(page.questions[0], other) && id_equal(page.questions[1], id));
	assert_null(page.broken.data);
}

static void what_names_nothing_is_told(void **state)
{
	assert_string_equal(page_of(TEXT("```simulation x y\n```\n\n```video z\n```")).broken.data, "simulation x y");
	assert_string_equal(page_of(TEXT("a ![b](media:c)")).broken.data, "media:c");
	assert_string_equal(page_of(TEXT("```audio\n```")).broken.data, "audio");
	assert_null(page_of(TEXT("`media:c` [a](/b)")).broken.data);
}

static void headings_are_listed(void **state)
{
	struct markdown_page page = page_of(TEXT("# A *b* `c` $d$\n\n## Über uns!\n\nA *b* c d\n---\n\n### ?\n"));

	assert_int_equal(page.heading_count, 4);
	assert_string_equal(page.headings[0].text.data, "A b c d");
	assert_string_equal(page.headings[0].id.data, "h-a-b-c-d");
	assert_string_equal(page.headings[1].id.data, "h-Über-uns");
	assert_int_equal(page.headings[1].level, 2);
	assert_string_equal(page.headings[2].id.data, "h-a-b-c-d-2");
	assert_string_equal(page.headings[3].id.data, "h-section");
	assert_int_equal(page.headings[3].level, 3);
}

static void words_are_kept_for_a_search(void **state)
{
	struct markdown_page page =
		page_of(TEXT("# A *b*\n\nc [d](/e)\nf `g` $h$ <b>i</b>\n\n- j\n- k\n\nl|m\n-|-\nn|o\n\n"
	                     "```question " ID "\np\n```\n\n```\nq\n```\n"));

	assert_string_equal(page.plain.data, "A b\nc d\nf g h i\nj\nk\nl\tm\t\nn\to\t\np\nq\n");
}

/* ---------------------------------------------------------------- what must not pass */

/* Ways to bring a script into a page, from the OWASP filter evasion list and from the advisories of Markdown readers.
 */
static const char *const attacks[] = {
	"<script>alert(1)</script>",
	"<ScRiPt src=//evil.example></sCrIpT>",
	"<img src=x onerror=alert(1)>",
	"<img src=\"x\" onerror=\"alert(1)\"",
	"<svg/onload=alert(1)>",
	"<svg><script>alert(1)</script></svg>",
	"<iframe src=\"javascript:alert(1)\"></iframe>",
	"<object data=\"data:text/html;base64,PHNjcmlwdD4=\"></object>",
	"<a href=\"javascript:alert(1)\">x</a>",
	"<body onload=alert(1)>",
	"<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
	"<style>@import 'https://evil.example/x.css'</style>",
	"<link rel=stylesheet href=https://evil.example/x.css>",
	"<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
	"<base href=https://evil.example/>",
	"<form action=https://evil.example><input name=password></form>",
	"<!--><script>alert(1)</script>-->",
	"<![CDATA[<script>alert(1)</script>]]>",
	"<?php echo 1 ?>",
	"<!DOCTYPE html><script>alert(1)</script>",
	"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
	"<textarea></textarea><script>alert(1)</script>",
	"<b onmouseover=alert(1)>x</b>",
	"a <b\nonclick=alert(1)\n>x</b>",
	"[x](javascript:alert(1))",
	"[x](JaVaScRiPt:alert(1))",
	"[x](&#106;avascript:alert(1))",
	"[x](java&#x0A;script:alert(1))",
	"[x](java&Tab;script:alert(1))",
	"[x](java&NewLine;script:alert(1))",
	"[x](&#1;javascript:alert(1))",
	"[x](<java\tscript:alert(1)>)",
	"[x](< javascript:alert(1)>)",
	"[x](javascript&colon;alert(1))",
	"[x](javascript\\:alert(1))",
	"[x](vbscript:msgbox(1))",
	"[x](livescript:x)",
	"[x](data:text/html;base64,PHNjcmlwdD4=)",
	"[x](data:text/html,<script>alert(1)</script>)",
	"[x](file:///etc/passwd)",
	"[x](blob:https://a/b)",
	"[x](view-source:javascript:alert(1))",
	"[x](filesystem:https://a/b)",
	"[x](feed:javascript:alert(1))",
	"[x](//evil.example)",
	"[x](\\\\\\\\evil.example)",
	"[x](/\\\\evil.example)",
	"[x](\\\\/evil.example)",
	"[x](https:evil.example)",
	"[x](https:///evil.example)",
	"[x](http://a\" onmouseover=\"alert(1))",
	"[x](<http://a\" onmouseover=\"alert(1)>)",
	"[x](http://a 't\" onmouseover=\"alert(1)')",
	"[x](http://a \"t&quot; onmouseover=&quot;alert(1)\")",
	"[x](/a%22%20onclick=%22alert(1))",
	"[x]: javascript:alert(1)\n\n[x]",
	"[x]: <javascript:alert(1)> \"t\"\n\n![x]",
	"<javascript:alert(1)>",
	"<data:text/html,<script>alert(1)</script>>",
	"![x](javascript:alert(1))",
	"![x\" onerror=\"alert(1)](media:" HASH ")",
	"![x](media:" HASH " \"t&quot; onerror=&quot;alert(1)\")",
	"![x](https://evil.example/pixel.gif)",
	"![x](media:../../../etc/passwd)",
	"![x](media:" HASH "\" onerror=\"alert(1))",
	"![<img src=x onerror=alert(1)>](media:" HASH ")",
	"http://a.example/\"onmouseover=\"alert(1)",
	"http://a.example/<script>alert(1)</script>",
	"www.a.example/'onmouseover='alert(1)",
	"`<script>alert(1)</script>`",
	"```\"><script>alert(1)</script>\nx\n```",
	"```x\" onclick=\"alert(1)\nx\n```",
	"```simulation \"><script>\nx\n```",
	"```simulation " ID "\n</figcaption><script>alert(1)</script>\n```",
	"    <script>alert(1)</script>",
	"$<script>alert(1)</script>$",
	"$$\n</span><script>alert(1)</script>\n$$",
	"# <script>alert(1)</script>",
	"# \"><img src=x onerror=alert(1)>",
	"a|<script>alert(1)</script>\n-|-\n<img src=x onerror=alert(1)>|b",
	"- [x] <script>alert(1)</script>",
	"> <script>alert(1)</script>",
	"**<script>**alert(1)**</script>**",
	"[<img src=x onerror=alert(1)>](/a)",
	"&lt;script&gt;alert(1)&lt;/script&gt;",
	"&#60;script&#62;alert(1)&#60;/script&#62;",
	"\\<script\\>alert(1)\\</script\\>",
	"<scr<script>ipt>alert(1)</scr</script>ipt>",
	"<a name=\"location\">x</a>",
	"# location",
};

static void no_attack_passes(void **state)
{
	for (size_t i = 0; i < array_count(attacks); i++) {
		struct markdown_page page = page_of(text_from(attacks[i]));
		size_t               at;
		const char          *wrong = markdown_judge(page.html, &at);

		if (wrong)
			fail_msg("%s: %s -> %s", wrong, attacks[i], page.html.data);
		assert_null(strstr(page.html.data, "href=\"javascript"));
		assert_null(strstr(page.html.data, "=\"//"));
	}
}

static void addresses_that_must_not_be_linked_are_words(void **state)
{
	for (size_t i = 0; i < array_count(attacks); i++) {
		if (strncmp(attacks[i], "[x](", 4) != 0 || strncmp(attacks[i], "[x](http://", 11) == 0
		    || strncmp(attacks[i], "[x](/a%22", 9) == 0 || strncmp(attacks[i], "[x](<http://", 12) == 0)
			continue;
		assert_null(strstr(html_of(attacks[i]), "<a"));
	}
}

static void html_is_shown_as_text(void **state)
{
	static const struct example examples[] = {
		{"a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"},
		{"<div>\n*a*\n</div>", "<p>&lt;div&gt;\n*a*\n&lt;/div&gt;\n</p>\n"},
		{"a <!-- b --> c", "<p>a &lt;!-- b --&gt; c</p>\n"},
	};

	check(examples, array_count(examples));
}

/* ---------------------------------------------------------------- limits */

static void limits_are_kept(void **state)
{
	assert_refused(repeated("a", MARKDOWN_BYTES_MAX + 1), STATUS_TOO_LARGE, "The text is longer than 64 KiB.");
	assert_refused(TEXT("a\xff"), STATUS_MALFORMED, "The text is not UTF-8.");
	assert_refused(repeated("> ", MARKDOWN_DEPTH_MAX + 1), STATUS_INVALID,
	               "The text is nested deeper than 32 levels.");
	assert_refused(repeated("# a\n", MARKDOWN_HEADINGS_MAX + 1), STATUS_INVALID,
	               "The text has more than 200 headings.");
	assert_refused(repeated("|", 257), STATUS_INVALID, "A line has more than 256 vertical bars.");
	assert_refused(repeated("![", 1001), STATUS_INVALID, "The text has more than 1000 images.");
	assert_refused(repeated("a\n-|-\n", 5000), STATUS_INVALID,
	               "Too many lines look as if a table began there; put blank lines between paragraphs.");
}

static void at_the_limits_all_is_well(void **state)
{
	struct markdown_page page = page_of(repeated("# a\n", MARKDOWN_HEADINGS_MAX));

	assert_string_equal(page.headings[MARKDOWN_HEADINGS_MAX - 1].id.data, "h-a-200");
	page_of(repeated("a", MARKDOWN_BYTES_MAX));
	page_of(repeated("|", 256));
	page_of(repeated("a|b\n-|-\nc|d\n\n", 4000));
}

static void a_page_and_its_making_are_bounded(void **state)
{
	made.size = 0;
	buffer_append_text(&made, TEXT("[a]: /"));
	for (int i = 0; i < 1000; i++)
		buffer_append_text(&made, TEXT("b"));
	buffer_append_text(&made, TEXT("\n\n"));
	for (int i = 0; i < 15000; i++)
		buffer_append_text(&made, TEXT("[a] "));
	assert_refused((struct text){(const char *)made.data, made.size}, STATUS_INVALID,
	               "The page that the text makes is larger than 1 MiB.");
	made.size = 0;
	for (int i = 0; i < 100; i++)
		buffer_append_text(&made, TEXT("a|"));
	buffer_append_text(&made, TEXT("\n"));
	for (int i = 0; i < 100; i++)
		buffer_append_text(&made, TEXT("-|"));
	for (int i = 0; i < 30000; i++)
		buffer_append_text(&made, TEXT("\nb"));
	assert_refused((struct text){(const char *)made.data, made.size}, STATUS_TOO_LARGE,
	               "The text has too many parts.");
	assert_string_equal(html_of("still *well*"), "<p>still <em>well</em></p>\n");
}

static void references_are_bounded(void **state)
{
	made.size = 0;
	for (int i = 0; i <= MARKDOWN_REFERENCES_MAX; i++)
		buffer_format(&made, "```question 01890a5d-ac96-774b-bcce-b302099a%04x\n```\n\n", i);
	assert_refused((struct text){(const char *)made.data, made.size}, STATUS_INVALID,
	               "The text embeds more than 256 things of one kind.");
}

/* ---------------------------------------------------------------- threads */

enum { THREADS = 4, PAGES_EACH = 200 };

static void *read_often(void *out)
{
	struct arena mine = {0};

	for (int i = 0; i < PAGES_EACH; i++) {
		struct markdown_page page;
		const char          *mistake;

		if (markdown_read(TEXT("$a_1$ ~~b~~ *c*\n\n|d|\n|-|"), &mine, &page, &mistake) == STATUS_OK
		    && strstr(page.html.data, INLINE("a_1") " <del>b</del> <em>c</em>"))
			++*(int *)out;
		arena_reset(&mine);
	}
	arena_finish(&mine);
	return NULL;
}

static void threads_do_not_disturb_one_another(void **state)
{
	pthread_t threads[THREADS];
	int       good[THREADS] = {0};

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_often, &good[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(good[i], PAGES_EACH);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(marks_become_tags),
		TEST(addresses_become_links),
		TEST(images_are_ours_or_links),
		TEST(formulas_are_not_touched),
		TEST(dollars_open_and_close_as_in_pandoc),
		TEST(code_holds_no_formulas),
		TEST(lines_between_dollars_are_a_block),
		TEST(a_quote_that_ends_ends_its_formula),
		TEST(fences_embed),
		TEST(what_a_text_uses_is_listed_once),
		TEST(what_names_nothing_is_told),
		TEST(headings_are_listed),
		TEST(words_are_kept_for_a_search),
		TEST(no_attack_passes),
		TEST(addresses_that_must_not_be_linked_are_words),
		TEST(html_is_shown_as_text),
		TEST(limits_are_kept),
		TEST(at_the_limits_all_is_well),
		TEST(a_page_and_its_making_are_bounded),
		TEST(references_are_bounded),
		TEST(threads_do_not_disturb_one_another),
	};

	return cmocka_run_group_tests_name("markdown", tests, NULL, NULL);
}
