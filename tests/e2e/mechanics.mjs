// The course of tools/mechanics, written by a person of a test: every type of question, media, embeds, policies.
import fs from "node:fs";
import path from "node:path";
import { assertStatus } from "./client.mjs";

const folder = path.resolve(import.meta.dirname, "../../tools/mechanics");
const told = JSON.parse(fs.readFileSync(path.join(folder, "course.json"), "utf8"));

const without = (thing, ...names) => Object.fromEntries(Object.entries(thing).filter(([name]) => !names.includes(name)));

class Writer {
  constructor(author) {
    this.author = author;
    this.ids = {};
    this.objectives = {};
  }

  async send(method, path, json) {
    const answer = await this.author.send(method, `/api/v1${path}`, { json });
    assertStatus(answer, method === "POST" ? 201 : 200);
    return answer.json;
  }

  taught(thing) {
    return { objectives: (thing.objectives ?? []).map((name) => ({ objective: this.objectives[name] })) };
  }

  async begin() {
    const { title, language, level, summary, tags } = told;
    this.course = (await this.send("POST", "/courses", { title, language, level })).id;
    this.at = `/courses/${this.course}`;
    await this.send("PATCH", this.at, { summary, tags: tags.map((word) => ({ word })) });
    for (const { name } of told.objectives) this.objectives[name] = crypto.randomUUID();
    await this.send("PUT", `${this.at}/objectives`, {
      objectives: told.objectives.map(({ name, title }) => ({ objective: this.objectives[name], title })),
    });
  }

  async media() {
    for (const { name, file, type } of told.media) {
      const body = fs.readFileSync(path.join(folder, file));
      const answer = await this.author.send("POST", "/api/v1/media", { body, headers: { "content-type": type } });
      assertStatus(answer, 201);
      this.ids[`medium ${name}`] = answer.json.media;
    }
  }

  async question(question) {
    const body = { ...without(question, "name", "key", "task", "rubric", "use"), ...this.taught(question) };
    const { id } = await this.send("POST", `${this.at}/questions`, body);
    this.ids[`question ${question.name}`] = id;
    if (question.use) await this.send("PUT", `/questions/${id}/use`, { use: question.use });
    if (question.key) await this.send("PUT", `/questions/${id}/key`, { version: 1, ...question.key });
    if (question.rubric) await this.send("PUT", `/questions/${id}/rubric`, { version: 1, criteria: question.rubric });
  }

  async lesson(lesson) {
    const body = fs
      .readFileSync(path.join(folder, lesson.file), "utf8")
      .replace(/^```question (\S+)$/gm, (_, name) => "```question " + this.ids[`question ${name}`])
      .replace(/^```simulation \S+$/gm, () => "```simulation " + crypto.randomUUID())
      .replace(/\(media:([^)\s]+)\)/g, (_, name) => `(media:${this.ids[`medium ${name}`]})`);
    const { title, minutes } = lesson;
    const answer = await this.send("POST", `${this.at}/lessons`, { title, minutes, body, ...this.taught(lesson) });
    this.ids[`item ${lesson.name}`] = answer.id;
  }

  async assessment({ name, title, instructions, purpose, slots, policy }) {
    const pool = (names) => names.map((one) => ({ question: this.ids[`question ${one}`], version: 1 }));
    const { id } = await this.send("POST", `${this.at}/assessments`, {
      title,
      instructions,
      purpose,
      slots: slots.map((slot) => ({ ...slot, pool: pool(slot.pool) })),
    });
    this.ids[`item ${name}`] = id;
    await this.send("PUT", `/assessments/${id}/policy`, policy);
  }

  async outline() {
    const named = ({ item, after, ...rules }) => ({
      item: this.ids[`item ${item}`],
      ...(after && { after: this.ids[`item ${after}`] }),
      ...rules,
    });
    await this.send("PUT", `${this.at}/outline`, {
      sections: told.sections.map(({ title, items }) => ({ title, items: items.map(named) })),
    });
  }
}

// Answers { course, ids }; ids are named "question NAME", "item NAME" and "medium NAME".
export async function writeMechanics(author) {
  const writer = new Writer(author);
  await writer.begin();
  await writer.media();
  for (const question of told.questions) await writer.question(question);
  for (const lesson of told.lessons) await writer.lesson(lesson);
  for (const assessment of told.assessments) await writer.assessment(assessment);
  await writer.outline();
  return { course: writer.course, ids: writer.ids };
}
