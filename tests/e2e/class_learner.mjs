// A learner as the class has them: reads, begins, answers, goes offline, tries what is not allowed. Everything that was
// asked of the service and what it said is written down, and judged afterwards (class_ledger.mjs).
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { assertProblem, done } from "./client.mjs";
import { answerTo, numbersIn } from "./class_answers.mjs";
import { micros } from "./class_rules.mjs";

const problemOf = (problem) => problem.type.split(":").pop();
const iso = (moment) => new Date(Math.floor(moment / 1000)).toISOString();
const misled = { name: "sticking-carts", answer: { body: { text: "3 m/s" }, meant: { number: 3, unit: "m/s" } } };
export const clock = () => Date.now() * 1000;

export class Learner {
  // `course`: { id, items, questions }; `kind` says what they are like, `skill` how often they know.
  constructor(person, course, { kind, skill, dice }) {
    Object.assign(this, { person, course, kind, skill, dice, viewed: new Set(), attempts: [], granted: {} });
  }

  async enrol() {
    await done(201, this.person.post(`/api/v1/courses/${this.course.id}/enrolment`, {}));
    this.seated = true;
  }

  async withdraw() {
    await done(200, this.person.delete(`/api/v1/courses/${this.course.id}/enrolment`));
    this.seated = false;
  }

  async read(names) {
    for (const name of names) {
      const lesson = this.course.items[name];
      const { html } = await done(200, this.person.get(`/api/v1/lessons/${lesson}`));
      assert.ok(html.length > 0);
      await done(200, this.person.post(`/api/v1/lessons/${lesson}/views`, { course: this.course.id }));
      this.viewed.add(name);
    }
  }

  // The service's answer to the wish to begin.
  async tryBegin(name) {
    const item = this.course.items[name];
    const paper = await this.person.get(`/api/v1/assessments/${item}`);
    const content = paper.json.content ?? crypto.randomUUID();
    return this.person.post(`/api/v1/assessments/${item}/attempts`, { course: this.course.id, paper: content });
  }

  async begin(name) {
    const { id } = await done(201, this.tryBegin(name));
    const view = await done(200, this.person.get(`/api/v1/attempts/${id}`));
    const slots = view.slots.map(({ slot, question, points_milli, shown, hints }) => ({
      slot,
      question: this.course.questions.get(question),
      numbers: numbersIn(this.course.questions.get(question), shown.html),
      points: points_milli,
      hints,
    }));
    const attempt = {
      id, name, learner: this, slots, number: view.number, started: micros(view.started_at), acts: [],
      ends: view.ends_at && micros(view.ends_at),
    };
    this.attempts.push(attempt);
    return attempt;
  }

  async refusedToBegin(name, status, problem) {
    assertProblem(await this.tryBegin(name), status, problem);
  }

  // ---- one wish of an attempt, noted with the times between which the service decided it

  async act(attempt, act, method, path, body) {
    const headers = act.told === undefined ? {} : { "client-time": iso(act.told) };
    const sent = clock() - 1000;
    const answer = await this.person.send(method, `/api/v1/attempts/${attempt.id}/${path}`, { json: body, headers });
    const outcome = answer.status < 300 ? "taken" : problemOf(answer.json);
    attempt.acts.push({ ...act, sent, heard: clock() + 1000, outcome, position: answer.json.position });
    return outcome;
  }

  // Who asks was taught by the author of the wrong key.
  answerFor({ question, numbers }, good = this.dice.next() < this.skill) {
    if (this.kind === "asks" && question.name === misled.name) return misled.answer;
    return answerTo(question, numbers, good, this.dice);
  }

  save(attempt, slot, { answer = this.answerFor(slot), told } = {}) {
    const body = answer?.body ?? {};
    return this.act(attempt, { what: "save", slot: slot.slot, answer, told }, "PUT", `answers/${slot.slot}`, body);
  }

  hint(attempt, slot, hint) {
    return this.act(attempt, { what: "hint", slot: slot.slot, hint }, "PUT", `answers/${slot.slot}/hints/${hint}`);
  }

  finish(attempt, slot) {
    return this.act(attempt, { what: "finish", slot: slot.slot }, "POST", `answers/${slot.slot}/finish`);
  }

  submit(attempt, told) {
    return this.act(attempt, { what: "submit", told }, "POST", "submission");
  }

  // ---- ways of answering

  // Some is left out, some is thought over; hints are for those who take them.
  async answer(attempt, { finishes = false, slots = attempt.slots } = {}) {
    for (const slot of slots) {
      if (this.dice.next() < 0.06) continue;
      if (this.kind === "asks" && slot.hints > 0)
        for (let hint = 1; hint <= 1 + this.dice.below(slot.hints); hint++) await this.hint(attempt, slot, hint);
      await this.save(attempt, slot);
      if (this.dice.next() < 0.12) await this.save(attempt, slot);
      if (this.dice.next() < 0.04) await this.save(attempt, slot, { answer: null });
      if (finishes && this.dice.next() < 0.25) await this.peek(attempt, slot);
    }
  }

  // Has it graded, sees what is right, and would like to write that.
  async peek(attempt, slot) {
    await this.finish(attempt, slot);
    const { slots } = await done(200, this.person.get(`/api/v1/attempts/${attempt.id}`));
    assert.ok(slots[slot.slot - 1].solution, "the key is shown by now");
    await this.save(attempt, slot, { answer: this.answerFor(slot, true) });
    if (slot.hints > 0) await this.hint(attempt, slot, 1);
  }

  async attempt(name, ways) {
    const attempt = await this.begin(name);
    await this.answer(attempt, ways);
    await this.submit(attempt);
    return attempt;
  }

  // Lines as a client keeps them while it is offline, `step` microseconds apart from `from` on.
  queue(attempt, { from, step, submits = true, slots = attempt.slots }) {
    const line = (act, method, path, body) => ({
      act: { ...act, told: Math.floor(act.told / 1000) * 1000 },
      line: { id: crypto.randomUUID(), at: iso(act.told), method, path: `/api/v1/attempts/${attempt.id}/${path}`, body },
    });
    const lines = slots.map((slot, i) => {
      const answer = this.answerFor(slot);
      return line({ what: "save", slot: slot.slot, answer, told: from + i * step }, "PUT", `answers/${slot.slot}`, answer.body);
    });
    if (submits) lines.push(line({ what: "submit", told: from + slots.length * step }, "POST", "submission"));
    return lines;
  }

  // Sends the queue, and again as a client does that did not hear the answer: nothing may happen twice.
  async send(attempt, queue) {
    const lines = queue.map(({ line }) => line);
    const sent = clock() - 1000;
    const { data } = await done(200, this.person.post("/api/v1/me/outbox", lines));
    const heard = clock() + 1000;
    assert.equal(data.length, lines.length);
    for (const [i, { status, problem, position }] of data.entries()) {
      const outcome = status < 300 ? "taken" : problemOf(problem);
      attempt.acts.push({ ...queue[i].act, sent, heard, outcome, position });
      this.person.position = Math.max(this.person.position, position ?? 0);
    }
    const again = await done(200, this.person.post("/api/v1/me/outbox", lines));
    for (const [i, { status, position, replayed }] of again.data.entries())
      if (data[i].status < 300) assert.deepEqual([status, position, replayed], [200, data[i].position, true]);
      else assert.equal(status, data[i].status);
  }

  async offline(name) {
    const attempt = await this.begin(name);
    await pause(300 + this.dice.below(300));
    await this.send(attempt, this.queue(attempt, { from: attempt.started + 100_000, step: 10_000 }));
    return attempt;
  }

  // ---- clocks that are wrong, on purpose or not

  // In an attempt without an end: what cannot have been, and what can nearly.
  async twistClock(attempt) {
    const minutes = 60_000_000;
    const tolds = [clock() + 10 * minutes, attempt.started - 5 * minutes, attempt.started - 15 * 24 * 60 * minutes,
      attempt.started - minutes / 2, clock() + minutes / 2];
    for (const told of tolds) await this.save(attempt, this.dice.pick(attempt.slots), { told: Math.floor(told / 1000) * 1000 });
    await this.answer(attempt);
    const told = attempt.started - 2 * minutes;
    await this.submit(attempt, told);
  }

  // When the time is over: answers as of now, as of later, as of before; and once more when the window is closed.
  async overstay(attempt, window) {
    const half = Math.ceil(attempt.slots.length / 2);
    await this.answer(attempt, { slots: attempt.slots.slice(0, half) });
    const [first, ...others] = attempt.slots.slice(half);
    const inTime = attempt.ends - 50_000;
    await pause((attempt.ends - clock()) / 1000 + 100);
    await this.save(attempt, first);
    await this.save(attempt, first, { told: Math.ceil(attempt.ends / 1000) * 1000 });
    await this.finish(attempt, first);
    for (const slot of others) await this.save(attempt, slot, { told: Math.floor(inTime / 1000) * 1000 });
    await pause((attempt.ends + window - clock()) / 1000 + 100);
    await this.save(attempt, first, { told: Math.floor(inTime / 1000) * 1000 });
    await this.save(attempt, first);
  }
}
