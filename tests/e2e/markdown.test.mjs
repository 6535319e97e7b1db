// What the reader of authors' texts makes, judged by others: DOMPurify in a DOM must find nothing to take away, whatever
// the text, and what CommonMark's own examples say must come out. Needs no service.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import spec from "commonmark-spec";
import createDOMPurify from "dompurify";
import fc from "fast-check";
import { JSDOM } from "jsdom";

const build = path.resolve(process.env.ORRERY_BUILD ?? path.join(import.meta.dirname, "../../build"));
const { window } = new JSDOM("");
const purify = createDOMPurify(window);

// Each text's page; a refusal is undefined.
function pages(texts) {
  const asked = Buffer.concat(
    texts.flatMap((text) => [Buffer.from(`${Buffer.byteLength(text)}\n`), Buffer.from(text)]),
  );
  const told = execFileSync(path.join(build, "tests/api/markdown_pages"), { input: asked, maxBuffer: 1 << 28 });
  const out = [];
  for (let at = 0; at < told.length; ) {
    const end = told.indexOf("\n", at);
    const [verdict, size, more = 0] = told.toString("utf8", at, end).split(" ");
    out.push(verdict === "ok" ? told.toString("utf8", end + 1, end + 1 + Number(size)) : undefined);
    at = end + 1 + Number(size) + Number(more);
  }
  assert.equal(out.length, texts.length);
  return out;
}

const fragment = (html) => JSDOM.fragment(html);

// Text of one of the shapes that browsers and filters have disagreed about, within Markdown's own marks.
const dangerous = fc.constantFrom(
  "<script>",
  "</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)>",
  "javascript:",
  "JaVaScRiPt&colon;",
  "data:text/html,",
  "vbscript:",
  "&#106;avascript:",
  "java\tscript:",
  "//evil.example",
  "\\\\evil.example",
  '" onclick="',
  "' onfocus='",
  "-->",
  "<!--",
  "<![CDATA[",
  "]]>",
  "<style>",
  "</style>",
  "<math>",
  "<annotation-xml>",
  "</textarea>",
  "<iframe srcdoc=",
  "&lt;script&gt;",
  "\u0000",
  "\u2028",
  "<a href=",
  "`",
  "$",
  "$$",
);
const marks = fc.constantFrom(
  "*",
  "**",
  "_",
  "~~",
  "`",
  "```",
  "\n",
  "\n\n",
  "> ",
  "- ",
  "1. ",
  "# ",
  "[",
  "]",
  "(",
  ")",
  "![",
  "](",
  "<",
  ">",
  "|",
  "\n-|-\n",
  "$",
  "$$",
  "\n$$\n",
  "\\",
  "&",
  "http://",
  "www.",
  "https://a.b/",
  "mailto:a@b",
  "media:",
  "```simulation ",
  "[x]: ",
  ' "t"',
  "    ",
  "\t",
);
const text = fc
  .array(fc.oneof(marks, dangerous, fc.string({ unit: "binary", maxLength: 8 }), fc.string({ maxLength: 6 })), {
    maxLength: 40,
  })
  .map((pieces) => pieces.join("").replace(/[\ud800-\udfff]/g, ""));

// What a page is allowed to do that DOMPurify would not know of by itself.
const settings = { ADD_ATTR: ["data-embed", "data-id", "data-display", "data-align"], SANITIZE_NAMED_PROPS: false };

function assertPure(html, from) {
  assert.equal(
    purify.sanitize(html, settings),
    fragmentHtml(html),
    `DOMPurify took something away.\n${JSON.stringify(from)}\n${html}`,
  );
  assert.equal(purify.removed.filter(({ element, attribute }) => element || attribute).length, 0, JSON.stringify(from));
}

function fragmentHtml(html) {
  const holder = window.document.createElement("div");
  holder.innerHTML = html;
  return holder.innerHTML;
}

// No attribute runs, no address leads anywhere but where it may, and nothing is loaded from elsewhere.
function assertHarmless(html, from) {
  for (const element of fragment(html).querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      assert.ok(!/^on|^style$|^srcset$|^xlink/.test(name), `${name} in ${html}\n${JSON.stringify(from)}`);
      if (name === "src") assert.match(value, /^\/api\/v1\/media\/[\w-]{43}$/, JSON.stringify(from));
      if (name !== "href") continue;
      if (!URL.canParse(value, "https://page.example/lessons/1")) continue; // leads nowhere
      const url = new URL(value, "https://page.example/lessons/1");
      assert.ok(["http:", "https:", "mailto:"].includes(url.protocol), `${value}\n${JSON.stringify(from)}`);
      assert.ok(url.host === "page.example" || /^(https?|mailto):/i.test(value), `${value}\n${JSON.stringify(from)}`);
    }
  }
}

test("whatever an author writes, nothing dangerous stands in the page", () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 40, maxLength: 40 }), (texts) => {
      pages(texts).forEach((html, i) => {
        if (html === undefined) return;
        assertPure(html, texts[i]);
        assertHarmless(html, texts[i]);
      });
    }),
    { numRuns: 15 },
  );
});

// What is ours by intent: HTML is text, images are our own or links, ids of headings, and which addresses are linked.
const OTHERWISE = new Set(["HTML blocks", "Raw HTML", "Images", "Autolinks"]);
// The names of languages are plain words (114, 320), and what stands before a colon is a scheme (496).
const STRICTER = new Set([114, 320, 496]);

function normal(html) {
  const root = fragment(html);
  for (const heading of root.querySelectorAll("h1,h2,h3,h4,h5,h6")) heading.removeAttribute("id");
  for (const link of root.querySelectorAll("a")) {
    link.removeAttribute("rel");
    link.setAttribute("href", decodeURI(link.getAttribute("href")).replace(/^#h-/, "#"));
  }
  for (const item of root.querySelectorAll("li,blockquote,ul,ol"))
    for (const node of [...item.childNodes]) if (node.nodeType === 3 && !node.data.trim()) node.remove();
  const holder = window.document.createElement("div");
  holder.append(root);
  return holder.innerHTML.replace(/\s+(<\/li>|<(ul|ol|p|blockquote|pre|h\d|hr)\b)/g, "$1").trim();
}

test("CommonMark's examples come out as its specification says", () => {
  const examples = spec.tests.filter(
    ({ section, html, markdown, number }) =>
      !OTHERWISE.has(section) &&
      !STRICTER.has(number) &&
      !/<(img|!--|[a-z]+:)|href="([a-z-]+:(?!\/\/)|")/i.test(html.replace(/href="mailto:/g, "")) &&
      !/<[a-z!/?]/i.test(markdown),
  );
  assert.ok(examples.length > 480, String(examples.length));
  const made = pages(examples.map(({ markdown }) => markdown.replaceAll("→", "\t")));
  const differing = examples.filter(({ html }, i) => normal(made[i] ?? "") !== normal(html.replaceAll("→", "\t")));
  assert.deepEqual(
    differing.map(({ number, section }) => `${number} ${section}`),
    [],
  );
});
